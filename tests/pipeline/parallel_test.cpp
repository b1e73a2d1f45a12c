// SPDX-License-Identifier: Apache-2.0
#include "pipeline/parallel.h"

#include <gmock/gmock.h>

#include <atomic>
#include <vector>

#include "data/files.h"

namespace limpid::testing {
namespace {

TEST(ForEachParallel, DoesEachOnce) {
  std::vector<std::atomic<int>> done(1000);
  for_each_parallel(done.size(), [&](size_t i) { ++done[i]; });
  for (const auto& count : done) EXPECT_EQ(count, 1);
  for_each_parallel(0, [&](size_t) { fail("there is nothing to do"); });
}

TEST(ForEachParallel, ThrowsWhatOneThrew) {
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

}  // namespace
}  // namespace limpid::testing
