// SPDX-License-Identifier: Apache-2.0
#include "net/canonize_match.h"

#include "net/canonize_edit.h"

namespace limpid::pattern {
namespace {

// Exporters write constants such as √½ in float32, some with seven digits.
bool near(double a, double b) { return std::abs(a - b) <= 1e-6 * std::max(1.0, std::abs(b)); }

std::optional<double> single(const Tensor& values, double fallback) {
  if (!values.defined()) return fallback;
  return values.numel() == 1 ? std::optional(values.item<double>()) : std::nullopt;
}

bool extend(const Network& network, const Term& term, int node, Match& match);

/// The inputs in their order or, if `swapped`, the two of them the other way round.
bool extend_inputs(const Network& network, const Term& term, int node, bool swapped, Match& match) {
  const auto& inputs = network[node].inputs;
  if (inputs.size() != term.inputs.size()) return false;
  Match trial = match;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!extend(network, term.inputs[i], inputs[swapped ? 1 - i : i], trial)) return false;
  match = trial;
  return true;
}

/// Follows affine nodes down for as long as they are numbers until they come to the term's.
bool extend_line(const Network& network, const Term& term, int node, Match& match) {
  double scale = 1, shift = 0;
  Match trial = match;
  while (is(network[node], "affine")) {
    const auto factor = single(parameter(network[node], 0), 1), offset = single(parameter(network[node], 1), 0);
    if (!factor || !offset) return false;
    shift += scale * *offset;
    scale *= *factor;
    trial.inside.insert(node);
    node = network[node].inputs[0];
    if (!near(scale, term.line->first) || !near(shift, term.line->second)) continue;
    if (Match below = trial; extend(network, term.inputs[0], node, below)) {
      match = below;
      return true;
    }
  }
  return false;
}

bool has_numbers(const Node& node, const Term& term) {
  return std::all_of(term.numbers.begin(), term.numbers.end(), [&](const auto& wanted) {
    const double missing = std::nan("");
    return near(node.layer.attributes.number(wanted.first, missing), wanted.second);
  });
}

bool extend_layer(const Network& network, const Term& term, int node, Match& match) {
  if (!is(network[node], term.type.c_str()) || !has_numbers(network[node], term)) return false;
  match.inside.insert(node);
  const bool commutes = term.type == "mul" || term.type == "add";
  return extend_inputs(network, term, node, false, match) ||
         (commutes && extend_inputs(network, term, node, true, match));
}

bool extend_unnamed(const Network& network, const Term& term, int node, Match& match) {
  const auto fits = [&](const Term& way) { return extend(network, way, node, match); };
  if (!term.any_of.empty()) return std::any_of(term.any_of.begin(), term.any_of.end(), fits);
  if (term.line) return extend_line(network, term, node, match);
  return term.type.empty() || extend_layer(network, term, node, match);
}

/// Adds to `match` what makes `node` compute the term; leaves it as it is where nothing does.
bool extend(const Network& network, const Term& term, int node, Match& match) {
  if (const auto bound = match.nodes.find(term.name); bound != match.nodes.end()) return bound->second == node;
  Match trial = match;
  if (!extend_unnamed(network, term, node, trial)) return false;
  if (!term.name.empty()) trial.nodes[term.name] = node;
  match = trial;
  return true;
}

}  // namespace

Term node(const std::string& name) { return {.name = name}; }
Term of(const std::string& type, std::vector<Term> inputs, std::map<std::string, double> numbers) {
  return {.type = type, .inputs = std::move(inputs), .numbers = std::move(numbers)};
}
Term named(const std::string& name, Term term) {
  term.name = name;
  return term;
}
Term any_of(std::vector<Term> terms) { return {.any_of = std::move(terms)}; }

Term operator*(Term a, Term b) { return of("mul", {std::move(a), std::move(b)}); }
Term operator+(Term a, Term b) { return of("add", {std::move(a), std::move(b)}); }
Term operator-(Term a, Term b) { return of("sub", {std::move(a), std::move(b)}); }
Term operator/(Term a, Term b) { return of("div", {std::move(a), std::move(b)}); }
// Of lines one behind the other one line remains.
Term operator*(double scale, Term x) {
  if (x.line && x.name.empty()) {
    x.line = std::pair(scale * x.line->first, scale * x.line->second);
    return x;
  }
  return {.inputs = {std::move(x)}, .line = std::pair(scale, 0.0)};
}
Term operator+(Term x, double shift) {
  Term line = 1.0 * std::move(x);
  line.line->second += shift;
  return line;
}

std::optional<Match> match(const Network& network, const Term& term, int node) {
  Match found;
  return extend(network, term, node, found) ? std::optional(found) : std::nullopt;
}

}  // namespace limpid::pattern
