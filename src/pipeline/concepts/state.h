// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a long run has so far, in one file: a run that was stopped goes on from it.

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "limpid/core/tensor.h"

namespace limpid {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

class RunState {
 public:
  /// Of a run with these settings. Throws where the file holds a run with others, or is damaged.
  RunState(std::filesystem::path path, std::map<std::string, std::string> settings);

  /// What the file held: empty where there was none.
  const NamedTensors& loaded() const { return loaded_; }
  /// How far that was.
  int64_t done() const { return done_; }

  /// Writes; `due` keeps the time that this takes small beside the work.
  void save(int64_t done, const NamedTensors& tensors);
  bool due() const;

 private:
  std::filesystem::path path_;
  std::map<std::string, std::string> settings_;
  NamedTensors loaded_;
  int64_t done_ = 0;
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
};

/// Once all is written.
void remove_state(const std::filesystem::path& path);

}  // namespace limpid
