// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the commands on concepts begin with: a model, data as its inputs, layers, and how many inputs go at once.

#include "limpid/concepts/probe.h"
#include "limpid/pipeline/concepts.h"
#include "limpid/pipeline/model.h"
#include "limpid/render/page.h"

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

/// What is read of data at most.
DatasetLimits data_limits(const Model& model);

/// DATA as the network's inputs: a data set, or a folder of inputs.
Dataset inputs_of(const Model& model, const std::string& path, const std::string& part);

/// The same of data that are read already; an input that is not as the network's is an error that tells its name.
Dataset as_inputs(const Model& model, const Dataset& data);

/// So many numbers below `count`, evenly; all where there are fewer or `most` is 0.
std::vector<int64_t> evenly(int64_t count, int64_t most);

/// Of data with the model's classes or without any, which are then all of it: the inputs of one class, at most `most`
/// of them. Throws where there is none; `path` is what the data are called then.
Dataset inputs_of_class(const Dataset& data, const Model& model, int64_t target, int64_t most, const std::string& path);

/// What stands for nothing in an input, [C, 1, 1]: 0 after preprocessing where it subtracts a mean, otherwise the
/// middle of the range.
Tensor canvas_of(const Model& model);

/// What to be careful about, where there is something.
void add_caveats(Page& page, const std::vector<std::string>& notes);

/// The document's head: limpid, command, model, data, the model's notes.
std::string head_json(const ConceptsRequest& request, const Model& model, const Dataset& data);

}  // namespace limpid
