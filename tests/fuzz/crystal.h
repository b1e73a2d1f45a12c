// SPDX-License-Identifier: Apache-2.0
#pragma once
// Any bytes are structures of a format or an Error, and structures that are read come back from what is written of
// them.

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <sstream>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/crystal/formats.h"

namespace limpid::fuzz {

/// A folder of its own for each process, in memory where there is such a place.
inline const std::filesystem::path& folder() {
  static const std::filesystem::path place = [] {
    const std::filesystem::path memory = "/dev/shm", base = std::filesystem::is_directory(memory)
                                                                ? memory
                                                                : std::filesystem::temp_directory_path();
    const std::filesystem::path own = base / ("limpid-fuzz-" + std::to_string(getpid()));
    std::filesystem::create_directories(own);
    std::atexit([] { std::filesystem::remove_all(folder()); });
    return own;
  }();
  return place;
}

inline void expect(bool held) {
  if (!held) std::abort();
}

/// The same atoms, but for what rounding does to lengths of this size.
inline void expect_same(const Structure& one, const Structure& other, double rounding) {
  expect(one.species == other.species && one.cell.has_value() == other.cell.has_value());
  for (size_t i = 0; i < one.positions.size(); ++i)
    expect((one.positions[i] - other.positions[i]).cwiseAbs().maxCoeff() <= rounding);
}

inline void write_and_read(const Structure& structure) {
  write_structures(folder() / "again.xyz", {structure});
  expect_same(read_structure(folder() / "again.xyz"), structure, 0);
  // Fractions in a POSCAR have 16 decimals: in a skewed cell of large lengths the least of them are far apart.
  if (!structure.cell || structure.cell->cwiseAbs().maxCoeff() > 1e3) return;
  std::ostringstream text;
  format_for_writing("POSCAR").write(text, structure);
}

/// Reads bytes as the format of that name does, whose files are called `file`.
inline int read_as(const std::string& format, const std::string& file, const uint8_t* data, size_t size) {
  StructureLimits limits;
  limits.bytes = 1 << 20;
  limits.atoms = 5000;
  const std::filesystem::path path = folder() / file;
  write_file(path, {reinterpret_cast<const char*>(data), size});
  int frames = 0;
  try {
    for (const StructureFormat* known : structure_formats()) {
      if (known->name != format) continue;
      known->read(path, limits, [&](const Structure& structure) {
        expect(structure.size() > 0 && structure.size() <= limits.atoms);
        check_structure(structure);
        write_and_read(structure);
        return ++frames < 10;
      });
    }
    read_structure(path, limits);  // whatever it is taken for
  } catch (const Error&) {
  }
  return 0;
}

}  // namespace limpid::fuzz
