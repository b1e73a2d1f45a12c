// SPDX-License-Identifier: Apache-2.0
#pragma once
// Lines y = scale · x + shift over channels, and what becomes of a linear layer that has one behind or before it.

#include "limpid/net/network.h"

namespace limpid {

/// One number a channel, [C], in double.
struct Line {
  Tensor scale, shift;

  Line part(int64_t from, int64_t size) const;
};
Line concatenated(const std::vector<Line>& lines);

/// What an affine node does if that depends on the place along `axis` of one image's values alone.
std::optional<Line> line_along(const Node& affine, int64_t axis);
/// The parameters of an affine node that does this to an image's values with `axes` axes.
std::vector<Tensor> parameters_of(const Line& line, size_t axes, int64_t axis);
/// An affine node followed by scale and shift, either of which may be undefined.
void append_affine(Node& affine, const Tensor& scale, const Tensor& shift);

/// Whether it is a convolution, transposed convolution or dense layer.
bool has_weight(const Node& node);
/// The axis of an image's values that such a layer mixes.
int64_t channel_axis(const Node& linear, const Shape& shape);
/// Such a layer followed by a line.
void append_line(Node& linear, const Line& line);
/// Whether such a layer can do a line itself before anything else: a shift would be missing where zeros pad.
bool absorbs(const Node& linear, const Line& line);
void prepend_line(Node& linear, const Line& line);

}  // namespace limpid
