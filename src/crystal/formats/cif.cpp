// SPDX-License-Identifier: Apache-2.0
// CIF, parsed by gemmi (wojdyr2022): every block with atoms is a crystal, with all atoms that its symmetry makes.
#include "crystal/formats/cif.h"

#include <Eigen/LU>

#include <gemmi/cif.hpp>
#include <gemmi/numb.hpp>

#include "crystal/elements.h"
#include "crystal/formats/formats.h"
#include "crystal/formats/occupancy.h"
#include "limpid/core/files.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

using Eigen::Matrix3d;
using Eigen::Vector3d;
using gemmi::cif::as_number;
using gemmi::cif::as_string;
using gemmi::cif::Block;

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

gemmi::cif::Document document_of(const fs::path& path, const StructureLimits& limits) {
  const std::string bytes = read_file(path, std::min(limits.bytes, kMostBytes));
  try {
    return gemmi::cif::read_memory(bytes.data(), bytes.size(), "line");
  } catch (const tao::pegtl::parse_error& error) {
    fail("'", path.string(), "', line ", error.positions().front().line, ": ", error.message());
  } catch (const std::runtime_error& error) {  // begins with the name given and a number
    const std::string reason = error.what();
    const bool placed = reason.starts_with("line:");
    fail("'", path.string(), placed ? "', line " : "': ", placed ? reason.substr(5) : reason);
  }
}

double expect_cell_number(Block& block, const std::string& file, const std::string& tag) {
  const std::string* const value = block.find_value(tag);
  const double number = value ? as_number(*value) : NAN;
  if (!(number > 0))
    fail(place_of(block, file, tag), ": ", tag, value ? " is " + shown(*value) : " is missing",
         "; expected a number above 0");
  return number;
}

/// a ∥ x, b in the xy plane.
Matrix3d cell_of(Block& block, const std::string& file) {
  double lengths[3], cosines[3], sine = 0;
  for (int i = 0; i < 3; ++i) {
    lengths[i] = expect_cell_number(block, file, std::string("_cell_length_") + "abc"[i]);
    const char* const names[] = {"alpha", "beta", "gamma"};
    const double angle = expect_cell_number(block, file, std::string("_cell_angle_") + names[i]) * M_PI / 180;
    cosines[i] = std::abs(angle - M_PI / 2) < 1e-12 ? 0 : std::cos(angle);
    sine = std::sin(angle);
  }
  const double along = (cosines[0] - cosines[1] * cosines[2]) / sine;
  const double up = 1 - cosines[1] * cosines[1] - along * along;
  if (!(up > 1e-12) || !(sine > 1e-6))
    fail(place_of(block, file, "_cell_angle_gamma"), ": three vectors cannot be at these angles to each other");
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

struct Sites {
  Structure structure;
  std::vector<double> occupancies;
  int64_t unknown = 0;  // left out: without coordinates
};

/// The columns of the list of atoms.
enum Column { x, y, z, label, type, occupancy, flag };

gemmi::cif::Table atoms_of(Block& block) {
  return block.find("_atom_site_",
                    {"fract_x", "fract_y", "fract_z", "?label", "?type_symbol", "?occupancy", "?calc_flag"});
}

class SiteReader {
 public:
  SiteReader(Block& block, const std::string& file, const StructureLimits& limits)
      : block_(block), file_(file), limits_(limits) {
    sites_.structure.cell = cell_of(block, file);
    operations_ = operations_of(block, file, sites_.structure.notes);
  }

  Structure read() {
    for (const auto row : atoms_of(block_)) add(row);
    if (sites_.unknown > 0)
      sites_.structure.notes.push_back(std::to_string(sites_.unknown) + " atoms without coordinates are left out");
    return resolve_occupancies(sites_.structure, sites_.occupancies);
  }

 private:
  template <class Row>
  void add(const Row& row) {
    const auto text = [&](Column column) { return row.has(column) ? as_string(row[column]) : std::string(); };
    const std::string name = text(label).empty() ? text(type) : text(label);
    Vector3d position;
    for (const Column column : {x, y, z}) {
      if (gemmi::cif::is_null(row[column]) || text(flag) == "dum") return void(++sites_.unknown);
      position[column] = as_number(row[column]);
      if (!(std::abs(position[column]) < 1e6))
        fail(place(), ": atom ", shown(name), " has the coordinate ", shown(row[column]), "; expected a number");
    }
    const bool typed = row.has(type) && !gemmi::cif::is_null(row[type]);
    const int species = typed ? species_of(text(type)) : species_of_label(text(label));
    if (species == 0)
      fail(place(), ": atom ", shown(name), " is of no element that is known; expected a chemical symbol from H to Og");
    put(position, species, name, row.has(occupancy) ? row[occupancy] : std::string("?"));
  }

  void put(const Vector3d& position, int species, const std::string& name, const std::string& occupied) {
    const double share = gemmi::cif::is_null(occupied) ? 1 : as_number(occupied);
    if (!(share >= 0 && share <= 1.1))
      fail(place(), ": atom ", shown(name), " has the occupancy ", shown(occupied), "; expected 0 to 1");
    for (const Vector3d& image : orbit(position, operations_, *sites_.structure.cell)) {
      sites_.structure.species.push_back(species);
      sites_.structure.positions.push_back(sites_.structure.cell->transpose() * image);
      sites_.occupancies.push_back(share);
    }
    if (sites_.structure.size() > limits_.atoms)
      fail(place(), ": more than ", limits_.atoms, " atoms, which is the limit");
  }

  std::string place() { return place_of(block_, file_, "_atom_site_fract_x"); }

  Block& block_;
  const std::string& file_;
  const StructureLimits& limits_;
  std::vector<SymmetryOperation> operations_;
  Sites sites_;
};

void read(const fs::path& path, const StructureLimits& limits, const TakeStructure& take) {
  gemmi::cif::Document document = document_of(path, limits);
  std::vector<Block*> blocks;
  for (Block& block : document.blocks)
    if (atoms_of(block).length() > 0) blocks.push_back(&block);
  if (blocks.empty())
    fail("'", path.string(), "' has no block with atoms; expected _atom_site_fract_x, _y and _z in one");
  Frames frames(path, take);
  const std::string file = path.string();
  for (Block* const block : blocks)
    if (!frames.give(SiteReader(*block, file, limits).read(), block == blocks.back())) return;
}

}  // namespace

const StructureFormat cif_format = {"CIF", "*.cif", "crystals, with symmetry and occupancies", recognises, read};

}  // namespace limpid
