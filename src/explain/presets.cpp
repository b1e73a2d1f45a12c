// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/presets.h"

#include <algorithm>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"

namespace limpid {
namespace {

/// What a preset gives to layers with weights. `first` is for the first of them, where it differs.
struct Rules {
  std::string name;
  Rule (*convolution)(const LrpParameters&);
  Rule (*first)(const LrpParameters&) = nullptr;
};

Rule plus(const LrpParameters&) { return z_plus(); }
Rule with_epsilon(const LrpParameters& p) { return epsilon(p.epsilon); }
Rule with_gamma(const LrpParameters& p) { return gamma(p.gamma); }
Rule two_to_one(const LrpParameters&) { return alpha_beta(2, 1); }
Rule zero(const LrpParameters&) { return lrp_zero(); }
Rule flat_first(const LrpParameters&) { return flat(); }

Rule box_first(const LrpParameters& p) {
  if (!p.low.defined() || !p.high.defined()) {
    refuse(
        "the z-box rule needs the bounds of the network's input, which are not known here; set low and high, or "
        "take a preset without a box");
  }
  return input_box(p.low, p.high);
}

const std::vector<Rules>& presets() {
  static const std::vector<Rules> all = {
      {"epsilon-plus", plus},
      {"epsilon", with_epsilon},
      {"epsilon-gamma-box", with_gamma, box_first},
      {"epsilon-gamma", with_gamma},
      {"alpha2-beta1", two_to_one},
      {"epsilon-plus-flat", plus, flat_first},
      {"alpha2-beta1-flat", two_to_one, flat_first},
      {"zero", zero},
  };
  return all;
}

/// Relevance through layers without weights: unchanged where values are only scaled, in proportion to contributions
/// where they are added, to the maximum where one is taken. Concatenations and views keep their gradient.
void append_base(Composite& composite, double stabilizer) {
  for (const Role role : {Role::kActivation, Role::kAffine}) composite.entries.emplace_back(has_role(role), pass());
  for (const Role role : {Role::kSum, Role::kAveragePool})
    composite.entries.emplace_back(has_role(role), norm(stabilizer));
  composite.entries.emplace_back(has_role(Role::kProduct), gate());
  for (const Role role : {Role::kNormalization, Role::kSoftmax})
    composite.entries.emplace_back(has_role(role), detached());
}

}  // namespace

const std::vector<std::string>& lrp_presets() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Rules& preset : presets()) list.push_back(preset.name);
    return list;
  }();
  return names;
}

bool needs_bounds(const std::string& preset) { return lookup("preset", preset, presets()).first == box_first; }

Composite lrp_preset(const std::string& name, const LrpParameters& parameters) {
  const Rules& rules = lookup("preset", name, presets());
  const bool exact = name == "zero";
  Composite composite{"lrp:" + name, {}};
  if (rules.first) composite.entries.emplace_back(is_first(), rules.first(parameters));
  composite.entries.emplace_back(has_role(Role::kConvolution), rules.convolution(parameters));
  composite.entries.emplace_back(has_role(Role::kDense), exact ? lrp_zero() : epsilon(parameters.epsilon));
  append_base(composite, exact ? 0 : 1e-6);
  return composite;
}

Composite deep_taylor_composite(const Tensor& low, const Tensor& high) {
  const bool bounded = low.defined() && high.defined();
  Composite composite{"deep-taylor", {{is_first(), bounded ? input_box(low, high) : w_square()}}};
  for (const Role role : {Role::kConvolution, Role::kDense}) composite.entries.emplace_back(has_role(role), z_plus());
  append_base(composite, 1e-6);
  return composite;
}

}  // namespace limpid
