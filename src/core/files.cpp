// SPDX-License-Identifier: Apache-2.0
#include "limpid/core/files.h"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>

#include "limpid/core/error.h"

namespace limpid {
namespace fs = std::filesystem;

std::string read_file(const fs::path& path, uint64_t limit) {
  std::error_code status;
  if (!fs::exists(path, status)) fail("there is no file '", path.string(), "'");
  if (!fs::is_regular_file(path, status)) fail("'", path.string(), "' is not a regular file");
  const uint64_t size = fs::file_size(path, status);
  if (status) fail("'", path.string(), "' cannot be read: ", status.message());
  if (size == 0) fail("'", path.string(), "' is empty");
  if (size > limit) fail("'", path.string(), "' has ", size, " bytes; the limit is ", limit);
  std::ifstream file(path, std::ios::binary);
  std::string bytes(size, '\0');
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) fail("'", path.string(), "' cannot be read");
  return bytes;
}

void make_folder(const fs::path& folder) {
  std::error_code status;
  fs::create_directories(folder, status);
  if (status) fail("the folder '", folder.string(), "' cannot be made: ", status.message());
}

void write_file(const fs::path& path, std::string_view bytes) {
  GrowingFile file(path);
  file.append(bytes);
  file.commit();
}

namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string hexadecimal(const Digest& digest, unsigned length) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += hex[digest[i] >> 4];
    text += hex[digest[i] & 15];
  }
  return text;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  Digest digest{};
  unsigned length = 0;
  if (!EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr)) fail("SHA-256 failed");
  return hexadecimal(digest, length);
}

std::string sha256_of_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("'", path.string(), "' cannot be read");
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  bool good = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  std::string piece(size_t{1} << 20, '\0');
  while (good && file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    good = EVP_DigestUpdate(context.get(), piece.data(), static_cast<size_t>(file.gcount()));
  }
  if (file.bad()) fail("'", path.string(), "' cannot be read");
  Digest digest{};
  unsigned length = 0;
  if (!good || !EVP_DigestFinal_ex(context.get(), digest.data(), &length)) fail("SHA-256 failed");
  return hexadecimal(digest, length);
}

}  // namespace limpid
