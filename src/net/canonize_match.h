// SPDX-License-Identifier: Apache-2.0
#pragma once
// Patterns of nodes written as formulas: `x * of("sigmoid", x)` stands for any node times its sigmoid.

#include <set>

#include "limpid/net/network.h"

namespace limpid::pattern {

/// A formula over nodes. The same name stands for the same node wherever it appears.
struct Term {
  std::string name = {};
  std::string type = {};  // of the layer; empty: any node, which stays outside of the match
  std::vector<Term> inputs = {};
  std::optional<std::pair<double, double>> line = {};  // affine nodes that come to these numbers: scale, shift
  std::map<std::string, double> numbers = {};          // attributes that must have these values
  std::vector<Term> any_of = {};                       // alternatives to each other, instead of all of the above
};

/// Any node.
Term node(const std::string& name);
/// A layer of a type over its inputs.
Term of(const std::string& type, std::vector<Term> inputs, std::map<std::string, double> numbers = {});
Term named(const std::string& name, Term term);
Term any_of(std::vector<Term> terms);

Term operator*(Term a, Term b);
Term operator+(Term a, Term b);
Term operator-(Term a, Term b);
Term operator/(Term a, Term b);
Term operator*(double scale, Term x);
Term operator+(Term x, double shift);

struct Match {
  std::map<std::string, int> nodes;  // by name
  std::set<int> inside;              // what the formula covers, without its free nodes
};

/// Whether `node` computes the term. Factors and summands are tried in both orders.
std::optional<Match> match(const Network& network, const Term& term, int node);

}  // namespace limpid::pattern
