// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whole files in and out: sizes are limited on the way in, and nothing is half written on the way out.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace limpid {

/// The bytes of a regular file; throws when it is missing, not a file, empty, or larger than `limit` bytes.
std::string read_file(const std::filesystem::path& path, uint64_t limit);

/// A file that grows without a name and gets its own when it is whole: readers see the old file or the whole new one,
/// and a process that is killed leaves nothing. On file systems that know no files without names it has one that ends
/// in
/// ".partial" meanwhile. Each function throws where the disk does not take the bytes.
class GrowingFile {
 public:
  explicit GrowingFile(std::filesystem::path path);
  ~GrowingFile();  // removes what was not committed
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;
  void append(std::string_view bytes);
  void commit();

 private:
  [[noreturn]] void give_up(const std::string& reason);

  std::filesystem::path path_, partial_;
  int descriptor_;
  bool named_ = false;  // partial_ exists
};

/// A GrowingFile of these bytes.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// Makes a folder and those above it where they are missing.
void make_folder(const std::filesystem::path& folder);

/// Lower-case hexadecimal SHA-256.
std::string sha256(std::string_view bytes);

/// The same of a file, however large, read piece by piece.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace limpid
