// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of `limpid concepts attributes`.

#include <functional>
#include <optional>

#include "limpid/concepts/attributes.h"
#include "limpid/concepts/tcav.h"
#include "limpid/data/concept_set.h"
#include "limpid/render/table.h"
#include "pipeline/choices.h"
#include "pipeline/concepts/setting.h"

namespace limpid {

/// A local method as it was asked for.
struct LocalMethod {
  std::string name;  // "clear", "clear:response=gradient"
  Choice choice;
};

/// The attributes and their exemplars, before any network.
struct AttributeExemplars {
  std::vector<std::string> names;
  std::vector<int64_t> numbers = {};   // in the set
  std::vector<int64_t> counts = {};    // exemplars of each
  std::optional<ConceptSet> set = {};  // none: places are known, and nothing else
};

/// What is read of the data, before any network.
struct AttributeInputs {
  Dataset inputs;  // of the class
  Dataset any;     // segments of these stand for anything
  std::function<Tensor(int64_t index)> masks =
      {};  // where attributes are marked: uint8 [A, H, W] of an input's picture
};

/// A network and what its inputs are held against.
struct AttributeSubject {
  Setting setting;
  int64_t target;
  std::vector<LocalMethod> methods;
  Tensor plain;                            // [C, 1, 1], the middle of what inputs may be
  bool on_plain = false;                   // cut-outs lie on that, not on their input's mean: the exemplars have none
  bool in_place = false;                   // features are means of the whole input's map over a segment
  std::optional<Prototypes> prototypes;    // with exemplars
  Tensor features;                         // float32: of exemplars, then of random segments
  std::vector<std::vector<int64_t>> rows;  // of each attribute's exemplars
  std::vector<Tensor> statistics;          // inputs, for methods that need some

  const Model& model() const { return setting.model; }
  const Probe& probe() const { return setting.probes.front(); }
  /// What a cut-out of an input lies on, [C, 1, 1].
  Tensor canvas(const Tensor& input) const;
};

/// Where a number stands in the row of an input.
struct AttributeColumns {
  int64_t attributes, methods, randomisations;

  int64_t probability() const { return 0; }
  int64_t decided() const { return 1; }  // 1 where the class has the largest score
  int64_t silent() const { return 2; }   // 1 where a method has nothing above 0
  int64_t answer() const { return 3; }   // the class with the largest score
  int64_t area(int64_t attribute) const { return 4 + attribute; }
  int64_t evidence(int64_t method, int64_t attribute) const { return 4 + (1 + method) * attributes + attribute; }
  /// Effects of a region, the attributes' or, last, that of all of them.
  int64_t effect(int64_t region, int64_t which) const { return 4 + (1 + methods) * attributes + 5 * region + which; }
  /// Evidence by the network with random weights, and, last, whether nothing speaks for the class there.
  int64_t random_evidence(int64_t draw, int64_t method, int64_t attribute) const {
    return effect(attributes + 1, 0) + (draw * methods + method) * (attributes + 1) + attribute;
  }
  int64_t random_silent(int64_t draw, int64_t method) const { return random_evidence(draw, method, attributes); }
  int64_t size() const { return random_evidence(randomisations, 0, 0); }
};
/// Of effects: the region's share of the area, the probability without and with it alone, means of the same for random
/// regions.
enum AttributeEffect : int64_t { kRegionArea, kWithout, kAlone, kRandomWithout, kRandomAlone };

struct AttributeSignificance {
  std::vector<ConceptTest> tests;  // an attribute each
  double random = 0;               // mean score of random sets
  std::vector<double> accuracies;  // of each attribute's CAVs
};

/// One input that is drawn.
struct AttributePicture {
  std::string name, files;  // files: without what follows
  double probability;
};

/// What was measured of one network.
struct AttributeMeasures {
  Tensor rows;   // double [inputs, columns]
  Tensor draws;  // their means over the same inputs drawn again and again, double [draws, columns]
  std::optional<AttributeSignificance> significance;
  std::vector<AttributePicture> pictures;
};

struct AttributesRun {
  const AttributesRequest& request;
  std::string class_name;
  AttributeExemplars exemplars;
  AttributeInputs data;
  std::vector<AttributeSubject> subjects;   // one network or two
  std::vector<AttributeMeasures> measures;  // of each
  std::vector<std::string> notes;

  std::filesystem::path folder() const { return request.output; }
  int64_t attributes() const { return static_cast<int64_t>(exemplars.names.size()); }
  AttributeColumns columns(size_t subject) const {
    return {attributes(), static_cast<int64_t>(subjects[subject].methods.size()), request.randomisations};
  }
  bool masked() const { return static_cast<bool>(data.masks); }
  /// "squeezenet", where there are two.
  std::string network_name(size_t subject) const;
};

// attributes_data.cpp: what is read.
AttributeExemplars attribute_exemplars(const AttributesRequest& request, const Model& model);
/// Names the attributes that are marked in the data where there are no exemplars.
AttributeInputs attribute_inputs(const AttributesRequest& request, const Model& model, int64_t target,
                                 AttributeExemplars& exemplars);

// attributes_subject.cpp: a network, its methods and prototypes.
AttributeSubject attribute_subject(const AttributesRequest& request, bool second);
/// What each method gives for the class at each of a batch's inputs by a network, the subject's or one like it,
/// channels summed: float32 [N, M, H, W] on the CPU.
Tensor class_responses(const AttributesRequest& request, const AttributeSubject& subject, const Network& network,
                       const Activations& activations);
/// Reads exemplars and random segments and makes the prototypes.
void learn_attributes(const AttributesRequest& request, const AttributeExemplars& exemplars,
                      const AttributeInputs& data, AttributeSubject& subject, const Progress& progress);
/// Features of inputs in a subject's layer, float32 [N, F] on the CPU.
Tensor layer_features(const AttributeSubject& subject, const Tensor& inputs);
/// How many inputs to run at once.
int64_t inputs_at_once(const AttributesRequest& request, const AttributeSubject& subject);
/// The segments of one input, on the CPU; `response` [H, W] of the first method.
Segmentation segments_of_input(const AttributesRequest& request, const Model& model, const Tensor& input,
                               const Tensor& response);

// attributes_measure.cpp: all inputs of a subject.
AttributeMeasures measure_attributes(const AttributesRun& run, size_t subject, const Progress& progress);

// attributes_pictures.cpp
struct AttributeFindings {
  const Tensor& input;  // [C, H, W]
  const Segmentation& segments;
  const Tensor& shares;      // [S, A + 1]; undefined with masks
  const Tensor& membership;  // [A, H, W]
  const Tensor& responses;   // [M, H, W]
};
/// Writes pictures and arrays of one input below images/.
void draw_attributes(const AttributesRun& run, size_t subject, const std::string& files,
                     const AttributeFindings& findings);

// attributes_tables.cpp
Table attribute_table(const AttributesRun& run);
Table attribute_score_table(const AttributesRun& run);
Table attribute_comparison_table(const AttributesRun& run);
Table attribute_image_table(const AttributesRun& run);

void write_attributes_page(const AttributesRun& run);

}  // namespace limpid
