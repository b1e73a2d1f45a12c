// SPDX-License-Identifier: Apache-2.0
#pragma once
// What convolutions and poolings share: windows over 1 or 2 axes, their sizes and their padding.

#include "limpid/net/operator.h"

namespace limpid {

/// Sizes an axis of a sliding window; `before` and `after` are padding.
struct Window {
  std::vector<int64_t> kernel, stride, dilation, before, after;

  bool symmetric() const { return before == after; }
  size_t axes() const { return kernel.size(); }
};

/// From the attributes kernel_shape (or the given kernel), strides, dilations and pads.
Window window_of(const Attributes& attributes, std::vector<int64_t> kernel);

/// Reads an operator's window and makes auto_pad explicit; `kernel` empty: from kernel_shape. Checks every size.
Attributes read_window(const Operator& op, std::vector<int64_t> kernel);

/// Throws where the operator's input, padding included, is too small for a window that was read.
void require_position(const Operator& op, const Attributes& window);

/// The bias of a convolution with so many outputs, from input 2; undefined where it has none.
Tensor read_bias(const Operator& op, int64_t outputs);

/// x padded with `value`; only where there is padding.
Tensor padded(const Tensor& x, const Window& window, double value);

/// The middle of a padded signal: the adjoint of `padded`.
Tensor unpadded(const Tensor& signal, const Window& window);

/// Sizes of a window over planes: one axis is a plane with a single row, whose size is `row`.
std::vector<int64_t> in_plane(const std::vector<int64_t>& sizes, int64_t row);

/// A result over planes [N, C, H, W], dense and with the dimensions of `like`: [N, C, L] for one axis.
Tensor as_line(const Tensor& planes, const Tensor& like);

/// Sizes of the positions of x: [H, W] or [L].
std::vector<int64_t> positions(const Tensor& x);

/// Where a layer with this window looks; nothing for one axis.
std::optional<Reach> window_reach(const Layer& layer, const Window& window, double fill);

/// The attributes that ONNX writes for a window.
Attributes window_attributes(const Attributes& attributes);

}  // namespace limpid
