// SPDX-License-Identifier: Apache-2.0
// at::parallel_for is a loop on one thread where the file that calls it was compiled without OpenMP. This file alone is
// compiled with it.
#include "core/parallel.h"

#include <ATen/Parallel.h>
#include <ATen/ThreadLocalState.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace limpid {
namespace {

#ifdef _OPENMP

bool is_within_loop() { return omp_in_parallel() != 0; }

template <class Work>
void each_on_a_thread(int64_t threads, const Work& work) {
#pragma omp parallel for num_threads(static_cast <int>(threads)) schedule(static, 1)
  for (int64_t i = 0; i < threads; ++i) work(i);
}

#else

thread_local bool within_loop = false;

bool is_within_loop() { return within_loop; }

template <class Work>
void each_on_a_thread(int64_t threads, const Work& work) {
  const auto marked = [&](int64_t i) {
    within_loop = true;
    work(i);
    within_loop = false;
  };
  std::vector<std::thread> others;
  for (int64_t i = 1; i < threads; ++i) others.emplace_back(marked, i);
  marked(0);
  for (std::thread& other : others) other.join();
}

#endif

/// Calls work(0) … work(threads − 1), in the caller's mode of inference and gradients.
template <class Work>
void on_threads(int64_t threads, const Work& work) {
  if (threads == 1) return work(0);
  std::exception_ptr thrown;
  std::mutex access;
  const at::ThreadLocalState outside;
  each_on_a_thread(threads, [&](int64_t thread) {
    try {
      const at::ThreadLocalStateGuard as_outside(outside);
      work(thread);
    } catch (...) {
      const std::lock_guard lock(access);
      if (!thrown) thrown = std::current_exception();
    }
  });
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

int64_t available_threads() { return is_within_loop() ? 1 : std::max(1, at::get_num_threads()); }

void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& range) {
  if (count <= 0) return;
  const int64_t threads = std::min(available_threads(), std::max<int64_t>(1, count / std::max<int64_t>(1, grain)));
  const int64_t share = (count + threads - 1) / threads;
  on_threads(threads, [&](int64_t thread) {
    const int64_t begin = thread * share, end = std::min(count, begin + share);
    if (begin < end) range(begin, end);
  });
}

void for_each_parallel(size_t count, const std::function<void(size_t)>& one) {
  if (count == 0) return;
  std::atomic<size_t> next = 0;
  on_threads(std::min(available_threads(), static_cast<int64_t>(count)), [&](int64_t) {
    try {
      for (size_t i = next++; i < count; i = next++) one(i);
    } catch (...) {
      next = count;
      throw;
    }
  });
}

}  // namespace limpid
