// SPDX-License-Identifier: Apache-2.0
#include <Eigen/LU>

#include "crystal.h"
#include "limpid/crystal/neighbours.h"
#include "limpid/crystal/symmetry.h"

namespace {
using namespace limpid;

/// Bytes as numbers: lengths are whole tenths, which make symmetry likely, and now and then a little more.
class Numbers {
 public:
  Numbers(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  int byte() { return at_ < size_ ? data_[at_++] : 0; }
  double length() {
    const double tenths = byte() - 128;
    return tenths / 10 + (byte() % 8 == 0 ? byte() / 1e4 : 0);
  }
  bool empty() const { return at_ >= size_; }

 private:
  const uint8_t* data_;
  size_t size_, at_ = 0;
};

void use(const Structure& structure) {
  check_structure(structure);
  const std::vector<double> distances = nearest_distances(structure);
  for (const double distance : distances) fuzz::expect(distance >= .1 - 1e-9);
  const Structure reduced = niggli_cell(structure);
  const double volume = std::abs(structure.cell->determinant());
  fuzz::expect(std::abs(reduced.cell->determinant() - volume) < 1e-6 * volume);
  find_space_group(structure);
  if (const auto standard = standard_cell(structure))
    fuzz::expect(standard->size() > 0 && standard->cell->determinant() > 0);
}

}  // namespace

/// Any cell and atoms have neighbours, a reduced cell, and perhaps a space group.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Numbers numbers(data, size);
  Structure structure;
  structure.cell.emplace();
  for (int i = 0; i < 9; ++i) (*structure.cell)(i / 3, i % 3) = numbers.length();
  while (!numbers.empty() && structure.size() < 12) {
    structure.species.push_back(1 + numbers.byte() % 3);
    structure.positions.push_back({numbers.length(), numbers.length(), numbers.length()});
  }
  try {
    use(structure);
  } catch (const Error&) {
  }
  return 0;
}
