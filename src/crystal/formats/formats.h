// SPDX-License-Identifier: Apache-2.0
#pragma once
// The formats of structures, each defined in src/crystal/formats/<name>.cpp and listed in formats.cpp, and what they
// share.

#include "crystal/formats/text.h"

namespace limpid {

extern const StructureFormat cif_format, xyz_format, aims_format, poscar_format;

/// Whether the file's ending is one of these, in any case: {".xyz"}.
bool has_ending(const std::filesystem::path& path, std::initializer_list<std::string_view> endings);

/// Throws where a structure has more atoms than are read; `place` is "'file', line 7".
void check_atoms(const std::string& place, int64_t atoms, const StructureLimits& limits);

/// Positions given as fractions of the cell vectors.
void set_fractions(Structure& structure, const std::vector<Eigen::Vector3d>& fractions);

/// Names the frames of a file and checks them before they are taken.
class Frames {
 public:
  Frames(const std::filesystem::path& path, const TakeStructure& take) : path_(path), take_(take) {}

  /// False: no more are wanted.
  bool give(Structure structure, bool last);

 private:
  std::filesystem::path path_;
  const TakeStructure& take_;
  int64_t given_ = 0;
};

}  // namespace limpid
