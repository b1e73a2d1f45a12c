// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files of structures: POSCAR, CIF, extended XYZ, XYZ, FHI-aims.

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <variant>

#include "limpid/crystal/structure.h"

namespace limpid {

struct StructureLimits {
  uint64_t bytes = uint64_t{1} << 30;  // of a file
  int64_t atoms = 10'000'000;          // of a structure
};

/// Told of one frame after the other; false: no more are wanted.
using TakeStructure = std::function<bool(Structure)>;

/// A way in which structures are stored. To add one: src/crystal/formats/<name>.cpp, and its line in formats.cpp there.
struct StructureFormat {
  std::string name, files, summary;
  bool (*recognises)(const std::filesystem::path& path, const std::string& beginning);
  /// Hands over one frame after the other until `take` returns false; a frame's name is the file's, with [n] from 0
  /// where there are several.
  void (*read)(const std::filesystem::path& path, const StructureLimits& limits, const TakeStructure& take);
  void (*write)(std::ostream& out, const Structure& structure);  // null: is only read
  bool several_frames = false;                                   // may be written one after the other into one file
};

/// In the order in which they are asked.
const std::vector<const StructureFormat*>& structure_formats();

/// Reads one frame after the other until `take` returns false; each has passed check_structure. Throws for a file that
/// no format recognises, and with the line where one is broken.
void read_structures(const std::filesystem::path& path, const TakeStructure& take, const StructureLimits& limits = {});

/// The only, or first, structure of a file.
Structure read_structure(const std::filesystem::path& path, const StructureLimits& limits = {});

/// The format in which a file of that name is written: of its ending (".vasp", ".poscar", ".xyz", ".extxyz"), or POSCAR
/// for a file named so. Throws UsageError for other names.
const StructureFormat& format_for_writing(const std::filesystem::path& path);

/// Atomically.
void write_structures(const std::filesystem::path& path, const std::vector<Structure>& structures);

/// A value of each atom, beside its species and position.
struct AtomColumn {
  std::string name;  // letters, digits and _
  std::variant<std::vector<double>, std::vector<int64_t>, std::vector<std::string>> values;
};

/// One frame of extended XYZ; read_structures passes over the columns.
void write_extended_xyz(std::ostream& out, const Structure& structure, const std::vector<AtomColumn>& columns = {});

}  // namespace limpid
