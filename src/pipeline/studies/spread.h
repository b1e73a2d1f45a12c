// SPDX-License-Identifier: Apache-2.0
#pragma once
// Mean and standard deviation of what was measured.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace limpid {

struct Spread {
  int64_t count = 0;
  double mean = std::nan(""), deviation = std::nan("");  // of the sample: n − 1; NaN for too few values

  /// "62.1 ± 8.3 %"
  std::string percent() const;
};

/// Values that are NaN are left out.
Spread spread_of(const std::vector<double>& values);

}  // namespace limpid
