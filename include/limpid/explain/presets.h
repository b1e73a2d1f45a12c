// SPDX-License-Identifier: Apache-2.0
#pragma once
// Layer-wise relevance propagation: which rule each kind of layer gets under the presets of the literature.

#include <string>
#include <vector>

#include "limpid/explain/composite.h"

namespace limpid {

struct LrpParameters {
  double epsilon = 1e-6;       // of the ε-rule; other denominators are stabilised by 1e-6
  double gamma = 0.25;         // of the γ-rule
  Tensor low = {}, high = {};  // bounds of the input, a number or [C, 1, 1], for the z-box
};

/// Their names: epsilon-plus first, the default.
const std::vector<std::string>& lrp_presets();

/// Whether a preset asks for bounds of the input.
bool needs_bounds(const std::string& preset);

/// A preset names the rule of the convolutions, dense layers get ε, the first layer its box or flat rule where named:
/// epsilon-plus (z⁺), epsilon (ε), epsilon-gamma-box (γ, first layer z-box), epsilon-gamma (γ), alpha2-beta1,
/// epsilon-plus-flat and alpha2-beta1-flat (first layer flat), zero (LRP-0 for all). Throws a UsageError for any other
/// name and for a box without bounds.
Composite lrp_preset(const std::string& name, const LrpParameters& parameters = {});

/// Deep Taylor decomposition (Montavon 2017): z⁺ everywhere, in the first layer z-box where bounds are given, else w².
Composite deep_taylor_composite(const Tensor& low = {}, const Tensor& high = {});

}  // namespace limpid
