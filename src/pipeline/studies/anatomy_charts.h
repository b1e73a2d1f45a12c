// SPDX-License-Identifier: Apache-2.0
#pragma once
// The study of anatomy's charts and the cuts of its tables that are shown.

#include "pipeline/studies/anatomy_report.h"

namespace limpid::study_of_anatomy {

/// "0", "¼", "½", "1", …
std::string epoch_text(double epoch);

/// The rows whose cells are as asked.
Table rows_where(const Table& table, const std::vector<std::pair<std::string, Cell>>& where);
void append_rows(Table& table, const Table& more);  // of the same columns; `table` may have none yet

/// As people read it: no underscores in names, epochs (the columns "epoch" and "onset…") as epoch_text, three decimals.
Table readable(Table table);

/// One column of the rows of a network: a row for each layer, a column for each landmark, as text where it is the
/// onset.
Table matrix_of(const Table& table, const std::string& column, const std::string& network,
                const std::vector<Landmark>& landmarks);

NamedChart accuracy_chart(const Table& accuracy, const std::vector<double>& epochs);

/// For each network and class, bars of the landmarks by checkpoint ("class": of the class response) or by "layer".
std::vector<NamedChart> lift_charts(const Table& lifts, const std::string& by, const Results& results,
                                    const std::vector<Landmark>& landmarks);

/// For each network the share of selective units of each layer by checkpoint.
std::vector<NamedChart> selective_charts(const Table& selective, const Results& results);

/// Units × landmarks.
NamedChart unit_chart(const Table& units, const std::string& network, const std::vector<Landmark>& landmarks);

/// For each class, landmark by landmark: the fall without it and without matched boxes, shallow beside deep.
std::vector<NamedChart> ablation_charts(const Table& ablation, const Subject& subject);

}  // namespace limpid::study_of_anatomy
