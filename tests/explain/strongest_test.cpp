// SPDX-License-Identifier: Apache-2.0
#include "explain/strongest.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/networks.h"

namespace limpid {
namespace {

/// Values of which many are equal, over more pixels than are taken at once.
Tensor maps(at::ScalarType type) { return (limpid::testing::random({2, 9, 71, 67}, 3) * 4).round().to(type); }

TEST(Strongest, AreThoseOfAStableSort) {
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    const Tensor all = maps(type), names = (at::arange(9) * 2 + 5).expand({2, 9});
    const Tensor order = std::get<1>(at::sort(all, /*stable=*/true, 1, /*descending=*/true));
    for (const int64_t count : {1, 3, 9, 12}) {
      for (const int64_t chunk : {1, 2, 9}) {
        Strongest best;
        for (int64_t k = 0; k < 9; k += chunk) {
          const int64_t some = std::min(chunk, 9 - k);
          keep_strongest(best, all.narrow(1, k, some), names.narrow(1, k, some), count);
        }
        const int64_t kept = std::min<int64_t>(count, 9);
        EXPECT_TRUE(best.levels.equal(all.gather(1, order.narrow(1, 0, kept))));
        EXPECT_TRUE(best.names.equal((order.narrow(1, 0, kept) * 2 + 5).to(at::kInt)));
      }
    }
  }
}

TEST(Strongest, MinusInfinityIsAValueToo) {
  Strongest best;
  keep_strongest(best, at::full({1, 2, 3}, -std::numeric_limits<double>::infinity()), at::arange(2).expand({1, 2}), 2);
  EXPECT_TRUE(best.names.equal(at::arange(2, at::kInt).reshape({1, 2, 1}).expand({1, 2, 3})));
}

}  // namespace
}  // namespace limpid
