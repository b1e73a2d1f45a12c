// SPDX-License-Identifier: Apache-2.0
#pragma once
// The second line of a frame of XYZ, which may say in key=value pairs what the columns are and whether there is a cell.

#include "crystal/formats/text.h"

namespace limpid {

/// Where in a line of words an atom's species and position stand.
struct XyzColumns {
  size_t species = 0, position = 1, count = 4;
  bool exact = false;  // no words may follow
};

struct XyzComment {
  XyzColumns columns = {};
  std::optional<Eigen::Matrix3d> cell = {};
  std::vector<std::string> notes = {};
};

/// Throws for a Lattice, pbc or Properties that makes no sense; any other text is a comment.
XyzComment read_xyz_comment(const Lines& lines, std::string_view comment);

}  // namespace limpid
