// SPDX-License-Identifier: Apache-2.0
#include "render/raster.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>

#include "limpid/core/error.h"

namespace limpid {

Tensor new_picture(int64_t height, int64_t width, int64_t channels) {
  return at::empty({height, width, channels}, at::kByte).permute({2, 0, 1});
}

Tensor new_picture(int64_t height, int64_t width, const Color& color) {
  Tensor picture = new_picture(height, width, 3);
  fill_rectangle(picture, 0, 0, width, height, color);
  return picture;
}

Tensor interleaved(const Tensor& picture) {
  const bool fits = picture.defined() && picture.dim() == 3 && picture.scalar_type() == at::kByte &&
                    (picture.size(0) == 1 || picture.size(0) == 3 || picture.size(0) == 4) && picture.numel() > 0;
  if (!fits)
    fail("got ", picture.defined() ? shape_text(picture.sizes()) : "nothing",
         " as a picture; a picture is uint8 [1, 3 or 4, height, width]");
  return picture.cpu().permute({1, 2, 0}).contiguous().permute({2, 0, 1});
}

Raster raster(const Tensor& picture) {
  return {picture.data_ptr<uint8_t>(), picture.size(0), picture.size(1), picture.size(2)};
}

Tensor as_rgb(const Tensor& picture) {
  if (picture.defined() && picture.dim() == 3 && picture.size(0) == 1)
    return interleaved(picture.expand({3, picture.size(1), picture.size(2)}));
  return interleaved(picture);
}

void paste(const Tensor& target, const Tensor& picture, int64_t x, int64_t y) {
  const Tensor source = as_rgb(picture);
  const Raster from = raster(source), to = raster(target);
  const int64_t left = std::max<int64_t>(0, -x), right = std::min(from.width, to.width - x);
  if (right <= left) return;
  for (int64_t v = std::max<int64_t>(0, -y); v < std::min(from.height, to.height - y); ++v)
    std::memcpy(to.row(y + v) + 3 * (x + left), from.row(v) + 3 * left, static_cast<size_t>(3 * (right - left)));
}

void fill_rectangle(const Tensor& target, int64_t x, int64_t y, int64_t width, int64_t height, const Color& color) {
  const Raster to = raster(target);
  const int64_t left = std::max<int64_t>(0, x), right = std::min(to.width, x + width);
  for (int64_t v = std::max<int64_t>(0, y); v < std::min(to.height, y + height); ++v)
    for (int64_t u = left; u < right; ++u) std::copy(color.begin(), color.end(), to.row(v) + 3 * u);
}

Tensor float_map(const Tensor& map, const char* what) {
  if (!map.defined() || map.dim() != 2 || map.numel() == 0)
    fail("got ", map.defined() ? shape_text(map.sizes()) : "nothing", " as ", what,
         "; it has two dimensions, height and width");
  return map.to(at::kCPU, at::kFloat).contiguous();
}

}  // namespace limpid
