// SPDX-License-Identifier: Apache-2.0
#include "data/headed_arrays.h"

#include "limpid/core/error.h"
#include "limpid/data/npy.h"

namespace limpid {

Tensor HeadedArrays::take(int64_t bytes, const std::string& name) {
  if (bytes < 0 || bytes > static_cast<int64_t>(arrays.size())) fail("it ends inside an array");
  const Tensor array = decode_npy(arrays.substr(0, static_cast<size_t>(bytes)), name);
  arrays.remove_prefix(static_cast<size_t>(bytes));
  return array;
}

HeadedArrays headed_arrays(std::string_view bytes, std::string_view first_line) {
  if (!bytes.starts_with(first_line)) fail("it begins otherwise");
  bytes.remove_prefix(first_line.size());
  const size_t end = bytes.find('\n');
  if (end == bytes.npos) fail("it begins otherwise");
  return {bytes.substr(0, end), bytes.substr(end + 1)};
}

}  // namespace limpid
