// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files that begin with a line that names their kind and a line of text, and go on with .npy arrays, one after the
// other.

#include <string>
#include <string_view>

#include "limpid/core/tensor.h"

namespace limpid {

inline constexpr uint64_t most_bytes_of_arrays = uint64_t{16} << 30;

/// The bytes of such a file in parts.
struct HeadedArrays {
  std::string_view text, arrays;

  /// Takes the array of so many bytes off the front of `arrays`; `name` is what errors call the file.
  Tensor take(int64_t bytes, const std::string& name);
};

/// Throws where the bytes begin otherwise than with `first_line`.
HeadedArrays headed_arrays(std::string_view bytes, std::string_view first_line);

}  // namespace limpid
