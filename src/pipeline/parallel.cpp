// SPDX-License-Identifier: Apache-2.0
#include "pipeline/parallel.h"

#include <ATen/Parallel.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace limpid {

void for_each_parallel(size_t count, const std::function<void(size_t)>& one) {
  std::atomic<size_t> next = 0;
  std::exception_ptr thrown;
  std::mutex access;
  const auto work = [&] {
    try {
      for (size_t i = next++; i < count; i = next++) one(i);
    } catch (...) {
      next = count;
      const std::lock_guard lock(access);
      if (!thrown) thrown = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  const size_t most = std::min(count, static_cast<size_t>(at::get_num_threads()));
  for (size_t i = 1; i < most; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace limpid
