// SPDX-License-Identifier: Apache-2.0
#include "crystal/formats/formats.h"

#include <sstream>

#include "limpid/core/files.h"
#include "limpid/core/lookup.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

constexpr size_t kBeginning = 4096;  // bytes by which a format is recognised

std::string beginning_of(const fs::path& path, const StructureLimits& limits) {
  const Lines checked(path, limits);
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kBeginning, '\0');
  file.read(bytes.data(), kBeginning);
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

std::string described(bool written) {
  std::string text;
  for (const StructureFormat* format : structure_formats())
    if (!written || format->write) text += (text.empty() ? "" : ", ") + format->name + " (" + format->files + ")";
  return text;
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

const std::vector<const StructureFormat*>& structure_formats() {
  static const std::vector<const StructureFormat*> formats = {&cif_format, &xyz_format, &aims_format, &poscar_format};
  return formats;
}

void read_structures(const fs::path& path, const TakeStructure& take, const StructureLimits& limits) {
  const std::string beginning = beginning_of(path, limits);
  for (const StructureFormat* format : structure_formats())
    if (format->recognises(path, beginning)) return format->read(path, limits, take);
  fail("'", path.string(), "' is no file of structures that can be read; expected one of: ", described(false));
}

Structure read_structure(const fs::path& path, const StructureLimits& limits) {
  Structure first;
  read_structures(
      path,
      [&](Structure structure) {
        first = std::move(structure);
        return false;
      },
      limits);
  return first;
}

const StructureFormat& format_for_writing(const fs::path& path) {
  for (const StructureFormat* format : structure_formats())
    if (format->write && format->recognises(path, "")) return *format;
  refuse("'", path.string(), "' names no format that is written; expected one of: ", described(true));
}

void write_structures(const fs::path& path, const std::vector<Structure>& structures) {
  const StructureFormat& format = format_for_writing(path);
  if (structures.empty()) fail("there is no structure to be written to '", path.string(), "'");
  if (structures.size() > 1 && !format.several_frames)
    fail("a file of the format ", format.name, " holds one structure, not ", structures.size(),
         "; a name that ends in .xyz would do");
  std::ostringstream text;
  for (const Structure& structure : structures) format.write(text, structure);
  write_file(path, text.str());
}

bool has_ending(const fs::path& path, std::initializer_list<std::string_view> endings) {
  const std::string ending = lower_case(path.extension().string());
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

void check_atoms(const std::string& place, int64_t atoms, const StructureLimits& limits) {
  if (atoms > limits.atoms) fail(place, ": more atoms than the limit structure-atoms, which is ", limits.atoms);
}

void set_fractions(Structure& structure, const std::vector<Eigen::Vector3d>& fractions) {
  structure.positions.reserve(fractions.size());
  for (const Eigen::Vector3d& fraction : fractions)
    structure.positions.push_back(structure.cell->transpose() * fraction);
}

bool Frames::give(Structure structure, bool last) {
  structure.name = path_.string();
  if (!last || given_ > 0) structure.name += "[" + std::to_string(given_) + "]";
  ++given_;
  check_structure(structure);
  return take_(std::move(structure));
}

}  // namespace limpid
