// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"

namespace limpid {
namespace {

// One axis of a slice: `count` positions from `start`, `step` apart (never 0, negative: backwards).
struct Range {
  int64_t axis, start, step, count;
};

int64_t clamped(int64_t position, int64_t size, int64_t low, int64_t high) {
  return std::clamp(position < 0 ? position + size : position, low, high);
}

// ONNX: negative positions count from the end, others are cut off at the ends.
Range range(int64_t axis, int64_t start, int64_t end, int64_t step, int64_t size) {
  const bool forwards = step > 0;
  const int64_t low = forwards ? 0 : -1, high = forwards ? size : size - 1;
  const int64_t first = clamped(start, size, 0, high);
  const int64_t last = end < -size ? low : clamped(end, size, low, high);
  const int64_t span = forwards ? last - first + step - 1 : first - last - step - 1;
  return {axis, first, step, std::max<int64_t>(0, span / std::abs(step))};
}

std::vector<Range> ranges(const Layer& layer, const Tensor& input) {
  const std::vector<int64_t> axes = layer.attributes.integers("axes"), starts = layer.attributes.integers("starts"),
                             ends = layer.attributes.integers("ends"), steps = layer.attributes.integers("steps");
  std::vector<Range> all;
  for (size_t i = 0; i < axes.size(); ++i) {
    all.push_back(range(axes[i], starts[i], ends[i], steps.empty() ? 1 : steps[i], input.size(axes[i])));
  }
  return all;
}

// The part of x that the ranges name, in the order of x: a view.
Tensor part(Tensor x, const std::vector<Range>& all) {
  for (const Range& r : all) {
    if (r.count == 0) {
      x = x.narrow(r.axis, 0, 0);
      continue;
    }
    const int64_t last = r.start + (r.count - 1) * r.step;
    x = x.slice(r.axis, std::min(r.start, last), std::max(r.start, last) + 1, std::abs(r.step));
  }
  return x;
}

Tensor turned(const Tensor& x, const std::vector<Range>& all) {
  std::vector<int64_t> backwards;
  for (const Range& r : all) {
    if (r.step < 0) backwards.push_back(r.axis);
  }
  return backwards.empty() ? x : x.flip(backwards);
}

Tensor slice_forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  const std::vector<Range> all = ranges(layer, inputs[0]);
  return dense(turned(part(inputs[0], all), all));
}

Step slice_adjoint(const Layer& layer) {
  return [layer](const Visit& visit) {
    const std::vector<Range> all = ranges(layer, visit.inputs[0]);
    const Tensor whole = dense(at::zeros(with_batch(visit.inputs[0], visit.signal.size(0)), visit.signal.options()));
    part(whole, all).copy_(turned(visit.signal, all));
    return std::vector<Tensor>{whole};
  };
}

// The attributes of a Slice without an entry that takes the whole batch.
std::optional<Layer> read_slice(const Operator& op) {
  if (!op.has(0) || !op.inputs[0].is_signal) return std::nullopt;
  std::vector<int64_t> starts = op.integers(1, "starts"), ends = op.integers(2, "ends"), axes = op.integers(3, "axes"),
                       steps = op.integers(4, "steps");
  for (size_t i = axes.size(); i < starts.size(); ++i) axes.push_back(static_cast<int64_t>(i));
  steps.resize(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || std::count(steps.begin(), steps.end(), 0)) {
    op.unsupported("starts, ends and axes differ in length or a step is 0");
  }
  std::vector<int64_t> kept[4];
  for (size_t i = 0; i < starts.size(); ++i) {
    const bool batch = axes[i] == 0 || axes[i] == -rank_of(op);
    if (batch && starts[i] == 0 && steps[i] == 1 && ends[i] >= INT32_MAX) continue;
    kept[0].push_back(starts[i]);
    kept[1].push_back(ends[i]);
    kept[2].push_back(image_axis(op, axes[i], rank_of(op)));
    kept[3].push_back(steps[i]);
  }
  return Layer{&slice, {{"starts", kept[0]}, {"ends", kept[1]}, {"axes", kept[2]}, {"steps", kept[3]}}};
}

void write_slice(const Layer& layer, OperatorWriter& out) {
  std::vector<std::string> operands = {out.inputs()[0]};
  for (const char* name : {"starts", "ends", "axes", "steps"}) {
    std::vector<int64_t> values = layer.attributes.integers(name);
    if (values.empty()) values.assign(layer.attributes.integers("axes").size(), 1);
    operands.push_back(out.constant(whole_numbers(values)));
  }
  out.add("Slice", operands);
}

// Channels alone.
std::optional<Reach> slice_reach(const Layer& layer) {
  for (const int64_t axis : layer.attributes.integers("axes"))
    if (axis != 1) return std::nullopt;
  return Reach{layer};
}

}  // namespace

const LayerType slice = {"slice",       "a part of its input along some axes",
                         Role::kView,   {},
                         slice_forward, slice_adjoint,
                         {"Slice"},     read_slice,
                         write_slice,   slice_reach};

}  // namespace limpid
