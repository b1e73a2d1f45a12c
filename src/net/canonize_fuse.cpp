// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/canonize.h"
#include "net/canonize_edit.h"
#include "net/canonize_match.h"
#include "net/canonize_norm.h"

namespace limpid {
namespace {

using pattern::any_of;
using pattern::named;
using pattern::of;
using pattern::Term;

/// What is recognised, and the layer that stands for it over the node "x"; nothing where it does not fit after all.
struct Fusion {
  Term term;
  std::function<std::optional<Layer>(const Network&, const pattern::Match&)> layer;
};

auto plain(const char* type, const Attributes& attributes = {}) {
  return [=](const Network&, const pattern::Match&) { return Layer{&layer_type(type), attributes}; };
}

/// ½ x (1 + gate), with the half in any place.
Term half_gated(const Term& x, const Term& gate) {
  return any_of({0.5 * (x * (gate + 1)), (0.5 * x) * (gate + 1), x * (0.5 * (gate + 1))});
}

/// √(2/π) (x + 0.044715 x³), Hendrycks 2016
Term cubic(const Term& x) {
  const double outer = M_2_SQRTPI * M_SQRT1_2, inner = 0.044715;
  const Term square = any_of({of("pow", {x}, {{"exponent", 2}}), x * x});
  const Term cube = any_of({of("pow", {x}, {{"exponent", 3}}), x * square});
  return any_of({outer * (x + inner * cube), (outer * x) * (inner * square + 1), outer * (x * (inner * square + 1))});
}

/// (x − mean x) / √(mean (x − mean x)² + ε), Ba 2016
Term standardised(const Term& x) {
  const Term centred = named("centred", x - named("mean", of("mean", {x})));
  const Term square = any_of({of("pow", {centred}, {{"exponent", 2}}), centred * centred});
  const Term deviation = of("sqrt", {named("epsilon", of("affine", {named("variance", of("mean", {square}))}))});
  return any_of({centred / deviation, centred * of("reciprocal", {deviation})});
}

/// In this order: later ones build on what earlier ones joined.
const std::vector<Fusion>& fusions() {
  static const Term x = pattern::node("x");
  static const Term relu6 = of("clip", {x + 3}, {{"min", 0}, {"max", 6}});
  static const Term hard_sigmoid = of("hard_sigmoid", {x}, {{"alpha", 1.0 / 6}, {"beta", 0.5}});
  static const Term groups = named("groups", of("instance_norm", {of("reshape", {x})}));
  static const std::vector<Fusion> list = {
      {x * of("sigmoid", {x}), plain("silu")},
      {1.0 / 6 * (x * relu6), plain("hard_swish")},
      {1.0 / 6 * relu6, plain("hard_sigmoid", {{"alpha", 1.0 / 6}, {"beta", 0.5}})},
      {x * hard_sigmoid, plain("hard_swish")},
      {x * of("tanh", {of("softplus", {x})}), plain("mish")},
      {half_gated(x, of("erf", {M_SQRT1_2 * x})), plain("gelu", {{"approximate", "none"}})},
      {half_gated(x, of("tanh", {cubic(x)})), plain("gelu", {{"approximate", "tanh"}})},
      {standardised(x), joined_layer_norm},
      {named("end", of("reshape", {groups})), joined_group_norm},
      {named("affine", of("affine", {named("norm", of("layer_norm", {x}))})), norm_with_affine},
      {named("affine", of("affine", {named("norm", of("group_norm", {x}))})), norm_with_affine},
  };
  return list;
}

/// Whether nothing outside of a match uses what it computes on the way to `root`.
bool closed(const Network& network, const pattern::Match& match, int root) {
  return std::all_of(match.inside.begin(), match.inside.end(), [&](int node) {
    const auto readers = users(network, node);
    return node == root || (node != network.output && std::all_of(readers.begin(), readers.end(), [&](int reader) {
                              return match.inside.count(reader) > 0;
                            }));
  });
}

bool fuse(Network& network, const Fusion& fusion, int root) {
  const auto match = pattern::match(network, fusion.term, root);
  if (!match || !closed(network, *match, root)) return false;
  auto layer = fusion.layer(network, *match);
  if (!layer) return false;
  node_at(network, root).layer = std::move(*layer);
  node_at(network, root).inputs = {match->nodes.at("x")};
  for (const int node : match->inside) {
    if (node == root) continue;
    adopt_names(network, root, node);
    node_at(network, node).inputs.clear();
  }
  return true;
}

}  // namespace

Network fuse_patterns(const Network& network) {
  Network fused = pruned(network);
  for (const Fusion& fusion : fusions())
    for (int node = 1; node < fused.size(); ++node)
      if (!fused[node].inputs.empty()) fuse(fused, fusion, node);
  return pruned(fused);
}

Network canonized(const Network& network) { return fold_affine(fuse_patterns(network)); }

}  // namespace limpid
