// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files of structures: POSCAR, CIF, extended XYZ, XYZ, FHI-aims.

#include <filesystem>
#include <functional>

#include "limpid/crystal/structure.h"

namespace limpid {

struct StructureLimits {
  uint64_t bytes = uint64_t{1} << 30;  // of a file
  int64_t atoms = 10'000'000;          // of a structure
};

/// A way in which structures are stored. To add one: src/crystal/formats/<name>.cpp, and its line in formats.cpp there.
struct StructureFormat {
  std::string name, files, summary;
  bool (*recognises)(const std::filesystem::path& path, const std::string& beginning);
  /// Hands over one frame after the other until `take` returns false.
  void (*read)(const std::filesystem::path& path, const StructureLimits& limits,
               const std::function<bool(Structure)>& take);
  void (*write)(std::ostream& out, const Structure& structure);  // null: is only read
};

/// In the order in which they are asked.
const std::vector<const StructureFormat*>& structure_formats();

/// Reads one frame after the other until `take` returns false. Throws for a file that no format recognises, and with
/// the line where one is broken.
void read_structures(const std::filesystem::path& path, const std::function<bool(Structure)>& take,
                     const StructureLimits& limits = {});

/// The only, or first, structure of a file.
Structure read_structure(const std::filesystem::path& path, const StructureLimits& limits = {});

/// Atomically; the format is that of the name's ending ("vasp", "poscar", "xyz", "extxyz"), or POSCAR for a file named
/// so.
void write_structures(const std::filesystem::path& path, const std::vector<Structure>& structures);

}  // namespace limpid
