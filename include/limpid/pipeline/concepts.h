// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a network learned, as it is asked for in words: `limpid concepts …`. Needs no tensors.

#include <functional>

#include "limpid/core/progress.h"
#include "limpid/pipeline/request.h"

namespace limpid {

/// What the commands have in common.
struct ConceptsRequest {
  ModelRequest model;
  std::vector<std::string> layers = {};    // convolutions; empty or "all": every one with a map
  std::string output = "limpid-concepts";  // folder
  int64_t threads = 0, loading = 1;        // 0: every processor; threads that make batches
  int64_t batch = 0;                       // inputs at once; 0: as memory allows, at most 16
  int64_t memory = 1024;                   // MiB for activations and signals
  uint64_t seed = 0;
  std::vector<std::string> command = {};  // as typed, for the document
};

/// What a run came to.
struct ConceptsSummary {
  std::string document = {};            // path of its .json
  std::vector<std::string> notes = {};  // what makes results unsure
};

struct UnitsRequest : ConceptsRequest {
  std::string data, part = "all";  // a data set, or a folder of inputs; train, test or all, where it has parts
  int64_t top = 6;                 // inputs shown for each unit
  int64_t class_examples = 5;      // a class of fewer does not count for selectivity
  int64_t responses = 3;           // of these inputs with an attentive response map, from the unit's peak; 0: none
  std::string mode = "deconvnet";  // of the maps, one of arm_modes()
  int64_t invariance = 32;         // inputs that are transformed for the invariance of units; 0: none
  bool maps = false;               // write the raw maps too, an array for each layer
};

/// Streams the data once for all statistics and the top inputs of every unit of the chosen layers, and writes below
/// `output`: report.html, units.json, units.csv, arrays for each layer. What an earlier run with the same settings did
/// not finish goes on where it stopped; another's unfinished run in that folder is refused.
ConceptsSummary write_units(const UnitsRequest& request, const Progress& progress = {});

struct DissectRequest : ConceptsRequest {
  std::string concepts;  // a folder of concepts, see data/concept_set.h
  double rate = .005;    // share of a unit's activations above its threshold
  double iou = .04;      // above which a unit is a detector
  int64_t shown = 6;     // pictures shown for a detector
};

/// Network dissection (bau2017): the overlap of every unit of the chosen layers with every concept. Writes below
/// `output`: report.html, dissection.json, dissection.csv, arrays for each layer.
ConceptsSummary dissect(const DissectRequest& request, const Progress& progress = {});

struct MaximizeRequest : ConceptsRequest {
  std::vector<int64_t> units = {}, channels = {};        // of the one layer asked for
  std::string targets = {};                              // or classes, as `limpid explain` names them
  int64_t seeds = 1;                                     // inputs from as many beginnings, from `seed` on
  int64_t steps = 256, shown = 8;                        // of these steps as many stand on the strip
  double rate = .02, decay = .002, blur = .6, norm = 0;  // see concepts/maximization.h
  int64_t jitter = 8;
  bool fourier = false;
};

/// Activation maximisation (erhan2009). Writes below `output`: report.html, maximize.json, and for each objective and
/// seed the input as .npy and .png, and a strip of the steps to it.
ConceptsSummary maximize(const MaximizeRequest& request, const Progress& progress = {});

struct TcavRequest : ConceptsRequest {
  std::string data, part = "all";           // inputs of the classes, as for UnitsRequest
  std::string targets;                      // classes, as `limpid explain` names them
  std::string concepts = {}, random = {};   // folders: one for each concept, and random inputs; or
  std::string cavs = {};                    // the folder of a run that made the CAVs already
  std::vector<std::string> only = {};       // of the concepts; empty: all
  int64_t random_sets = 20, set_size = 50;  // drawn from `random`
  double l2 = .01;                          // of the CAVs, see concepts/concept_vectors.h
  bool pooled = false;                      // CAVs in the means of maps over positions, not in whole maps
  double level = .05;                       // of significance, after Bonferroni
  int64_t inputs = 0;                       // at most so many of each class; 0: all
  int64_t maps = 0;                         // maps of so many inputs of each class
  std::string mode = "guided";              // of the maps, one of arm_modes()
};

/// Testing with concept activation vectors (kim2018): for each class, layer and concept the share of the class's inputs
/// whose score rises toward the concept, held against random sets. Writes below `output`: report.html, tcav.json,
/// tcav.csv, sets.csv, the derivatives and the CAVs of each layer as arrays, and maps below maps/.
ConceptsSummary tcav(const TcavRequest& request, const Progress& progress = {});

struct DiscoverRequest : ConceptsRequest {
  std::string data, part = "all", target;           // inputs of one class, as for TcavRequest
  std::string random = {};                          // folder of random inputs
  int64_t inputs = 50;                              // that are cut into segments; 0: all
  std::vector<int64_t> superpixels = {15, 50, 80};  // an input is cut into about so many, one after the other
  int64_t clusters = 25, members = 40;              // and so many segments at most stand for a cluster
  bool fast = false;                                // segments as the input's own map shows them, not cut out
  int64_t random_sets = 20, set_size = 50;          // see TcavRequest
  double l2 = .01, level = .05;
  bool pooled = false;
  int64_t shown = 8;  // segments of each concept on the page
};

/// Automatic concept-based explanations (ghorbani2019): segments of a class's inputs are clustered by how a layer sees
/// them, and each cluster that the paper's rules keep is tested as a concept by tcav(). Writes below `output`:
/// report.html, discover.json, concepts.csv, segments.csv, the segments' features, the exemplars as concepts/, and what
/// tcav() writes as tcav/. The path is that of discover.json.
ConceptsSummary discover(const DiscoverRequest& request, const Progress& progress = {});

struct AttributesRequest : ConceptsRequest {
  std::string data, part = "all";           // inputs of the class, as for UnitsRequest
  std::string target;                       // the class, as `limpid explain` names it
  std::string attributes = {};              // exemplars of each attribute, as for DissectRequest
  std::vector<std::string> only = {};       // of the attributes; empty: all
  std::string random = {};                  // inputs whose segments stand for anything; empty: those of `data`
  std::vector<std::string> methods = {};    // names, or "name:option=value,…"; empty: the default
  std::string compare = {};                 // another model, for the same inputs
  std::vector<std::string> compare_layers;  // its layer
  std::string segments = "auto";            // superpixels, response, masks; auto: masks where `data` has them
  std::vector<int64_t> scales = {15, 50, 80};
  std::string embedding = "auto";             // of segments: cut-out, in-place; auto: as exemplars are given
  double strictness = .5, temperature = .05;  // of the assignment of segments, see concepts/attributes.h
  std::string fill = "mean";                  // what stands where something was removed
  int64_t controls = 4;                       // random removals of each region
  int64_t randomisations = 5;                 // networks with random weights that the lift is read against; 0: none
  int64_t random_sets = 20, set_size = 30;    // of random segments, for the test of concept vectors
  double level = .05;                         // of its significance
  int64_t inputs = 0;                         // at most so many; 0: all
  int64_t maps = 8;                           // inputs that are drawn, with their arrays
  int64_t draws = 2000;                       // of the bootstrap
};

/// Whether what speaks for a class lies on attributes that a person showed exemplars of, for one network or two, by one
/// local method or several (concepts/attributes.h). Writes below `output`: report.html, attributes.json,
/// attributes.csv, scores.csv, comparisons.csv, images.csv, and pictures and arrays of the first inputs below images/.
/// What an earlier run with the same settings did not finish goes on where it stopped.
ConceptsSummary attributes(const AttributesRequest& request, const Progress& progress = {});

}  // namespace limpid
