// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

#include "limpid/core/error.h"
#include "limpid/core/files.h"

namespace limpid {
namespace fs = std::filesystem;
namespace {

constexpr mode_t kMode = 0666;  // less the umask

fs::path temporary_name(const fs::path& path) {
  static std::atomic<unsigned> serial{0};
  return path.string() + "." + std::to_string(::getpid()) + "-" + std::to_string(serial++) + ".partial";
}

}  // namespace

GrowingFile::GrowingFile(fs::path path) : path_(std::move(path)), partial_(temporary_name(path_)), descriptor_(-1) {
  const fs::path folder = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
#ifdef O_TMPFILE
  descriptor_ = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kMode);
#endif
  if (descriptor_ >= 0) return;
  descriptor_ = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  if (descriptor_ < 0) fail("'", path_.string(), "' cannot be written: its folder is missing or not writable");
  named_ = true;
}

GrowingFile::~GrowingFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (named_) ::unlink(partial_.c_str());
}

void GrowingFile::give_up(const std::string& reason) { fail("'", path_.string(), "' cannot be written: ", reason); }

void GrowingFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) give_up("the disk is full or the file too large");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void GrowingFile::commit() {
  if (!named_) {
    const std::string itself = "/proc/self/fd/" + std::to_string(descriptor_);
    if (::linkat(AT_FDCWD, itself.c_str(), AT_FDCWD, partial_.c_str(), AT_SYMLINK_FOLLOW) != 0)
      give_up(std::generic_category().message(errno));
    named_ = true;
  }
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) give_up("the disk is full or the file too large");
  std::error_code status;
  fs::rename(partial_, path_, status);
  if (status) give_up(status.message());
  named_ = false;
}

}  // namespace limpid
