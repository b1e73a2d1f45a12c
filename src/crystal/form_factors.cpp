// SPDX-License-Identifier: Apache-2.0
#include "crystal/form_factors.h"

#include <cmath>
#include <gemmi/it92.hpp>

#include "limpid/core/error.h"

namespace limpid {

double FormFactor::operator()(double reciprocal_length) const {
  const double quarter = reciprocal_length * reciprocal_length / 4;
  double sum = c;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * std::exp(-b[i] * quarter);
  return sum;
}

FormFactor form_factor(int atomic_number) {
  if (atomic_number < 1 || atomic_number > 120)
    refuse("there is no form factor of atomic number ", atomic_number, "; the z-offset must leave numbers in 1 … 120");
  const int tabulated = std::min(atomic_number, form_factors_end);
  const auto& entry = gemmi::IT92<double>::get(static_cast<gemmi::El>(tabulated));
  const double electrons = static_cast<double>(atomic_number) / tabulated;
  FormFactor result{};
  for (size_t i = 0; i < result.a.size(); ++i) {
    result.a[i] = electrons * entry.a(static_cast<int>(i));
    result.b[i] = entry.b(static_cast<int>(i));
  }
  result.c = electrons * entry.c();
  return result;
}

}  // namespace limpid
