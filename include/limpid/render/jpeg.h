// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pictures as JPEG files, a tenth of a PNG's size, for pages that hold thousands of photographs.

#include <string>

#include "limpid/core/tensor.h"

namespace limpid {

/// The JPEG file of a picture, uint8 [1 gray or 3 RGB, H, W]; quality 1 to 100.
std::string encode_jpeg(const Tensor& picture, int quality = 82);

}  // namespace limpid
