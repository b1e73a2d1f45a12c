// SPDX-License-Identifier: Apache-2.0
#include "pipeline/concepts/attributes_statistics.h"

#include <ATen/ATen.h>

#include <filesystem>

#include "limpid/core/lookup.h"

namespace limpid {
namespace {

using Columns = AttributeColumns;

Tensor column_at(const Tensor& rows, int64_t column) { return rows.select(-1, column); }

/// A sum over attributes, or one of them.
template <class Place>
Tensor over_attributes(const Tensor& rows, const Columns& columns, int64_t attribute, const Place& place) {
  if (attribute < columns.attributes) return column_at(rows, place(attribute));
  Tensor sum = column_at(rows, place(0)).clone();
  for (int64_t a = 1; a < columns.attributes; ++a) sum += column_at(rows, place(a));
  return sum;
}

Tensor evidence_of(const Tensor& rows, const Columns& columns, int64_t method, int64_t attribute) {
  return over_attributes(rows, columns, attribute, [&](int64_t a) { return columns.evidence(method, a); });
}

Tensor area_of(const Tensor& rows, const Columns& columns, int64_t, int64_t attribute) {
  return over_attributes(rows, columns, attribute, [&](int64_t a) { return columns.area(a); });
}

Tensor lift_of(const Tensor& rows, const Columns& columns, int64_t method, int64_t attribute) {
  return evidence_of(rows, columns, method, attribute) / area_of(rows, columns, method, attribute);
}

/// The lift by each network with random weights, [.., draws], over the inputs for which something speaks there.
Tensor random_lift_of(const Tensor& rows, const Columns& columns, int64_t method, int64_t attribute) {
  std::vector<Tensor> lifts;
  const Tensor area = area_of(rows, columns, method, attribute);
  for (int64_t draw = 0; draw < columns.randomisations; ++draw) {
    const auto place = [&](int64_t a) { return columns.random_evidence(draw, method, a); };
    lifts.push_back(over_attributes(rows, columns, attribute, place) /
                    (1 - column_at(rows, columns.random_silent(draw, method))) / area);
  }
  return lifts.empty() ? at::full_like(area, std::nan("")).unsqueeze(-1) : at::stack(lifts, -1);
}

template <AttributeEffect effect>
Tensor effect_of(const Tensor& rows, const Columns& columns, int64_t, int64_t attribute) {
  return column_at(rows, columns.effect(attribute, effect));
}

/// What the class's probability loses.
template <AttributeEffect effect>
Tensor drop_of(const Tensor& rows, const Columns& columns, int64_t, int64_t attribute) {
  return column_at(rows, columns.probability()) - column_at(rows, columns.effect(attribute, effect));
}

template <AttributeEffect more, AttributeEffect less>
Tensor gain_of(const Tensor& rows, const Columns& columns, int64_t, int64_t attribute) {
  return column_at(rows, columns.effect(attribute, more)) - column_at(rows, columns.effect(attribute, less));
}

Tensor unexplained_of(const Tensor& rows, const Columns& columns, int64_t method, int64_t attribute) {
  return 1 - evidence_of(rows, columns, method, attribute);
}

/// G = APA · max(0, necessity − that of random segments).
Tensor score_of(const Tensor& rows, const Columns& columns, int64_t method, int64_t attribute) {
  return evidence_of(rows, columns, method, attribute) *
         gain_of<kRandomWithout, kWithout>(rows, columns, method, attribute).clamp_min(0);
}

const std::vector<AttributeStatistic>& overall_statistics() {
  static const std::vector<AttributeStatistic> all = {{"unexplained", true, true, unexplained_of},
                                                      {"score", true, false, score_of}};
  return all;
}

std::vector<double> list_of(const Tensor& numbers) {
  const Tensor plain = numbers.to(at::kDouble).contiguous();
  return {plain.data_ptr<double>(), plain.data_ptr<double>() + plain.numel()};
}

}  // namespace

const std::vector<AttributeStatistic>& attribute_statistics() {
  static const std::vector<AttributeStatistic> all = {
      {"evidence", false, true, evidence_of},
      {"area", false, true, area_of},
      {"lift", false, false, lift_of},
      {"lift_randomised", false, false, random_lift_of},
      {"region_area", false, true, effect_of<kRegionArea>},
      {"necessity", false, true, drop_of<kWithout>},
      {"necessity_random", false, true, drop_of<kRandomWithout>},
      {"necessity_gain", false, true, gain_of<kRandomWithout, kWithout>},
      {"sufficiency", false, true, effect_of<kAlone>},
      {"sufficiency_random", false, true, effect_of<kRandomAlone>},
      {"sufficiency_gain", false, true, gain_of<kAlone, kRandomAlone>}};
  return all;
}

const AttributeStatistic& statistic_named(const std::string& name) {
  for (const AttributeStatistic& one : overall_statistics())
    if (one.name == name) return one;
  return lookup("statistic", name, attribute_statistics());
}

AttributeEstimates::AttributeEstimates(const AttributesRun& run, size_t subject)
    : columns_(run.columns(subject)), means_(run.measures[subject].rows.mean(0)), draws_(run.measures[subject].draws) {}

AttributeEstimate AttributeEstimates::of(const AttributeStatistic& statistic, int64_t method, int64_t attribute) const {
  return {statistic.of(means_, columns_, method, attribute).nanmean().item<double>(),
          percentile_interval(statistic.of(draws_, columns_, method, attribute))};
}

std::vector<AttributeComparison> attribute_comparisons(const AttributesRun& run) {
  std::vector<AttributeComparison> pairs;
  const bool two = run.subjects.size() > 1;
  for (size_t s = 0; s < run.subjects.size(); ++s) {
    const auto& methods = run.subjects[s].methods;
    const std::string network = two ? run.network_name(s) + ", " : "";
    for (size_t m = 0; m < methods.size(); ++m)
      for (size_t n = m + 1; n < methods.size(); ++n)
        pairs.push_back({{network + methods[m].name, s, static_cast<int64_t>(m)},
                         {network + methods[n].name, s, static_cast<int64_t>(n)},
                         {"evidence", "lift", "unexplained", "score"}});
  }
  for (size_t m = 0; two && m < run.subjects[0].methods.size(); ++m) {
    const std::string method = run.subjects[0].methods.size() > 1 ? ", " + run.subjects[0].methods[m].name : "";
    pairs.push_back({{run.network_name(0) + method, 0, static_cast<int64_t>(m)},
                     {run.network_name(1) + method, 1, static_cast<int64_t>(m)},
                     {"evidence", "lift", "unexplained", "necessity_gain", "sufficiency_gain", "score"}});
  }
  return pairs;
}

AttributeDifference difference_of(const AttributesRun& run, const AttributeComparison& pair,
                                  const AttributeStatistic& statistic, int64_t attribute) {
  const auto of = [&](const AttributeComparison::Side& side, const Tensor& rows) {
    return statistic.of(rows, run.columns(side.subject), side.method, attribute);
  };
  const Tensor &one = run.measures[pair.one.subject].rows, &other = run.measures[pair.other.subject].rows;
  AttributeDifference found{of(pair.one, one.mean(0)).item<double>(),
                            of(pair.other, other.mean(0)).item<double>(),
                            percentile_interval(of(pair.one, run.measures[pair.one.subject].draws) -
                                                of(pair.other, run.measures[pair.other.subject].draws)),
                            {}};
  if (statistic.each && one.size(0) > 1) {
    const std::vector<double> of_one = list_of(of(pair.one, one)), of_other = list_of(of(pair.other, other));
    found.test = paired_t_test(of_one, of_other);
    found.wilcoxon = signed_rank_test(of_one, of_other);
  }
  return found;
}

}  // namespace limpid
