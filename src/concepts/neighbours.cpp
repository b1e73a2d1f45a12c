// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/neighbours.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"

namespace limpid {
namespace {

Tensor of_unit_length(const Tensor& rows) {
  const Tensor exact = rows.to(at::kCPU, at::kDouble);
  return exact / exact.norm(2, {1}, true).clamp_min(1e-300);
}

}  // namespace

NearestExamples::NearestExamples(const Tensor& features, int64_t most, const Tensor& numbers)
    : queries_(of_unit_length(features)),
      own_(numbers),
      numbers_(at::empty({features.size(0), 0}, at::kLong)),
      cosines_(at::empty({features.size(0), 0}, at::kDouble)),
      most_(most) {
  if (most < 1) refuse(most, " nearest examples are asked for; expected 1 or more");
}

void NearestExamples::add(const Tensor& features, const Tensor& numbers) {
  if (features.size(1) != queries_.size(1) || features.size(0) != numbers.size(0))
    fail("examples have ", features.size(0), " rows of ", features.size(1), " features and ", numbers.size(0),
         " numbers; expected rows of ", queries_.size(1), " and a number each");
  Tensor found = at::mm(queries_, of_unit_length(features).t()), whose = numbers.expand_as(found);
  if (own_.defined()) {
    const Tensor itself = own_.unsqueeze(1) == whose;
    found = found.masked_fill(itself, -1);
    whose = whose.masked_fill(itself, -1);
  }
  const Tensor all = at::cat({cosines_, found}, 1), of = at::cat({numbers_, whose}, 1);
  const auto [sorted, order] = at::sort(all, /*stable=*/true, 1, /*descending=*/true);
  const int64_t kept = std::min(most_, all.size(1));
  cosines_ = sorted.narrow(1, 0, kept).contiguous();
  numbers_ = of.gather(1, order.narrow(1, 0, kept));
}

int embedding_node(const Network& network) {
  int node = network.output;
  const auto back = [&] {
    const Node& here = network[node];
    if (here.inputs.size() != 1)
      fail("layer '", here.name, "' takes ", here.inputs.size(),
           " inputs; features come from a layer before one of one");
    node = here.inputs.front();
  };
  // From the scores to the layer that makes them, past means, views and softmax; then what that layer gets.
  while (node > 0 && network[node].layer.type->role != Role::kDense &&
         network[node].layer.type->role != Role::kConvolution)
    back();
  if (node > 0) back();
  return node;
}

Tensor embedding(const Tensor& values) {
  const Tensor exact = values.to(at::kCPU, at::kDouble);
  if (exact.dim() <= 2) return exact;
  return exact.flatten(2).mean(2);
}

}  // namespace limpid
