// SPDX-License-Identifier: Apache-2.0
#pragma once
// Convolutions as parts that can be joined: their geometry, what they cost, and a weight made when it is needed.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/layers/window.h"

namespace limpid {

// Multiply-adds that take as long as …
constexpr double move_cost = 16;        // … a value on its way from step to step, or onto an image
constexpr double winograd_cost = 0.45;  // … one of a convolution that goes by Winograd's algorithm
/// Maps after which preparing has to pay: walks carry several classes or units.
constexpr double maps_to_pay = 4;

/// A convolution in one group, of one node or joined from several.
struct LinearPart {
  Layer layer;                     // with the attributes that hold, and the weight of the uppermost node
  Shape shape;                     // of the weight
  std::function<Tensor()> weight;  // [K, C, …]
  std::vector<Tensor> of;          // the nodes' weights
  int source;                      // the node whose values it reads
  std::vector<int> passed;         // the nodes between
  double work;                     // multiply-adds of its adjoint for one map, with what moving values costs
  double preparation;              // multiply-adds

  bool joined() const { return of.size() > 1; }
  Window window() const { return window_of(layer.attributes, {shape.begin() + 2, shape.end()}); }
};

bool all_are(const std::vector<int64_t>& values, int64_t value);

/// The work of a part from maps of one shape back to maps of another.
double work_of(const LinearPart& part, const Shape& output, const Shape& input);

/// Whether each value of a part's output is one of its input's positions: 1×1, stride 1, no padding.
bool is_pointwise(const LinearPart& part);

/// A pointwise part and the parts that give its input's channels, one behind the other, as one convolution; its `work`
/// is not filled in. Nothing where their windows do not lie in one.
std::optional<LinearPart> joined(const LinearPart& top, const std::vector<const LinearPart*>& branches);

/// What is made of weights at the first visit, kept for every walk with the layer that owns one of them.
Step made_once(const Layer& owner, const std::string& what, const std::vector<Tensor>& of, std::function<Step()> make);

}  // namespace limpid
