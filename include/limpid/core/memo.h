// SPDX-License-Identifier: Apache-2.0
#pragma once
// Things made once and used often: statistics of the data for every batch of a run, a layer's weights for every walk.

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace limpid {

/// Safe to share between threads.
class Memo {
 public:
  /// What was kept under `key`, a T; made first where there is none. The key names all that it depends on besides what
  /// the memo belongs to. `make` may not ask the memo.
  template <class T, class Make>
  std::shared_ptr<const T> get(const std::string& key, const Make& make) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<const void>& kept = kept_[key];
    if (!kept) kept = std::make_shared<const T>(make());
    return std::static_pointer_cast<const T>(kept);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const void>> kept_;
};

}  // namespace limpid
