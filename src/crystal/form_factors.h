// SPDX-License-Identifier: Apache-2.0
#pragma once
// How strongly an atom scatters X-rays, by Cromer and Mann's fits (International Tables C, 6.1.1.4).

#include <array>

namespace limpid {

inline constexpr int form_factors_end = 98;  // the last atomic number of the tables

/// f(d) = Σ a exp(−b d²/4) + c.
struct FormFactor {
  std::array<double, 4> a, b;
  double c;

  double operator()(double reciprocal_length) const;
};

/// Throws for numbers outside of 1 … 120. Beyond the tables an atom gets the last element's shape times its electrons.
FormFactor form_factor(int atomic_number);

}  // namespace limpid
