// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/parallel.h"
#include "pipeline/studies/crystals_parts.h"
#include "pipeline/studies/spread.h"

namespace limpid::study_of_crystals {
namespace {

std::vector<double> errors_of(const StudyRun& run, const std::vector<TestCrystal>& crystals, const Defects& defects,
                              Scaling scaling) {
  std::vector<double> errors(crystals.size());
  for_each_parallel(crystals.size(), [&](size_t i) {
    const Structure moved = defective(crystals[i], defects, run.request().seed, static_cast<int64_t>(i));
    errors[i] = length_scale(moved, scaling) / length_scale(crystals[i].cluster, scaling) - 1;
  });
  return errors;
}

}  // namespace

Table scale_errors(const StudyRun& run, const std::vector<TestCrystal>& crystals, const std::vector<Defects>& levels) {
  Table table{{"defects", "scaling", "mean", "deviation", "largest"}, {}};
  for (const Defects& level : levels)
    for (const auto& [name, scaling] : {std::pair("mean-nn", Scaling::mean_nn), std::pair("robust", Scaling::robust)}) {
      const std::vector<double> errors = errors_of(run, crystals, level, scaling);
      const Spread spread = spread_of(errors);
      double largest = 0;
      for (const double error : errors) largest = std::max(largest, std::abs(error));
      table.add({level.name(), name, spread.mean, spread.deviation, largest});
    }
  return table;
}

}  // namespace limpid::study_of_crystals
