// SPDX-License-Identifier: Apache-2.0
// CIF, parsed by gemmi (wojdyr2022): every block with atoms is a crystal, with all atoms that its symmetry makes.
#include <Eigen/LU>

#include "crystal/elements.h"
#include "crystal/formats/cif_document.h"
#include "crystal/formats/cif_symmetry.h"
#include "crystal/formats/formats.h"
#include "crystal/formats/occupancy.h"
#include "limpid/core/files.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr uint64_t kMostBytes = uint64_t{256} << 20;  // which take several times as much memory

bool recognises(const fs::path& path, const std::string& beginning) {
  if (has_ending(path, {".cif"})) return true;
  std::istringstream text(beginning);
  for (std::string line; std::getline(text, line);) {
    const std::string_view word = Words(line).next();
    if (word.empty() || word.starts_with('#')) continue;
    return word.starts_with("data_");
  }
  return false;
}

/// "1.234(5)" and "1.234": the uncertainty is passed over.
double number_with_uncertainty(const std::string& text) {
  const size_t bracket = text.ends_with(')') ? text.find('(') : std::string::npos;
  return number_of(std::string_view(text).substr(0, bracket)).value_or(NAN);
}

double expect_cell_number(const CifBlock& block, const std::string& tag) {
  const std::string value = block.value(tag);
  const double number = number_with_uncertainty(value);
  if (!(number > 0))
    fail(block.place(tag), ": ", tag, value.empty() ? " is missing" : " is " + shown(value),
         "; expected a number above 0");
  return number;
}

/// a ∥ x, b in the xy plane.
Matrix3d cell_of(const CifBlock& block) {
  double lengths[3], cosines[3], sine = 0;
  for (int i = 0; i < 3; ++i) {
    lengths[i] = expect_cell_number(block, std::string("_cell_length_") + "abc"[i]);
    const char* const names[] = {"alpha", "beta", "gamma"};
    const double angle = expect_cell_number(block, std::string("_cell_angle_") + names[i]) * M_PI / 180;
    cosines[i] = std::abs(angle - M_PI / 2) < 1e-12 ? 0 : std::cos(angle);
    sine = std::sin(angle);
  }
  const double along = (cosines[0] - cosines[1] * cosines[2]) / sine;
  const double up = 1 - cosines[1] * cosines[1] - along * along;
  if (!(up > 1e-12) || !(sine > 1e-6))
    fail(block.place("_cell_angle_gamma"), ": three vectors cannot be at these angles to each other");
  Matrix3d cell;
  cell << 1, 0, 0, cosines[2], sine, 0, cosines[1], along, std::sqrt(up);
  return Vector3d(lengths[0], lengths[1], lengths[2]).asDiagonal() * cell;
}

/// Of a label where there is no type: "Fe1", "OW2", whose first letter or two are a symbol.
int species_of_label(const std::string& label) {
  if (const int number = species_of(label)) return number;
  if (const int number = atomic_number_or_none(label.substr(0, 2))) return number;
  return species_of(label.substr(0, 1));
}

constexpr const char* kX = "_atom_site_fract_x";

/// The list of atoms, column by column; those that the block does not have are empty.
struct Sites {
  std::vector<const std::string*> coordinates[3], labels, types, occupancies, flags;

  explicit Sites(const CifBlock& block)
      : labels(block.column("_atom_site_label")),
        types(block.column("_atom_site_type_symbol")),
        occupancies(block.column("_atom_site_occupancy")),
        flags(block.column("_atom_site_calc_flag")) {
    for (int i = 0; i < 3; ++i) coordinates[i] = block.column(std::string("_atom_site_fract_") + "xyz"[i]);
  }

  size_t size() const { return std::min({coordinates[0].size(), coordinates[1].size(), coordinates[2].size()}); }

  /// Empty where it is not told.
  static std::string at(const std::vector<const std::string*>& column, size_t row) {
    return row < column.size() ? *column[row] : std::string();
  }
  std::string name(size_t row) const { return at(labels, row).empty() ? at(types, row) : at(labels, row); }
};

class SiteReader {
 public:
  SiteReader(const CifBlock& block, const StructureLimits& limits) : block_(block), limits_(limits), sites_(block) {
    structure_.cell = cell_of(block);
    operations_ = operations_of(block, structure_.notes);
  }

  Structure read() {
    int64_t unknown = 0;
    for (size_t row = 0; row < sites_.size(); ++row) {
      const std::optional<Vector3d> position = position_of(row);
      position ? put(row, *position) : void(++unknown);
    }
    if (unknown > 0) structure_.notes.push_back(std::to_string(unknown) + " atoms without coordinates are left out");
    return resolve_occupancies(structure_, occupancies_);
  }

 private:
  /// None where the file leaves it open, or for a dummy.
  std::optional<Vector3d> position_of(size_t row) const {
    Vector3d position;
    for (int i = 0; i < 3; ++i) {
      const std::string& text = *sites_.coordinates[i][row];
      if (text.empty() || Sites::at(sites_.flags, row) == "dum") return {};
      position[i] = number_with_uncertainty(text);
      if (!(std::abs(position[i]) < 1e6))
        refuse_site(row, " has the coordinate " + shown(text) + "; expected a number");
    }
    return position;
  }

  int species_at(size_t row) const {
    const std::string type = Sites::at(sites_.types, row);
    const int species = type.empty() ? species_of_label(Sites::at(sites_.labels, row)) : species_of(type);
    if (species == 0) refuse_site(row, " is of no element that is known; expected a chemical symbol from H to Og");
    return species;
  }

  double occupancy_at(size_t row) const {
    const std::string text = Sites::at(sites_.occupancies, row);
    const double share = text.empty() ? 1 : number_with_uncertainty(text);
    if (!(share >= 0 && share <= 1.1)) refuse_site(row, " has the occupancy " + shown(text) + "; expected 0 to 1");
    return share;
  }

  void put(size_t row, const Vector3d& position) {
    const int species = species_at(row);
    const double occupancy = occupancy_at(row);
    for (const Vector3d& image : orbit(position, operations_, *structure_.cell)) {
      structure_.species.push_back(species);
      structure_.positions.push_back(structure_.cell->transpose() * image);
      occupancies_.push_back(occupancy);
    }
    check_atoms(block_.place(kX), structure_.size(), limits_);
  }

  [[noreturn]] void refuse_site(size_t row, const std::string& what) const {
    fail(block_.place(kX), ": atom ", shown(sites_.name(row)), what);
  }

  const CifBlock& block_;
  const StructureLimits& limits_;
  const Sites sites_;
  std::vector<SymmetryOperation> operations_;
  Structure structure_;
  std::vector<double> occupancies_;
};

void read(const fs::path& path, const StructureLimits& limits, const TakeStructure& take) {
  std::vector<CifBlock> blocks = read_cif_blocks(read_file(path, std::min(limits.bytes, kMostBytes)), path.string());
  std::erase_if(blocks, [](const CifBlock& block) { return block.column(kX).empty(); });
  if (blocks.empty())
    fail("'", path.string(), "' has no block with atoms; expected _atom_site_fract_x, _y and _z in one");
  Frames frames(path, take);
  for (const CifBlock& block : blocks)
    if (!frames.give(SiteReader(block, limits).read(), &block == &blocks.back())) return;
}

}  // namespace

const StructureFormat cif_format = {"CIF", "*.cif", "crystals, with symmetry and occupancies", recognises, read};

}  // namespace limpid
