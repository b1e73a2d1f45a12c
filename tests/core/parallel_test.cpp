// SPDX-License-Identifier: Apache-2.0
#include "core/parallel.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "support/files.h"

namespace limpid::testing {
namespace {

/// While it lives, loops have so many threads.
class Threads {
 public:
  explicit Threads(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
  ~Threads() { at::set_num_threads(before_); }

 private:
  int before_;
};

/// The threads that a body was called on.
class Seen {
 public:
  void here() {
    const std::lock_guard lock(access_);
    threads_.insert(std::this_thread::get_id());
  }
  size_t count() const { return threads_.size(); }

 private:
  std::mutex access_;
  std::set<std::thread::id> threads_;
};

TEST(ParallelFor, HasAllOnceOnSoManyThreads) {
  for (const int threads : {1, 2, 3})
    for (const int64_t count : {0, 1, 2, 3, 7, 1000}) {
      const Threads some(threads);
      Seen seen;
      std::vector<std::atomic<int>> done(static_cast<size_t>(count));
      parallel_for(count, 1, [&](int64_t begin, int64_t end) {
        seen.here();
        EXPECT_LT(begin, end);
        for (int64_t i = begin; i < end; ++i) ++done[static_cast<size_t>(i)];
      });
      for (const auto& times : done) EXPECT_EQ(times, 1);
      EXPECT_EQ(seen.count(), static_cast<size_t>(std::min<int64_t>(threads, count))) << threads << ", " << count;
    }
}

TEST(ParallelFor, LeavesSmallWorkOnOneThread) {
  const Threads some(2);
  Seen few, many;
  parallel_for(31, 16, [&](int64_t, int64_t) { few.here(); });
  parallel_for(32, 16, [&](int64_t, int64_t) { many.here(); });
  EXPECT_EQ(few.count(), 1);
  EXPECT_EQ(many.count(), 2);
}

TEST(ParallelFor, StaysOnItsThreadWithinAnother) {
  const Threads some(2);
  EXPECT_EQ(available_threads(), 2);
  parallel_for(2, 1, [&](int64_t, int64_t) {
    EXPECT_EQ(available_threads(), 1);
    Seen seen;
    parallel_for(100, 1, [&](int64_t, int64_t) { seen.here(); });
    for_each_parallel(100, [&](size_t) { seen.here(); });
    EXPECT_EQ(seen.count(), 1);
  });
  EXPECT_EQ(available_threads(), 2);
}

TEST(ParallelFor, IsInItsCallersModeOfInference) {
  const Threads some(2);
  for (const bool inference : {false, true}) {
    const c10::InferenceMode mode(inference);
    parallel_for(2, 1, [&](int64_t, int64_t) { EXPECT_EQ(c10::InferenceMode::is_enabled(), inference); });
  }
}

TEST(ForEachParallel, DoesEachOnce) {
  std::vector<std::atomic<int>> done(1000);
  for_each_parallel(done.size(), [&](size_t i) { ++done[i]; });
  for (const auto& count : done) EXPECT_EQ(count, 1);
  for_each_parallel(0, [&](size_t) { fail("there is nothing to do"); });
}

TEST(ForEachParallel, ThrowsWhatOneThrew) {
  for (const int threads : {1, 2}) {
    const Threads some(threads);
    std::atomic<int> done = 0;
    EXPECT_EQ(error_of([&] {
                for_each_parallel(100'000, [&](size_t i) {
                  if (i == 7) fail("the seventh");
                  ++done;
                });
              }),
              "the seventh");
    EXPECT_LT(done, 100'000);
  }
}

}  // namespace
}  // namespace limpid::testing
