// SPDX-License-Identifier: Apache-2.0
#pragma once
// The layer types, each defined in src/net/layers/<name>.cpp and listed in src/net/layers.cpp.

#include "limpid/net/layer.h"

namespace limpid {

extern const LayerType input;
extern const LayerType conv, conv_transpose, dense_layer, affine, batch_norm;
extern const LayerType relu;
extern const LayerType max_pool, average_pool;
extern const LayerType leaky_relu, prelu, elu, selu, sigmoid, tanh, softplus, hard_sigmoid, hard_swish;
extern const LayerType silu, gelu, mish, clip, erf, sqrt, exp, log, pow, abs, reciprocal;
extern const LayerType add, sub, mul, div, concat;
extern const LayerType reshape, transpose, slice;
extern const LayerType mean, sum;
extern const LayerType pad, resize, expand, gather_layer;
extern const LayerType instance_norm, layer_norm, group_norm, lrn, softmax, log_softmax;

}  // namespace limpid
