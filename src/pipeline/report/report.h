// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of `limpid report`, in the order in which they are made.

#include <filesystem>
#include <optional>

#include "core/json_text.h"
#include "limpid/concepts/flips.h"
#include "limpid/data/dataset.h"
#include "limpid/pipeline/model.h"
#include "limpid/pipeline/report.h"
#include "limpid/render/picture.h"
#include "pipeline/report/narration.h"

namespace limpid {

/// A class as the network scores it. A network of one score has a second class, that it is not: its score is 0.
struct ScoredClass {
  int64_t index;
  std::string label;
  double score, probability;
};

/// An example that stands for a class.
struct Case {
  int64_t number, label;
  std::string name;
  double cosine;
  std::string file;  // below the output folder
};

/// What the data have that is like the input.
struct Cases {
  std::vector<Case> nearest;                // of all examples
  std::vector<std::vector<Case>> of_class;  // of the decision, then of each alternative
  bool labelled;                            // otherwise an example's class is what the network says of it
  int64_t of_decision;                      // examples of the class decided
  std::optional<std::string> same;          // an example that is the input
  Tensor sample;                            // float64 [n]: of some examples, the cosine of the nearest other one
};

/// A change of the input that was searched for.
struct Change {
  std::optional<size_t> toward;  // which of the classes it must become; none: any other
  const Case* with;              // whose values stand in the segments; null: they are removed
  Flip flip;
  std::string files = {};  // below the output folder, without what follows
  ScoredClass after = {};  // what the network says of the changed input
  double probability = 0;  // then of the class wanted; where any will do, of the decision
  Tensor mask = {};        // bool [H, W]: what was changed
  Tensor changed = {};     // [C, H, W]
};

/// Rank correlations of the map with those of networks with random weights.
struct MapCheck {
  double last, all;
  int64_t draws;
};

struct CaseReport {
  const ReportRequest& request;
  Model model;
  Tensor input;                      // float32 [C, H, W], on the CPU
  std::vector<ScoredClass> classes;  // the decision, then the alternatives
  std::optional<Cases> cases = {};
  nlohmann::ordered_json maps = {};                       // the manifest of explain(): the input, then the cases
  std::optional<nlohmann::ordered_json> attributes = {};  // what attributes() says of the input
  Tensor segments = {};                                   // int64 [H, W]
  std::vector<Change> changes = {};
  MapCheck check = {};
  std::vector<Statement> statements = {};
  std::vector<std::string> notes = {};

  std::filesystem::path folder() const { return request.output; }
  const ScoredClass& decision() const { return classes.front(); }
  /// Whose map is shown for a class: of a network of one score there is one.
  int64_t map_class(const ScoredClass& one) const { return std::min(one.index, model.network.classes() - 1); }
};

// report.cpp
/// Scores of inputs [n, C, H, W], float64 [n, classes] on the CPU, two of a network of one.
Tensor decision_scores(const Model& model, const Tensor& inputs);
/// The best `most` classes of scores [classes].
std::vector<ScoredClass> scored_classes(const Model& model, const Tensor& scores, int64_t most);
/// Probabilities of scores [classes].
Tensor decision_probabilities(const Model& model, const Tensor& scores);
/// Inputs that the network can be given at once.
int64_t inputs_at_once(const CaseReport& run);

// cases.cpp
Cases find_cases(const CaseReport& run, const Progress& progress);

// maps.cpp: what explain() wrote.
/// Throws where a method that is drawn does not apply to the network.
void check_methods(const CaseReport& run);
void explain_all(CaseReport& run, const Progress& progress);
/// The path below the output folder of a file of the input (0) or of a case (1, 2, …); empty where there is none.
std::string map_file(const CaseReport& run, size_t which, const std::string& method, const std::string& kind,
                     std::optional<int64_t> target = {});
/// The response of a class in the input, [H, W].
Tensor response_of(const CaseReport& run, const ScoredClass& one);
MapCheck check_map(const CaseReport& run, const Progress& progress);

// changes.cpp
void find_changes(CaseReport& run, const Progress& progress);

// place.cpp
/// The smallest share of the pixels that has half of the positive part of a map [H, W]; 0 of a map without any.
double half_area(const Tensor& map);
/// "in the upper left", "in the middle", "spread over all of it": where a map's positive part, or a mask, is.
std::string place_of(const Tensor& map);

// statements.cpp
void make_statements(CaseReport& run);

// page.cpp
std::string report_page(const CaseReport& run);

}  // namespace limpid
