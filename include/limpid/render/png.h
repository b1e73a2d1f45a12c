// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pictures as PNG files.

#include <filesystem>
#include <string>

#include "limpid/core/tensor.h"

namespace limpid {

/// The PNG file of a picture, uint8 [1 gray, 3 RGB or 4 RGBA, H, W].
std::string encode_png(const Tensor& picture);

void write_png(const std::filesystem::path& path, const Tensor& picture);

}  // namespace limpid
