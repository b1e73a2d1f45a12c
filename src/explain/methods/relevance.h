// SPDX-License-Identifier: Apache-2.0
#pragma once
// What lrp and deep-taylor share: the input's bounds, and walks of relevance with what is lost on the way.

#include "explain/methods/common.h"
#include "limpid/explain/bounds.h"

namespace limpid {

/// The options low and high: a number, one a channel ("-2.1,-2,-1.8"), or "auto": the subject's bounds, "none".
Bounds input_bounds(const Subject& subject, const Options& options);

/// Those two options.
std::vector<OptionSpec> bound_options();

/// The targets' logits, [N, T].
Tensor target_scores(const Subject& subject);

/// Relevance `start` [N, T] of the targets walked back to the input. Facts: `start`, and `conservation_gap`, the part
/// of it that did not arrive: what biases, stabilisers and dead ends absorbed.
std::vector<Attribution> relevance(const Subject& subject, const Composite& composite, const Tensor& start);

}  // namespace limpid
