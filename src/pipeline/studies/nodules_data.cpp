// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/core/lookup.h"
#include "limpid/data/wrapping.h"
#include "limpid/train/logistic.h"
#include "pipeline/studies/nodules_parts.h"
#include "pipeline/words.h"

namespace limpid::study_of_nodules {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostTableBytes = uint64_t{1} << 28;

Slice slice_of(const Dataset& data, int64_t index, int64_t malignant) {
  const Example& example = data[index];
  const fs::path path = example.name;
  const std::string nodule = example.group + "/" + path.parent_path().filename().string();
  return {
      index, example.group, nodule, nodule + "/" + path.filename().string(), example.fold, example.label == malignant};
}

void check_groups(const std::vector<Slice>& slices) {
  std::map<std::string, int64_t> folds;
  std::map<std::string, bool> labels;
  for (const Slice& slice : slices) {
    if (folds.try_emplace(slice.exam, slice.fold).first->second != slice.fold)
      fail("the exam '", slice.exam, "' stands in folds ", folds[slice.exam], " and ", slice.fold,
           "; all slices of an exam must have one fold");
    if (labels.try_emplace(slice.nodule, slice.malignant).first->second != slice.malignant)
      fail("slices of the nodule '", slice.nodule, "' have different labels; a nodule must have one");
  }
}

int64_t malignant_class(const StudyRun& run, const Dataset& data) {
  const std::string& name = run.options().text("malignant");
  const auto found = std::find(data.classes.begin(), data.classes.end(), name);
  if (data.classes.size() != 2 || found == data.classes.end())
    run.unfit(detail::joined("the data have the classes ", first_names(data.classes), ", not two of which one is '",
                             name, "' (the option malignant)"));
  return found - data.classes.begin();
}

double number_of(const std::string& text, const std::string& column, const std::string& table) {
  try {
    size_t end = 0;
    const double value = std::stod(text, &end);
    if (end == text.size() && std::isfinite(value)) return value;
  } catch (const std::exception&) {
  }
  fail("the column ", column, " of '", table, "' holds '", text, "'; expected a number");
}

size_t place_of(const std::vector<std::string>& header, const std::string& column, const std::string& table) {
  const auto found = std::find(header.begin(), header.end(), column);
  if (found == header.end()) fail("'", table, "' has no column ", column, "; its columns are: ", listed(header));
  return static_cast<size_t>(found - header.begin());
}

std::vector<std::string> feature_columns(const std::vector<std::string>& header, const std::string& table,
                                         const std::vector<std::string>& only) {
  if (!only.empty()) {
    for (const std::string& column : only) place_of(header, column, table);
    return only;
  }
  static const std::set<std::string> others = {"exam_id", "nodule_id", "malignancy", "class",
                                               "label",   "fold",      "diameter_mm"};
  std::vector<std::string> columns;
  for (const std::string& column : header)
    if (!others.count(column)) columns.push_back(column);
  return columns;
}

Tensor chosen(const Tensor& values, const std::vector<int64_t>& rows) {
  return values.index_select(0, at::tensor(rows, at::kLong));
}

/// Rows of the nodules whose fold is, or is not, the one held out; `beside` is left out of both.
std::vector<int64_t> rows_of(const std::vector<Decision>& nodules, int64_t fold, bool held, int64_t beside = -1) {
  std::vector<int64_t> rows;
  for (size_t i = 0; i < nodules.size(); ++i)
    if (nodules[i].fold != beside && (nodules[i].fold == fold) == held) rows.push_back(static_cast<int64_t>(i));
  return rows;
}

struct Labelled {
  Tensor features, labels;
};

Labelled part_of(const Radiomics& all, const std::vector<int64_t>& rows) {
  std::vector<int64_t> labels;
  for (const int64_t row : rows) labels.push_back(all.nodules[static_cast<size_t>(row)].malignant);
  return {chosen(all.features, rows), at::tensor(labels, at::kLong)};
}

/// Mean loss over the inner folds: each fold but `outer` held out in turn.
double inner_loss(const Radiomics& all, const std::set<int64_t>& folds, int64_t outer, double l2) {
  double sum = 0, count = 0;
  for (const int64_t inner : folds) {
    if (inner == outer) continue;
    const std::vector<int64_t> rest = rows_of(all.nodules, inner, false, outer);
    if (rest.size() < 2) continue;
    const Labelled train = part_of(all, rest), held = part_of(all, rows_of(all.nodules, inner, true, outer));
    const Tensor p = fit_logistic(train.features, train.labels, l2).probabilities(held.features);
    sum += at::binary_cross_entropy(p.clamp(1e-12, 1 - 1e-12), held.labels.to(at::kDouble), {}, at::Reduction::Sum)
               .item<double>();
    count += static_cast<double>(held.labels.size(0));
  }
  return count > 0 ? sum / count : std::nan("");
}

double penalty_for(const Radiomics& all, const std::set<int64_t>& folds, int64_t outer) {
  double best = 10, least = std::numeric_limits<double>::infinity();
  for (const double l2 : {.1, 1., 10., 100.}) {
    const double loss = inner_loss(all, folds, outer, l2);
    if (loss < least) std::tie(least, best) = std::pair(loss, l2);
  }
  return best;
}

}  // namespace

