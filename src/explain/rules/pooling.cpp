// SPDX-License-Identifier: Apache-2.0
// Max pooling undone without its switches.
#include <ATen/ATen.h>

#include "explain/rules/weights.h"
#include "limpid/core/error.h"
#include "net/layers/window.h"

namespace limpid {
namespace {

/// Sums over a pooling layer's windows, and their adjoint. Padding that ATen does not take (two different sides, more
/// than half a kernel) is written out as zeros, as max pooling does; one axis is pooled as two with a single row.
struct WindowSum {
  Window window;  // its padding is what is written out
  std::vector<int64_t> padding;
  bool ceil_mode;

  WindowSum(const Layer& layer, const std::string& rule)
      : window(window_of(layer.attributes, layer.attributes.integers("kernel_shape"))),
        padding(window.axes(), 0),
        ceil_mode(layer.attributes.integer("ceil_mode", 0) != 0) {
    if (window.axes() == 0)
      fail("rule '", rule, "' cannot explain a layer of type '", layer.type->name, "'; it needs a pooling window");
    bool written_out = !window.symmetric();
    for (size_t a = 0; a < window.axes(); ++a) {
      written_out |= window.before[a] > window.kernel[a] / 2;
      if (window.dilation[a] != 1)
        fail("rule '", rule, "' cannot explain dilated pooling; the rule gradient, by the switches, can");
    }
    if (written_out) return;
    padding = window.before;
    window.before = window.after = std::vector<int64_t>(window.axes(), 0);
  }

  Tensor forward(const Tensor& x) const {
    const Tensor sums = at::avg_pool2d(dense(as_planes(padded(x, window, 0))), in_plane(window.kernel, 1),
                                       in_plane(window.stride, 1), in_plane(padding, 0), ceil_mode, true, 1);
    return as_line(sums, x);
  }

  /// A signal [N·S, …] at every position of the windows of x [N, …].
  Tensor adjoint(const Tensor& signal, const Tensor& x) const {
    Shape shape = x.sizes().vec();
    shape[0] = signal.size(0);
    for (size_t a = 0; a < window.axes(); ++a) shape[2 + a] += window.before[a] + window.after[a];
    const Tensor like = dense(as_planes(at::empty(shape, x.options())));  // only its sizes are read
    const Tensor spread = at::avg_pool2d_backward(dense(as_planes(signal)), like, in_plane(window.kernel, 1),
                                                  in_plane(window.stride, 1), in_plane(padding, 0), ceil_mode, true, 1);
    return unpadded(as_line(spread, x), window);
  }
};

}  // namespace

Rule nearest_upsampling() {
  return {"nearest-upsampling", [](const Layer& layer) -> Step {
            return [sum = WindowSum(layer, "nearest-upsampling")](const Visit& visit) -> std::vector<Tensor> {
              return {sum.adjoint(visit.signal, visit.inputs[0])};
            };
          }};
}

Rule proportional(double stabilizer) {
  return {"proportional", [=](const Layer& layer) -> Step {
            return [=, sum = WindowSum(layer, "proportional")](const Visit& visit) -> std::vector<Tensor> {
              const Tensor& x = visit.inputs[0];
              const Tensor ratio = times(visit.signal, reciprocal(sum.forward(x), stabilizer), visit.seeds);
              return {dense(times(sum.adjoint(ratio, x), x, visit.seeds))};
            };
          }};
}

}  // namespace limpid
