// SPDX-License-Identifier: Apache-2.0
#pragma once
// Second implementation of every relevance rule, in dense matrix algebra on one image, written from the equations.

#include <vector>

#include "limpid/net/layer.h"

namespace limpid::matrix {

/// A linear layer as z = W a + b: W [J, I], b [J]. Inputs of a node with several are one behind the other in a.
struct Linear {
  Tensor weight, bias;
};

/// By pushing unit vectors through the layer's forward pass; inputs without the batch axis.
Linear linear_of(const Layer& layer, const std::vector<Shape>& inputs);

// a [I], R [J] → relevance [I]; z_ij = a_i W_ji.
Tensor epsilon(const Linear& layer, const Tensor& a, const Tensor& relevance, double epsilon);
Tensor alpha_beta(const Linear& layer, const Tensor& a, const Tensor& relevance, double alpha, double beta);
Tensor gamma(const Linear& layer, const Tensor& a, const Tensor& relevance, double gamma);
Tensor z_box(const Linear& layer, const Tensor& a, const Tensor& relevance, const Tensor& low, const Tensor& high);
Tensor w_square(const Linear& layer, const Tensor& relevance);
Tensor flat(const Linear& layer, const Tensor& relevance);
/// In proportion to the values of a window; the layer is a mean or sum over the same windows.
Tensor proportional(const Linear& windows, const Tensor& a, const Tensor& relevance);

}  // namespace limpid::matrix
