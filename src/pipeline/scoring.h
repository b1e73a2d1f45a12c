// SPDX-License-Identifier: Apache-2.0
#pragma once
// Scores as documents: JSON, CSV, tables and pages; shared by training and prediction.

#include "limpid/data/dataset.h"
#include "limpid/render/score_page.h"
#include "limpid/train/evaluation.h"

namespace limpid {

/// A JSON document: accuracy, balanced_accuracy, loss, ece, per_class, confusion; null for what is not defined.
std::string scores_json(const Scores& scores, const std::vector<std::string>& classes);

/// Rows with a head: class, examples, recall, precision.
std::vector<std::vector<std::string>> class_table(const Scores& scores, const std::vector<std::string>& classes);

/// A head and a row for each true class.
std::string confusion_csv(const Scores& scores, const std::vector<std::string>& classes);

/// One cell: quoted where it has to be.
std::string csv_cell(const std::string& text);

/// "99.26 %"
std::string percent(double share);

Part part_named(const std::string& name);

}  // namespace limpid
