// SPDX-License-Identifier: Apache-2.0
#pragma once
// The study of anatomy's rows, one a picture, as small tables: means over pictures, onsets, shallow beside deep.

#include <string>
#include <utility>
#include <vector>

#include "limpid/render/table.h"

namespace limpid::study_of_anatomy {

/// What was measured at one checkpoint of one network.
struct Checkpoint {
  std::string network;
  double epoch = 0;
  Table maps, units, ablation;  // as of anatomy_parts.h
};

/// "landmark" is any region here: also all landmarks, markers and corners.
using Landmark = std::pair<std::string, std::string>;  // class, region

/// Every landmark of the tables in their order.
std::vector<Landmark> landmarks_in(const Table& maps);

/// The values of one column of a table in the rows whose cells are as asked, by name.
std::vector<double> values_of(const Table& table, const std::string& column,
                              const std::vector<std::pair<std::string, Cell>>& where);

/// Mean energy share, lift and hits of a layer's maps (every layer's where `layer` is empty): a row for each
/// checkpoint, layer and landmark.
Table lift_table(const std::vector<Checkpoint>& checkpoints, const std::string& layer);

/// A row for each network, layer and landmark: when it sets in, whether it is there at the end, and what could be.
Table onset_table(const std::vector<Checkpoint>& checkpoints);

/// A row for each checkpoint and layer: how many units are selective for a landmark of which class. A unit is where it
/// responds to at least half of the pictures and half of those to which it responds reach kLeastLift.
Table selective_table(const std::vector<Checkpoint>& checkpoints, const std::vector<Landmark>& landmarks);

/// The `most` units with the largest mean lift for each landmark among those that respond to at least half of the
/// pictures; with their lift for each landmark of the class, as one row of the matrix units × landmarks.
Table strongest_units(const Checkpoint& last, const std::vector<Landmark>& landmarks, size_t most);

/// Mean fall of the class's probability and share of decisions that flip: a row for each landmark and fill (one fill,
/// or every one where `fill` is empty) of each checkpoint.
Table ablation_summary(const std::vector<Checkpoint>& checkpoints, const std::string& fill);

/// Both networks' last checkpoints side by side, a row a landmark.
Table side_by_side(const std::vector<Checkpoint>& shallow, const std::vector<Checkpoint>& deep,
                   const std::string& fill);

}  // namespace limpid::study_of_anatomy
