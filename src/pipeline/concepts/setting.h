// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the commands on concepts begin with: a model, data as its inputs, layers, and how many inputs go at once.

#include "limpid/concepts/probe.h"
#include "limpid/pipeline/concepts.h"
#include "limpid/pipeline/model.h"

namespace limpid {

/// A model and the layers of it that are looked at.
struct Setting {
  Model model;
  std::vector<Probe> probes;
  int64_t batch;

  ProbePlan plan(const ConceptsRequest& request, const Progress& progress) const;
};

/// Opens and checks all but the data.
Setting setting_of(const ConceptsRequest& request);

/// DATA as the network's inputs: a data set, or a folder of inputs.
Dataset inputs_of(const Model& model, const std::string& path, const std::string& part);

/// What stands for nothing in an input, [C, 1, 1]: 0 after preprocessing where it subtracts a mean, otherwise the
/// middle of the range.
Tensor canvas_of(const Model& model);

/// The document's head: limpid, command, model, data.
std::string head_json(const ConceptsRequest& request, const Model& model, const Dataset& data);

}  // namespace limpid
