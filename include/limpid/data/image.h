// SPDX-License-Identifier: Apache-2.0
#pragma once
// PNG and JPEG files as tensors; what a file is, its first bytes say, not its name.

#include <filesystem>
#include <string_view>

#include "limpid/core/tensor.h"

namespace limpid {

struct ImageLimits {
  int64_t pixels = 100'000'000;
  uint64_t bytes = uint64_t{256} << 20;  // of the file
};

/// uint8 [C,H,W], row-major, C 1 (grey) or 3 (red, green, blue). Transparency is laid over white, 16 bits become 8,
/// CMYK becomes RGB; colour profiles and the EXIF orientation are not applied. Truncated and damaged files throw.
Tensor read_image(const std::filesystem::path& path, const ImageLimits& limits = {});

/// The same from memory; `name` is what errors call it.
Tensor decode_image(std::string_view bytes, const std::string& name, const ImageLimits& limits = {});

}  // namespace limpid
