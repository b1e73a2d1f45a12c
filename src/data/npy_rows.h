// SPDX-License-Identifier: Apache-2.0
#pragma once
// A float32 .npy file whose rows come one by one, in any order, and are not held in memory.

#include <filesystem>

#include "limpid/core/tensor.h"

namespace limpid {

/// Named <path>.partial until it is committed, and kept under that name where it never is, for another to go on with.
/// Rows that were not written are 0.
class NpyRows {
 public:
  /// Of the shape [outer…, row…]; rows are counted in the order of the outer axes. `going_on`: with what is there,
  /// which must be of the same shape, instead of from nothing.
  NpyRows(std::filesystem::path path, const Shape& outer, Shape row, bool going_on);
  ~NpyRows();
  NpyRows(NpyRows&& other) noexcept;
  NpyRows(const NpyRows&) = delete;
  NpyRows& operator=(const NpyRows&) = delete;

  void write(int64_t row, const Tensor& values);
  void commit();

 private:
  void put(const char* bytes, size_t count, int64_t at);
  [[noreturn]] void give_up();

  std::filesystem::path path_, partial_;
  Shape row_;  // of a row
  int64_t rows_, begin_ = 0;
  int descriptor_ = -1;
};

}  // namespace limpid
