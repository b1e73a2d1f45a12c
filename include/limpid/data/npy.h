// SPDX-License-Identifier: Apache-2.0
#pragma once
// NumPy's .npy files, the raw form of inputs and attributions.

#include <filesystem>
#include <string_view>

#include "limpid/core/tensor.h"

namespace limpid {

inline constexpr uint64_t npy_limit = uint64_t{4} << 30;  // bytes of a file

/// Versions 1.0 to 3.0; float16/32/64, int8 to int64, uint8 and bool of either byte order; C or Fortran order.
/// The tensor has the file's type and is row-major.
Tensor read_npy(const std::filesystem::path& path, uint64_t limit = npy_limit);

/// The same from memory; `name` is what errors call it.
Tensor decode_npy(std::string_view bytes, const std::string& name);

/// The shape that a file's header tells, without reading its values.
Shape npy_shape(const std::filesystem::path& path);

bool looks_like_npy(std::string_view bytes);

/// Version 1.0, little endian, C order whatever the tensor's memory format; float16, float32, float64, int32, int64 or
/// uint8.
std::string npy_bytes(const Tensor& tensor);
void write_npy(const std::filesystem::path& path, const Tensor& tensor);

}  // namespace limpid
