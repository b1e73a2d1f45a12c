// SPDX-License-Identifier: Apache-2.0
#include "explain/collapse_part.h"

#include <ATen/ATen.h>

#include <cstdint>

#include "explain/tiles.h"

namespace limpid {
namespace {

/// `weight` [K, C, …] in the taps of a larger window, zeros in all others.
Tensor in_taps_of(const Window& frame, const Tensor& weight, const Window& window) {
  Shape shape = {weight.size(0), weight.size(1)};
  shape.insert(shape.end(), frame.kernel.begin(), frame.kernel.end());
  const Tensor all = at::zeros(shape, weight.options());
  Tensor place = all;
  for (size_t a = 0; a < frame.axes(); ++a)
    place = place.narrow(2 + static_cast<int64_t>(a), (frame.before[a] - window.before[a]) / frame.dilation[a],
                         window.kernel[a]);
  place.copy_(weight);
  return all;
}

bool fits_in(const Window& frame, const Window& window) {
  if (window.stride != frame.stride) return false;
  for (size_t a = 0; a < frame.axes(); ++a) {
    const int64_t offset = frame.before[a] - window.before[a];
    if (window.kernel[a] > 1 && window.dilation[a] != frame.dilation[a]) return false;
    if (offset < 0 || offset % frame.dilation[a] || offset / frame.dilation[a] + window.kernel[a] > frame.kernel[a])
      return false;
  }
  return true;
}

/// [K, M] times the parts' weights [M, C, …], M one behind the other: [K, C, …] in the window `frame`.
Tensor product(const Tensor& matrix, const std::vector<LinearPart>& parts, const Window& frame) {
  Tensor sum;
  int64_t first = 0;
  for (const LinearPart& part : parts) {
    const Tensor weight = part.weight();
    Shape shape = part.shape;
    shape[0] = matrix.size(0);
    const Tensor one = at::mm(matrix.narrow(1, first, weight.size(0)), weight.contiguous().flatten(1)).reshape(shape);
    const Tensor placed = in_taps_of(frame, one, part.window());
    sum = sum.defined() ? sum + placed : placed;
    first += weight.size(0);
  }
  return dense(sum);
}

}  // namespace

bool all_are(const std::vector<int64_t>& values, int64_t value) {
  return std::all_of(values.begin(), values.end(), [=](int64_t each) { return each == value; });
}

double work_of(const LinearPart& part, const Shape& output, const Shape& input) {
  const Window window = part.window();
  const bool fast = window.axes() == 2 && all_are(window.kernel, 3) && all_are(window.stride, 1) &&
                    all_are(window.dilation, 1) && std::min(part.shape[0], part.shape[1]) >= 16;
  const auto positions = static_cast<double>(elements(output)) / static_cast<double>(output[0]);
  return (fast ? winograd_cost : 1) * positions * static_cast<double>(elements(part.shape)) +
         move_cost * static_cast<double>(elements(input));
}

bool is_pointwise(const LinearPart& part) {
  const Window window = part.window();
  return all_are(window.kernel, 1) && all_are(window.stride, 1) && all_are(window.before, 0) &&
         all_are(window.after, 0);
}

std::optional<LinearPart> joined(const LinearPart& top, const std::vector<const LinearPart*>& branches) {
  const LinearPart& widest =
      **std::max_element(branches.begin(), branches.end(), [](const LinearPart* a, const LinearPart* b) {
        return elements(a->window().kernel) < elements(b->window().kernel);
      });
  const Window frame = widest.window();
  LinearPart part = top;
  part.layer.attributes = widest.layer.attributes;
  part.shape = widest.shape;
  part.shape[0] = top.shape[0];
  part.source = widest.source;
  std::vector<LinearPart> lower;
  for (const LinearPart* branch : branches) {
    if (branch->source != part.source || !fits_in(frame, branch->window())) return std::nullopt;
    part.of.insert(part.of.end(), branch->of.begin(), branch->of.end());
    part.passed.insert(part.passed.end(), branch->passed.begin(), branch->passed.end());
    part.preparation += branch->preparation + static_cast<double>(top.shape[0] * elements(branch->shape));
    lower.push_back(*branch);
  }
  part.weight = [=, upper = top.weight] { return product(upper().flatten(1), lower, frame); };
  return part;
}

Step made_once(const Layer& owner, const std::string& what, const std::vector<Tensor>& of, std::function<Step()> make) {
  struct Made {
    std::vector<Tensor> of;  // held, so that no other weight takes the address
    Step step;
  };
  std::string key = what;
  for (const Tensor& weight : of)
    key += " " + std::to_string(reinterpret_cast<uintptr_t>(weight.unsafeGetTensorImpl()));
  return [=, own = std::make_shared<Memo>(), make = std::move(make)](const Visit& visit) {
    Prepared* kept = prepared(owner);
    return (kept ? kept->variants : *own).get<Made>(key, [&] { return Made{of, make()}; })->step(visit);
  };
}

}  // namespace limpid
