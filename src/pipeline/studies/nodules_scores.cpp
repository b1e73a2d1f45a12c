// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "limpid/train/architectures.h"
#include "pipeline/studies/nodules_parts.h"

namespace limpid::study_of_nodules {
namespace {

/// The decisions of each name, in the order of their first.
template <class Name>
std::vector<std::vector<Decision>> gathered(const std::vector<Decision>& decisions, const Name& name) {
  std::vector<std::vector<Decision>> groups;
  std::map<std::string, size_t> places;
  for (const Decision& decision : decisions) {
    const auto [found, fresh] = places.try_emplace(name(decision), groups.size());
    if (fresh) groups.emplace_back();
    groups[found->second].push_back(decision);
  }
  return groups;
}

std::vector<Decision> in_fold(const std::vector<Decision>& decisions, int64_t fold) {
  std::vector<Decision> part;
  std::copy_if(decisions.begin(), decisions.end(), std::back_inserter(part),
               [fold](const Decision& d) { return d.fold == fold; });
  return part;
}

void add_scores(Table& table, const Contender& contender, const std::string& level,
                const std::vector<Decision>& decisions, const std::vector<int64_t>& folds) {
  if (decisions.empty()) return;
  for (const int64_t fold : folds) {
    const BinaryScores s = scores_of(in_fold(decisions, fold));
    table.add({contender.name, level, fold, s.positives + s.negatives, s.positives, s.accuracy, s.sensitivity,
               s.specificity, s.auc});
  }
}

}  // namespace

std::vector<Decision> by_nodule(const std::vector<Decision>& slices) {
  std::vector<Decision> nodules;
  for (const auto& group : gathered(slices, [](const Decision& d) { return d.nodule; })) {
    nodules.push_back(group.front());
    double sum = 0;
    for (const Decision& slice : group) sum += slice.probability;
    nodules.back().probability = sum / static_cast<double>(group.size());
  }
  return nodules;
}

std::vector<Decision> by_exam(const std::vector<Decision>& nodules) {
  std::vector<Decision> exams;
  for (const auto& group : gathered(nodules, [](const Decision& d) { return d.exam; })) {
    Decision exam = group.front();
    exam.nodule.clear();
    for (const Decision& nodule : group) {
      exam.probability = std::max(exam.probability, nodule.probability);
      exam.malignant = exam.malignant || nodule.malignant;
    }
    exams.push_back(exam);
  }
  return exams;
}

BinaryScores scores_of(const std::vector<Decision>& decisions) {
  std::vector<double> probabilities;
  std::vector<bool> malignant;
  for (const Decision& decision : decisions) {
    probabilities.push_back(decision.probability);
    malignant.push_back(decision.malignant);
  }
  return binary_scores(probabilities, malignant);
}

Contender contender(const std::string& name, int64_t parameters, const std::vector<Decision>& slices) {
  const std::vector<Decision> nodules = by_nodule(slices);
  return {name, parameters, slices, nodules, by_exam(nodules)};
}

Contender contender_of_nodules(const std::string& name, int64_t parameters, const std::vector<Decision>& nodules) {
  return {name, parameters, {}, nodules, by_exam(nodules)};
}

Table scores_table(const std::vector<Contender>& contenders, const std::vector<int64_t>& folds) {
  Table table{{"network", "level", "fold", "cases", "malignant", "accuracy", "sensitivity", "specificity", "auc"}, {}};
  for (const Contender& one : contenders) {
    add_scores(table, one, "slice", one.slices, folds);
    add_scores(table, one, "nodule", one.nodules, folds);
    add_scores(table, one, "exam", one.exams, folds);
  }
  return table;
}

Table summary_table(const Table& scores, const std::vector<Contender>& contenders) {
  Table table{{"network", "parameters", "level", "accuracy", "accuracy_sd", "sensitivity", "sensitivity_sd",
               "specificity", "specificity_sd", "auc", "auc_sd"},
              {}};
  for (const std::string level : {"slice", "nodule", "exam"})
    for (const Contender& one : contenders) {
      std::vector<Cell> row = {one.name, one.parameters, level};
      bool any = false;
      for (size_t column = 5; column < 9; ++column) {
        std::vector<double> values;
        for (const auto& fold : scores.rows)
          if (std::get<std::string>(fold[0]) == one.name && std::get<std::string>(fold[1]) == level)
            values.push_back(std::get<double>(fold[column]));
        const Spread spread = spread_of(values);
        row.insert(row.end(), {spread.mean, spread.deviation});
        any = any || !values.empty();
      }
      if (any) table.add(row);
    }
  return table;
}

int64_t parameters_of(const Network& network) {
  int64_t count = 0;
  for (const Node& node : network.nodes)
    for (const Tensor& parameter : node.layer.parameters)
      if (parameter.defined()) count += parameter.numel();
  return count;
}

Sized sized(const std::string& architecture, int64_t parameters, const Shape& input) {
  const auto of = [&](int64_t hundredths) -> Sized {
    const std::string width = fmt::format("{}", static_cast<double>(hundredths) / 100);
    return {width, parameters_of(build_architecture(architecture, {input, 2}, {{"width", width}}))};
  };
  int64_t low = 100, high = 200;
  while (of(high).parameters < parameters) low = high, high *= 2;
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    (of(middle).parameters < parameters ? low : high) = middle;
  }
  const Sized below = of(low), above = of(high);
  return above.parameters - parameters < std::abs(parameters - below.parameters) ? above : below;
}

std::string short_name(const Decision& decision) {
  const std::string exam =
      decision.exam.size() > 10 ? "…" + decision.exam.substr(decision.exam.size() - 6) : decision.exam;
  return decision.nodule.empty() ? exam : exam + decision.nodule.substr(decision.exam.size());
}

}  // namespace limpid::study_of_nodules