Collection collected(const StudyRun& run) {
  Collection all{run.data(Part::all), 0, {}, {}};
  all.malignant = malignant_class(run, all.data);
  std::set<int64_t> folds;
  for (int64_t i = 0; i < all.data.size(); ++i) {
    if (all.data[i].group.empty() || all.data[i].fold < 0)
      run.unfit("'" + all.data[i].name + "' has no exam or no fold");
    all.slices.push_back(slice_of(all.data, i, all.malignant));
    folds.insert(all.slices.back().fold);
  }
  check_groups(all.slices);
  if (folds.size() < 2) fail("the data have ", folds.size(), " fold; expected at least 2");
  const auto most = static_cast<size_t>(run.options().integer("folds", 0));
  if (most > folds.size()) refuse("option folds is ", most, "; the data have ", folds.size(), " folds");
  all.folds.assign(folds.begin(), folds.end());
  if (most > 0 && most < all.folds.size()) all.folds.resize(most);
  return all;
}

std::vector<std::vector<int64_t>> nodules_of(const Collection& all, int64_t fold) {
  std::vector<std::vector<int64_t>> nodules;
  std::map<std::string, size_t> places;
  for (const Slice& slice : all.slices) {
    if (slice.fold != fold) continue;
    const auto [found, fresh] = places.try_emplace(slice.nodule, nodules.size());
    if (fresh) nodules.emplace_back();
    nodules[found->second].push_back(slice.index);
  }
  return nodules;
}

Radiomics radiomics_of(const fs::path& table, const Collection& all, const std::vector<std::string>& only) {
  const std::string name = table.string();
  const auto rows = csv_rows(read_file(table, kMostTableBytes), name);
  const std::vector<std::string>& header = rows.at(0);
  const size_t exam = place_of(header, "exam_id", name), nodule = place_of(header, "nodule_id", name);
  std::map<std::string, size_t> row_of;
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != header.size())
      fail("'", name, "', row ", i, " has ", rows[i].size(), " cells; the header has ", header.size());
    row_of[rows[i][exam] + "/" + rows[i][nodule]] = i;
  }
  Radiomics radiomics{feature_columns(header, name, only), {}, {}};
  std::vector<double> values;
  std::set<std::string> seen;
  for (const Slice& slice : all.slices) {
    if (!seen.insert(slice.nodule).second) continue;
    const auto found = row_of.find(slice.nodule);
    if (found == row_of.end()) fail("'", name, "' has no row for the nodule ", slice.nodule, " (exam_id/nodule_id)");
    for (const std::string& column : radiomics.columns)
      values.push_back(number_of(rows[found->second][place_of(header, column, name)], column, name));
    radiomics.nodules.push_back({slice.exam, slice.nodule, slice.fold, slice.malignant, std::nan("")});
  }
  radiomics.features = at::tensor(values, at::kDouble).reshape({-1, static_cast<int64_t>(radiomics.columns.size())});
  return radiomics;
}

Table regression_table(const Radiomics& radiomics, const std::vector<int64_t>& folds) {
  std::set<int64_t> all;
  for (const Decision& nodule : radiomics.nodules) all.insert(nodule.fold);
  Table table{{"exam", "nodule", "fold", "malignant", "probability", "l2"}, {}};
  for (const int64_t fold : folds) {
    const double l2 = penalty_for(radiomics, all, fold);
    const Labelled train = part_of(radiomics, rows_of(radiomics.nodules, fold, false));
    const std::vector<int64_t> held = rows_of(radiomics.nodules, fold, true);
    const Tensor p =
        fit_logistic(train.features, train.labels, l2).probabilities(part_of(radiomics, held).features).contiguous();
    for (size_t i = 0; i < held.size(); ++i) {
      const Decision& nodule = radiomics.nodules[static_cast<size_t>(held[i])];
      table.add(
          {nodule.exam, nodule.nodule, fold, static_cast<int64_t>(nodule.malignant), p.data_ptr<double>()[i], l2});
    }
  }
  return table;
}

}  // namespace limpid::study_of_nodules
