// SPDX-License-Identifier: Apache-2.0
#pragma once
// What methods share: walking a subject's targets, and putting results into attributions.

#include "limpid/explain/method.h"
#include "limpid/explain/propagate.h"

namespace limpid {

/// The logits' signals of a subject's targets walked back to node `to`: [N, T, …]. A target's signal is 1, or its entry
/// in `start` [N, T]. Walked in chunks of targets that fit the subject's memory; progress counts targets.
Tensor walk_targets(const Subject& subject, const Composite& composite, int to = 0, const Tensor& start = {});

/// The same with a walk from the logits that is bound already, for methods that repeat it.
Tensor walk_targets(const Subject& subject, const Walk& walk, const std::string& name, const Tensor& start = {});

/// One attribution for each target: values [N, T, …].
std::vector<Attribution> per_target(const Subject& subject, const Tensor& values,
                                    const std::string& kind = "attribution", const std::string& layer = "");

/// Column `index` of the targets [N, T] as a list.
std::vector<int64_t> column(const Tensor& targets, int64_t index);

/// The layers asked for: the method's own option `layer`, a comma list, before those of the whole run; empty: none.
std::vector<std::string> layers_of(const std::vector<std::string>& layers, const Options& options);

/// For methods that ask nothing of a network.
std::optional<std::string> never(const Network& network);
/// Where it has no convolution with more than one position.
std::optional<std::string> needs_maps(const Network& network);

/// Up-samples maps [M, C, h, w] to the input's size: bilinear, half-pixel centres.
Tensor upsampled(const Tensor& maps, const Shape& input_shape);

}  // namespace limpid
