// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of `limpid concepts tcav`.

#include "limpid/concepts/tcav.h"
#include "limpid/render/table.h"
#include "pipeline/concepts/cav_files.h"
#include "pipeline/concepts/setting.h"

namespace limpid {

inline constexpr int64_t kLeastExemplars = 5;  // of a concept

/// A class and the inputs of it.
struct TcavTarget {
  int64_t index;
  std::string name;
  Dataset inputs;
};

/// Exemplars and random inputs: rows 0, 1, … are those of `pictures`, then those of `pool`.
struct Exemplars {
  std::vector<std::string> concepts;
  std::vector<std::vector<int64_t>> rows;  // of each concept
  std::vector<std::vector<int64_t>> sets;  // rows of each random set
  Dataset pictures, pool;
  bool disjoint;                       // no random set shares inputs with another
  double black = 0, random_black = 0;  // share of exemplars' and random inputs' pixels; 0 where they are no pictures

  int64_t size() const { return pictures.size() + pool.size(); }
};

struct TcavRun {
  const TcavRequest& request;
  const Setting& setting;
  std::vector<TcavTarget> targets;
  CavStore cavs;
  std::vector<std::string> notes;

  std::filesystem::path folder() const { return request.output; }
};

/// Of one class at one layer.
struct TcavScores {
  size_t target, probe;
  Tensor scores;  // double [concepts + 1, sets], random last
  bool linear;    // the class's gradient is the same for all inputs
};

/// A picture of where a concept speaks.
struct TcavMap {
  size_t probe, concept_index;
  double projection;  // f · v
  std::string file;   // without .npy and .png
  Tensor overlay, projected;
};
struct TcavMaps {
  std::string name;
  Tensor picture;
  std::vector<TcavMap> maps;
};

struct TcavFound {
  std::vector<TcavScores> scores;
  std::vector<Tensor>
      directions;  // float32 [concepts, F] of each probe: the mean CAVs, of length 1; where maps are wanted
  std::vector<TcavMaps> maps;
};

/// The classes, each with its inputs: those labelled so, or all where nothing is labelled.
std::vector<TcavTarget> tcav_targets(const TcavRequest& request, const Model& model, const Dataset& data);

/// Reads what exemplars and random inputs there are and draws the sets.
Exemplars exemplars_of(const TcavRequest& request, const Model& model);

/// Makes the CAVs of every layer and writes them, as many layers at once as memory allows.
CavStore make_cavs(const TcavRequest& request, const Setting& setting, const Exemplars& exemplars,
                   const Progress& progress);

/// Draws and writes the maps of the first inputs of each class.
std::vector<TcavMaps> concept_maps(const TcavRun& run, const std::vector<Tensor>& directions, const Progress& progress);

/// A row for each class, layer and concept.
Table tcav_table(const TcavRun& run, const TcavFound& found);
/// A row for each random set of these.
Table tcav_set_table(const TcavRun& run, const TcavFound& found);
/// A test of each concept, in order.
std::vector<ConceptTest> tests_of(const TcavRun& run, const TcavFound& found, const TcavScores& scores);
/// One line of a [sets] row.
std::vector<double> numbers_of(const Tensor& row);

void write_tcav_page(const TcavRun& run, const TcavFound& found);

/// The layers of a setting in parts that each need at most `bytes` for `rows` rows of activations.
std::vector<std::vector<size_t>> layers_within(const Setting& setting, int64_t rows, bool pooled, int64_t bytes);

}  // namespace limpid
