// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "limpid/crystal/classes.h"
#include "pipeline/studies/crystals_report.h"

namespace limpid::study_of_crystals {
namespace {

constexpr const char* kOutside = "outside: ";

/// Shares of the structures that are kept, by subject, in the order in which they came.
struct Kept {
  std::vector<std::string> subjects;
  std::map<std::string, double> share;
};

Kept kept_by(const Table& table, const std::string& calibration, const std::string& criterion) {
  Kept all;
  for (const auto& row : table.rows) {
    if (std::get<std::string>(row[0]) != calibration || std::get<std::string>(row[1]) != criterion) continue;
    all.subjects.push_back(std::get<std::string>(row[2]));
    all.share[all.subjects.back()] =
        static_cast<double>(std::get<int64_t>(row[4])) / static_cast<double>(std::get<int64_t>(row[3]));
  }
  return all;
}

/// Mean over the kinds outside of what is not kept.
double abstained(const Kept& kept) {
  double sum = 0, count = 0;
  for (const std::string& subject : kept.subjects) {
    if (!subject.starts_with(kOutside)) continue;
    sum += 1 - kept.share.at(subject);
    ++count;
  }
  return sum / count;
}

std::string text_of(double share) { return fmt::format("{:.1f}", 100 * share); }

/// Pairs of calibration and criterion, in the table's order.
std::vector<std::pair<std::string, std::string>> gates_of(const Table& table) {
  std::vector<std::pair<std::string, std::string>> gates;
  for (const auto& row : table.rows) {
    const std::pair gate(std::get<std::string>(row[0]), std::get<std::string>(row[1]));
    if (std::find(gates.begin(), gates.end(), gate) == gates.end()) gates.push_back(gate);
  }
  return gates;
}

Table criteria_table(const Table& abstention) {
  Table table{{"calibrated with", "criterion", "abstains outside"}, {}};
  const auto gates = gates_of(abstention);
  const Kept first = kept_by(abstention, gates.front().first, gates.front().second);
  for (const std::string& subject : first.subjects)
    if (!subject.starts_with(kOutside)) table.columns.push_back("keeps " + subject);
  for (const auto& [calibration, criterion] : gates) {
    const Kept kept = kept_by(abstention, calibration, criterion);
    std::vector<Cell> row = {calibration, criterion, text_of(abstained(kept))};
    for (const std::string& subject : kept.subjects)
      if (!subject.starts_with(kOutside)) row.emplace_back(text_of(kept.share.at(subject)));
    table.add(row);
  }
  return table;
}

Table kinds_table(const Table& abstention) {
  Table table{{"structures outside"}, {}};
  const auto gates = gates_of(abstention);
  for (const auto& [calibration, criterion] : gates) table.columns.push_back(criterion + ", " + calibration);
  const Kept first = kept_by(abstention, gates.front().first, gates.front().second);
  for (const std::string& subject : first.subjects) {
    if (!subject.starts_with(kOutside)) continue;
    std::vector<Cell> row = {subject.substr(std::string(kOutside).size())};
    for (const auto& [calibration, criterion] : gates)
      row.emplace_back(text_of(1 - kept_by(abstention, calibration, criterion).share.at(subject)));
    table.add(row);
  }
  return table;
}

/// By class: how many real structures, how many are given their class, and how many would be answered.
Table real_table(const Table& real) {
  Table table{{"class", "structures", "right", "kept, pristine", "kept, defective"}, {}};
  for (int64_t k = -1; k < static_cast<int64_t>(crystal_classes().size()); ++k) {
    int64_t all = 0, right = 0, pristine = 0, tolerant = 0;
    for (const auto& row : real.rows) {
      const auto whole = [&](size_t column) { return std::get<int64_t>(row[column]); };
      if (whole(2) != k) continue;
      ++all;
      right += whole(3) == k;
      pristine += whole(5);
      tolerant += whole(6);
    }
    if (all == 0) continue;
    table.add({k < 0 ? "none" : crystal_classes()[static_cast<size_t>(k)], all,
               k < 0 ? Cell(std::nan("")) : Cell(right), pristine, tolerant});
  }
  return table;
}

}  // namespace

void report_abstention(StudyReport& report, const Findings& findings) {
  report.heading("None of these classes");
  report.paragraph(
      "A network gives every structure one of its classes. Whether a structure is like any that it was trained on, a "
      "criterion may tell: its probability, its energy (liu2020), the Mahalanobis distance of its last hidden layer to "
      "the nearest class (lee2018), the cosine of that or of the fingerprint to the nearest of those trained on "
      "(sun2022), for compounds whether species follow the sites (cowley1950), and whether the crystal behind the "
      "atoms "
      "has a space group of the classes'. Each threshold keeps 99 % of crystals like those trained on: pristine ones, "
      "or "
      "ones with displacements of 0.1 Å and 30 % vacancies. limpid crystal classify goes by the last, with twice the "
      "distance.");
  report.table(criteria_table(findings.abstention),
               "The network robust: shares that are kept and shares outside at which it abstains, in percent.");
  report.table(kinds_table(findings.abstention), "Shares of the structures outside at which it abstains, in percent.");
  if (findings.real.rows.empty()) return;
  report.subheading("Real structures");
  report.table(real_table(findings.real),
               "Files that were given, by the class of spglib's space group where all tolerances give the same.");
}

}  // namespace limpid::study_of_crystals
