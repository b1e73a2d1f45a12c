// SPDX-License-Identifier: Apache-2.0
#pragma once
// Scores as documents: JSON, CSV, tables and pages; shared by training and prediction.

#include "limpid/data/dataset.h"
#include "limpid/render/chart.h"
#include "limpid/render/page.h"
#include "limpid/train/evaluation.h"

namespace limpid {

/// A JSON document: accuracy, balanced_accuracy, loss, ece, per_class, confusion; null for what is not defined.
std::string scores_json(const Scores& scores, const std::vector<std::string>& classes);

/// Rows with a head: class, examples, recall, precision.
std::vector<std::vector<std::string>> class_table(const Scores& scores, const std::vector<std::string>& classes);

/// A row for each true class, a column for each predicted one.
Table confusion_table(const Scores& scores, const std::vector<std::string>& classes);

/// Appends the table of classes and, where they are few enough to look at, the confusion matrix.
void add_scores(Page& page, const Scores& scores, const std::vector<std::string>& classes);

/// "99.26 %"
std::string percent(double share);

/// The data set with the model's classes: by name where the model has all of its names, by number where they are
/// numbers.
Dataset aligned(Dataset data, const std::vector<std::string>& labels);

Part part_named(const std::string& name);

}  // namespace limpid
