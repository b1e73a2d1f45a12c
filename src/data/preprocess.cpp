// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/preprocess.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numeric>

#include "data/check_preprocess.h"
#include "limpid/core/error.h"
#include "limpid/core/lookup.h"

namespace limpid {
namespace {

constexpr int64_t most_pixels = 100'000'000;  // of a resized picture

struct Preset {
  std::string name;
  Preprocess how;  // for three channels
};

const std::vector<Preset>& presets() {
  static const std::vector<Preset> list = {
      {"unit", {.scale = 1.0 / 255}},
      {"imagenet", {.scale = 1.0 / 255, .mean = {.485, .456, .406}, .std = {.229, .224, .225}, .crop = true}},
      {"caffe", {.channels = ChannelOrder::bgr, .mean = {104, 117, 123}, .crop = true}},
      {"none", {}},
  };
  return list;
}

std::vector<double> averaged(const std::vector<double>& values) {
  if (values.empty()) return {};
  return {std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size())};
}

/// [channels,1,1]; empty values stand for `fallback`.
Tensor per_channel(const std::vector<double>& values, double fallback) {
  const std::vector<double> given = values.empty() ? std::vector<double>{fallback} : values;
  return at::tensor(given, at::kFloat).view({-1, 1, 1});
}

/// Bilinear, half-pixel centres, widened by the shrinking factor: an average, not a sample.
Tensor resized(const Tensor& plane, int64_t height, int64_t width) {
  if (plane.size(0) == height && plane.size(1) == width) return plane;
  return at::_upsample_bilinear2d_aa(plane.unsqueeze(0).unsqueeze(0), at::IntArrayRef{height, width}, false,
                                     c10::nullopt, c10::nullopt)[0][0];
}

/// The size before the centre is cut out.
std::pair<int64_t, int64_t> extent_before_crop(int64_t height, int64_t width, const Preprocess& how) {
  const int64_t size = std::max(how.height, how.width);
  const int64_t shorter = size >= 224 && size <= 256 ? 256 : (16 * size + 7) / 14;  // round(size·8/7)
  const int64_t least = std::min(height, width);
  const std::pair<int64_t, int64_t> extent{shorter * height / least, shorter * width / least};
  if (extent.first > most_pixels / extent.second) {
    fail("a picture of ", height, "x", width, " (HxW) is too long to be resized to a short side of ", shorter,
         "; cut it, or switch the crop off");
  }
  return extent;
}

/// float32 [H,W] → float32 [height,width]
Tensor fitted(const Tensor& plane, const Preprocess& how) {
  const int64_t height = plane.size(0), width = plane.size(1);
  if (how.height == 0 || (height == how.height && width == how.width)) return plane;
  if (!how.crop) return resized(plane, how.height, how.width);
  const auto [tall, wide] = extent_before_crop(height, width, how);
  return resized(plane, tall, wide)
      .narrow(0, (tall - how.height) / 2, how.height)
      .narrow(1, (wide - how.width) / 2, how.width);
}

Tensor luma(const Tensor& image) {
  Tensor grey = image[0].to(at::kFloat).mul_(.299);
  return grey.add_(image[1].to(at::kFloat), .587).add_(image[2].to(at::kFloat), .114);
}

/// float32 [channels,height,width], values 0..255; one plane is converted at a time, since images may be large.
Tensor in_channel_order(const Tensor& image, const Preprocess& how) {
  if (how.channels == ChannelOrder::gray && image.size(0) == 3) return fitted(luma(image), how).unsqueeze(0);
  std::vector<Tensor> planes;
  for (int64_t c = 0; c < image.size(0); ++c) planes.push_back(fitted(image[c].to(at::kFloat), how));
  if (how.channels == ChannelOrder::bgr) std::reverse(planes.begin(), planes.end());
  if (how.channels != ChannelOrder::gray) planes.resize(3, planes[0]);
  return at::stack(planes);
}

Tensor stretched(const Tensor& values) {
  const Tensor grey = values.size(0) == 3 ? values : values.mean(0, true);
  const Tensor low = grey.min(), range = grey.max() - low;
  return range.item<float>() > 0 ? (grey - low) * (255 / range) : at::full_like(grey, 127.5);
}

/// Whether whole `levels` may be a picture's.
bool is_picture(const Tensor& levels) {
  const auto low = levels.min().item<float>(), high = levels.max().item<float>();
  return low >= 0 && high <= 255 && (high - low >= 2 || low >= 2 || high == 0);
}

}  // namespace

std::vector<std::string> preprocess_presets() {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) names.push_back(preset.name);
  return names;
}

Preprocess preprocess_preset(std::string_view name, int64_t channels, int64_t height, int64_t width) {
  Preprocess how = lookup("preprocessing", name, presets()).how;
  if (channels != 1 && channels != 3) {
    refuse("preprocessing '", name, "' makes 1 or 3 channels of a picture, and the network has ", channels,
           "; give it .npy arrays");
  }
  if (channels == 1) {
    how.channels = ChannelOrder::gray;
    how.mean = averaged(how.mean);
    how.std = averaged(how.std);
  }
  how.height = height;
  how.width = width;
  return how;
}

Tensor preprocess(const Tensor& image, const Preprocess& how) {
  check_preprocess(how);
  if (image.scalar_type() != at::kByte || image.dim() != 3 || (image.size(0) != 1 && image.size(0) != 3) ||
      image.numel() == 0) {
    fail("a picture of ", c10::toString(image.scalar_type()), " ", shape_text(image.sizes()),
         " cannot be preprocessed; expected uint8 [1,H,W] or [3,H,W]");
  }
  return in_channel_order(image, how).mul_(how.scale).sub_(per_channel(how.mean, 0)).div_(per_channel(how.std, 1));
}

Tensor unprocess(const Tensor& input, const Preprocess& how) {
  check_preprocess(how);
  if (input.dim() != 3 || input.numel() == 0) {
    fail("an input of shape ", shape_text(input.sizes()), " has no picture; expected [C,H,W]");
  }
  const Tensor values = input.to(at::kCPU, at::kFloat);
  Tensor levels;
  if (values.size(0) == (how.channels == ChannelOrder::gray ? 1 : 3)) {
    levels = ((values * per_channel(how.std, 1) + per_channel(how.mean, 0)) / how.scale).round();
    if (how.channels == ChannelOrder::bgr) levels = levels.flip(0);
  }
  if (!levels.defined() || !is_picture(levels)) levels = stretched(values);
  return levels.round().clamp(0, 255).to(at::kByte).expand({3, -1, -1}).contiguous();
}

}  // namespace limpid
