// SPDX-License-Identifier: Apache-2.0
#include "data/npy_rows.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "data/npy_header.h"
#include "limpid/core/error.h"
#include "limpid/data/npy.h"

namespace limpid {

NpyRows::NpyRows(std::filesystem::path path, const Shape& outer, Shape row, bool going_on)
    : path_(std::move(path)),
      partial_(path_.string() + ".partial"),
      row_(std::move(row)),
      rows_(c10::multiply_integers(outer)) {
  Shape shape = outer;
  shape.insert(shape.end(), row_.begin(), row_.end());
  if (going_on && npy_shape(partial_) != shape)
    fail("'", partial_.string(), "' has the shape ", shape_text(npy_shape(partial_)), "; expected ", shape_text(shape));
  descriptor_ = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (going_on ? 0 : O_TRUNC), 0666);
  if (descriptor_ < 0) fail("'", partial_.string(), "' cannot be written: its folder is missing or not writable");
  const std::string header = npy_header_bytes("<f4", shape);
  begin_ = static_cast<int64_t>(header.size());
  if (going_on) return;
  put(header.data(), header.size(), 0);
  if (::ftruncate(descriptor_, begin_ + rows_ * 4 * c10::multiply_integers(row_)) != 0) give_up();
}

NpyRows::NpyRows(NpyRows&& other) noexcept
    : path_(std::move(other.path_)),
      partial_(std::move(other.partial_)),
      row_(std::move(other.row_)),
      rows_(other.rows_),
      begin_(other.begin_),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

NpyRows::~NpyRows() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void NpyRows::give_up() { fail("'", partial_.string(), "' cannot be written: the disk is full or the file too large"); }

void NpyRows::put(const char* bytes, size_t count, int64_t at) {
  while (count > 0) {
    const ssize_t written = ::pwrite(descriptor_, bytes, count, at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) give_up();
    bytes += written;
    at += written;
    count -= static_cast<size_t>(written);
  }
}

void NpyRows::write(int64_t row, const Tensor& values) {
  if (row < 0 || row >= rows_ || values.sizes() != at::IntArrayRef(row_))
    fail("row ", row, " of shape ", shape_text(values.sizes()), " is not one of the ", rows_, " rows of shape ",
         shape_text(row_), " of '", path_.string(), "'");
  const Tensor plain = values.to(at::kCPU, at::kFloat).contiguous();
  put(reinterpret_cast<const char*>(plain.data_ptr<float>()), plain.nbytes(),
      begin_ + row * static_cast<int64_t>(plain.nbytes()));
}

void NpyRows::commit() {
  if (::close(std::exchange(descriptor_, -1)) != 0) give_up();
  std::error_code status;
  std::filesystem::rename(partial_, path_, status);
  if (status) fail("'", path_.string(), "' cannot be written: ", status.message());
}

}  // namespace limpid
