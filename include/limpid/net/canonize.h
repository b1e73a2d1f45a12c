// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rewriting a network into the form that explanations are defined on, with the same outputs to rounding.

#include <optional>

#include "limpid/net/network.h"

namespace limpid {

/// Joins what exporters wrote as several operators: SiLU, GELU, Mish, hard-swish, layer and group normalisation.
/// Names of joined nodes become aliases.
Network fuse_patterns(const Network& network);

/// Folds batch normalisation and other affine nodes into the convolution or dense layer before them or, where there is
/// none, behind them (exactly: never across zero padding); also chains and both sides. Names become aliases of the node
/// in front.
Network fold_affine(const Network& network);

/// fuse_patterns, then fold_affine.
Network canonized(const Network& network);

/// Rewrites global average pooling → flatten → dense as 1×1 class convolution → global average pooling → flatten
/// where the head has that form (Kumar 2017); any other network is returned as it is.
Network class_convolution(const Network& network);

/// A head with one kernel a class before global averaging.
struct ClassMaps {
  int convolution;  // the node with one kernel a class
  int maps;         // what enters the averaging: the convolution, or the activation behind it
  int pooling;      // the averaging node
};
std::optional<ClassMaps> class_maps(const Network& network);

}  // namespace limpid
