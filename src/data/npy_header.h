// SPDX-License-Identifier: Apache-2.0
#pragma once
// The text before the values of a .npy file: a Python dictionary literal.

#include <string_view>

#include "limpid/core/tensor.h"

namespace limpid {

struct NpyHeader {
  std::string descr;  // byte order and type, for example "<f4"
  bool fortran_order = false;
  Shape shape;
  size_t size = 0;  // bytes before the values
};

/// Throws an Error that begins with `name` for anything but the three keys, once each, with values of their kinds.
NpyHeader parse_npy_header(std::string_view bytes, const std::string& name);

/// Version 1.0, padded so that the values begin at a multiple of 64 bytes.
std::string npy_header_bytes(const std::string& descr, at::IntArrayRef shape);

}  // namespace limpid
