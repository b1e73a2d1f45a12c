// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a method's maps depend on what a network learned: the model parameter randomisation test (adebayo2018).

#include "limpid/net/network.h"

namespace limpid {

/// The network with the weights of its last `layers` convolutions and dense layers, in the order of the forward pass,
/// drawn anew, normal with the weights' own mean and deviation; 0: of all. Their biases become 0.
Network randomized(const Network& network, int64_t layers, uint64_t seed);

/// Spearman's rank correlation of all values of two maps of one shape, ties sharing their mean rank; 0 where one map is
/// constant.
double rank_correlation(const Tensor& one, const Tensor& other);

}  // namespace limpid
