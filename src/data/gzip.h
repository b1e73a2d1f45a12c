// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files that may be packed with gzip.

#include <cstdint>
#include <filesystem>
#include <string>

namespace limpid {

/// The unpacked bytes, or the file's own where it is not packed. Throws where there are more than `limit`, and for
/// damaged files.
std::string read_gzip(const std::filesystem::path& path, uint64_t limit);

/// The first bytes of that, at most `count`; nothing where the file cannot be read.
std::string first_bytes(const std::filesystem::path& path, size_t count);

}  // namespace limpid
