// SPDX-License-Identifier: Apache-2.0
#include "data/gzip.h"

#include <zlib.h>

#include <memory>

#include "limpid/core/error.h"

namespace limpid {
namespace {

using File = std::unique_ptr<gzFile_s, decltype(&gzclose)>;

File opened(const std::filesystem::path& path) { return {gzopen(path.c_str(), "rb"), gzclose}; }

}  // namespace

std::string read_gzip(const std::filesystem::path& path, uint64_t limit) {
  const File file = opened(path);
  if (!file) fail("'", path.string(), "' cannot be read");
  gzbuffer(file.get(), 1 << 18);
  std::string bytes, piece(size_t{1} << 20, '\0');
  for (int got = 1; got > 0;) {
    got = gzread(file.get(), piece.data(), static_cast<unsigned>(piece.size()));
    if (got > 0) bytes.append(piece.data(), static_cast<size_t>(got));
    if (bytes.size() > limit) fail("'", path.string(), "' unpacks to more than ", limit, " bytes, the limit");
  }
  int status = Z_OK;
  gzerror(file.get(), &status);
  if (status != Z_OK) fail("'", path.string(), "' is damaged: its gzip stream breaks off or is not valid");
  return bytes;
}

std::string first_bytes(const std::filesystem::path& path, size_t count) {
  std::string bytes(count, '\0');
  const File file = opened(path);
  const int got = file ? gzread(file.get(), bytes.data(), static_cast<unsigned>(count)) : 0;
  bytes.resize(static_cast<size_t>(std::max(got, 0)));
  return bytes;
}

}  // namespace limpid
