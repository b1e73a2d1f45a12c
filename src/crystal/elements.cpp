// SPDX-License-Identifier: Apache-2.0
// The periodic table: symbols, and the sizes of atoms.
#include "crystal/elements.h"

#include <array>
#include <unordered_map>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "limpid/crystal/prototypes.h"

namespace limpid {
namespace {

// clang-format off
const std::vector<std::string>& symbols() {
  static const std::vector<std::string> all = {
      "H",                                                                                                  "He",
      "Li", "Be",                                                             "B",  "C",  "N",  "O",  "F",  "Ne",
      "Na", "Mg",                                                             "Al", "Si", "P",  "S",  "Cl", "Ar",
      "K",  "Ca", "Sc", "Ti", "V",  "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Kr",
      "Rb", "Sr", "Y",  "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Te", "I",  "Xe",
      "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu",
                        "Hf", "Ta", "W",  "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn",
      "Fr", "Ra", "Ac", "Th", "Pa", "U",  "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr",
                        "Rf", "Db", "Sg", "Bh", "Hs", "Mt", "Ds", "Rg", "Cn", "Nh", "Fl", "Mc", "Lv", "Ts", "Og"};
  return all;
}

// Half of the shortest distance in the crystal at room temperature, or at the melting point of what is then a liquid or
// a gas; of diatomic molecules (H, N, O, F, Cl, Br, I), and of At and Fr, what a crystal of single atoms would have.
constexpr std::array<double, 94> kRadii = {
    .80,                                                                                                    1.79,
    1.52, 1.11,                                                             .89,  .77,  1.00, 1.00, 1.10, 1.58,
    1.86, 1.60,                                                             1.43, 1.18, 1.10, 1.03, 1.45, 1.88,
    2.27, 1.97, 1.63, 1.45, 1.31, 1.25, 1.13, 1.24, 1.25, 1.25, 1.28, 1.33, 1.22, 1.22, 1.26, 1.17, 1.55, 2.00,
    2.43, 2.15, 1.78, 1.59, 1.43, 1.36, 1.35, 1.33, 1.34, 1.38, 1.44, 1.49, 1.63, 1.51, 1.46, 1.42, 1.70, 2.18,
    2.63, 2.17, 1.87, 1.83, 1.82, 1.82, 1.81, 1.80, 1.98, 1.79, 1.76, 1.75, 1.74, 1.73, 1.73, 1.94, 1.72,
                      1.56, 1.43, 1.37, 1.37, 1.34, 1.36, 1.39, 1.44, 1.50, 1.70, 1.75, 1.54, 1.67, 1.80, 2.20,
    2.70, 2.23, 1.88, 1.80, 1.61, 1.38, 1.31, 1.29};
// clang-format on

}  // namespace

int atomic_number_or_none(const std::string& symbol) {
  static const std::unordered_map<std::string, int> numbers = [] {
    std::unordered_map<std::string, int> all;
    for (const std::string& known : symbols()) all.emplace(known, static_cast<int>(all.size()) + 1);
    return all;
  }();
  const auto found = numbers.find(symbol);
  return found == numbers.end() ? 0 : found->second;
}

int atomic_number(const std::string& symbol) {
  if (const int number = atomic_number_or_none(symbol)) return number;
  const std::string near = nearest(symbol, symbols());
  refuse("there is no element '", symbol, "'; ", near.empty() ? "" : "did you mean '" + near + "'? ",
         "expected a chemical symbol from H to Og");
}

const std::string& chemical_symbol(int atomic_number) {
  if (atomic_number < 1 || atomic_number > static_cast<int>(symbols().size()))
    refuse("there is no element of atomic number ", atomic_number, "; expected 1 (H) to 118 (Og)");
  return symbols()[static_cast<size_t>(atomic_number) - 1];
}

double atomic_radius(int atomic_number) {
  if (atomic_number < 1 || atomic_number > static_cast<int>(kRadii.size()))
    refuse("no radius is known of atomic number ", atomic_number, "; expected 1 (H) to ", kRadii.size(), " (Pu)");
  return kRadii[static_cast<size_t>(atomic_number) - 1];
}

}  // namespace limpid
