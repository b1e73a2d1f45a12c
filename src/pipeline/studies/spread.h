// SPDX-License-Identifier: Apache-2.0
#pragma once
// Mean and standard deviation of what was measured.

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

namespace limpid {

struct Spread {
  int64_t count = 0;
  double mean = std::nan(""), deviation = std::nan("");  // of the sample: n − 1; NaN for too few values

  /// "62.1 ± 8.3 %"
  std::string percent() const {
    if (count == 0) return "–";
    return count == 1 ? fmt::format("{:.1f} %", 100 * mean)
                      : fmt::format("{:.1f} ± {:.1f} %", 100 * mean, 100 * deviation);
  }
};

/// Values that are NaN are left out.
inline Spread spread_of(const std::vector<double>& values) {
  Spread spread;
  double sum = 0, squares = 0;
  for (const double value : values)
    if (!std::isnan(value)) {
      sum += value;
      ++spread.count;
    }
  if (spread.count == 0) return spread;
  spread.mean = sum / static_cast<double>(spread.count);
  for (const double value : values)
    if (!std::isnan(value)) squares += (value - spread.mean) * (value - spread.mean);
  if (spread.count > 1) spread.deviation = std::sqrt(squares / static_cast<double>(spread.count - 1));
  return spread;
}

}  // namespace limpid
