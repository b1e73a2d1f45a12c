// SPDX-License-Identifier: Apache-2.0
#include "pipeline/studies/spread.h"

#include <fmt/format.h>

namespace limpid {

std::string Spread::percent() const {
  if (count == 0) return "–";
  return count == 1 ? fmt::format("{:.1f} %", 100 * mean)
                    : fmt::format("{:.1f} ± {:.1f} %", 100 * mean, 100 * deviation);
}

Spread spread_of(const std::vector<double>& values) {
  Spread spread;
  double sum = 0, squares = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
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
