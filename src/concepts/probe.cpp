// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/probe.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/data/loader.h"
#include "limpid/explain/arm.h"

namespace limpid {
namespace {

bool has_map(const Network& network, int node) {
  const Shape& shape = network[node].shape;
  return std::any_of(shape.begin() + 1, shape.end(), [](int64_t size) { return size > 1; });
}

Probe probe_of(const Network& network, int convolution) {
  const Shape& shape = network[convolution].shape;
  return {network[convolution].name,         convolution,
          feature_map(network, convolution), shape[0],
          shape.size() > 2 ? shape[1] : 1,   shape.size() > 1 ? shape.back() : 1};
}

}  // namespace

std::vector<Probe> probes_of(const Network& network, const std::vector<std::string>& layers) {
  std::vector<Probe> probes;
  for (const int node : convolutions_named(network, layers.empty() ? std::vector<std::string>{"all"} : layers))
    if (!layers.empty() || has_map(network, node)) probes.push_back(probe_of(network, node));
  if (probes.empty()) fail("the network has no convolution with more than one position; its units have no maps");
  return probes;
}

ProbeBatch probed(const Network& network, const std::vector<Probe>& probes, const Tensor& inputs, int64_t first) {
  std::vector<int> nodes;
  for (const Probe& probe : probes) nodes.push_back(probe.node);
  nodes.push_back(network.output);
  const std::vector<Tensor> values = values_at(network, inputs, nodes);
  require_finite(values.back(), "the network's output for example " + std::to_string(first) + " or a later one");
  Activations activations{std::vector<Tensor>(network.nodes.size()), {}, inputs.size(0)};
  for (size_t i = 0; i < nodes.size(); ++i) activations.values[static_cast<size_t>(nodes[i])] = values[i];
  ProbeBatch batch{first, inputs, Tensor(), {}, values.back()};
  for (const Probe& probe : probes)
    batch.features.push_back(features_of(network, activations, probe.convolution)
                                 .reshape({inputs.size(0), probe.units, probe.rows, probe.columns}));
  return batch;
}

void probe(const Network& network, const std::vector<Probe>& probes, const Dataset& data, const ProbePlan& plan,
           const std::function<void(const ProbeBatch&)>& visit) {
  LoaderPlan how;
  how.batch = plan.batch;
  how.threads = plan.loading;
  how.first_batch = plan.first;
  const at::TensorOptions options = options_of(network);
  Loader loader(data, network.input_shape(), how);
  const auto tell = [&](int64_t done) {
    if (plan.progress) plan.progress(done, data.size(), "activations");
  };
  int64_t done = plan.first * plan.batch;
  tell(std::min(done, data.size()));
  for (std::optional<Batch> read = loader.next(); read; read = loader.next()) {
    ProbeBatch batch = probed(network, probes, dense(read->inputs.to(options)), done);
    batch.labels = read->labels;
    visit(batch);
    done += batch.images();
    tell(done);
  }
}

}  // namespace limpid
