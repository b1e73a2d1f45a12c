// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a picture to a network's input and back to the picture that the network saw.

#include <string_view>

#include "limpid/core/tensor.h"

namespace limpid {

enum class ChannelOrder { rgb, bgr, gray };

/// input = (value · scale − mean) / std, values 0..255, in the network's channel order.
struct Preprocess {
  ChannelOrder channels = ChannelOrder::rgb;
  double scale = 1;
  std::vector<double> mean = {};  // one a channel, or one for all; empty: 0
  std::vector<double> std = {};   // empty: 1
  int64_t height = 0;             // 0: the image's own
  int64_t width = 0;
  bool crop = false;  // keep the aspect: resize the short side, cut the centre out

  bool operator==(const Preprocess&) const = default;
};

/// "unit", "imagenet", "caffe", "none"
std::vector<std::string> preprocess_presets();

/// For a network with the input [channels,height,width]; one channel gets the mean of a preset's three.
Preprocess preprocess_preset(std::string_view name, int64_t channels, int64_t height, int64_t width);

/// uint8 [1|3,H,W] → float32 [1|3,height,width]. An image of exactly that size is not resized. With crop the short side
/// becomes 256 for sizes from 224 to 256, else size·8/7. Bilinear, half-pixel centres, antialiased when shrinking.
Tensor preprocess(const Tensor& image, const Preprocess& how);

/// [C,H,W] → uint8 [3,H,W]. Values that cannot come from `how` (an array made elsewhere: another number of channels,
/// outside of 0..255, or within two of 255 levels) are stretched from their minimum to their maximum.
Tensor unprocess(const Tensor& input, const Preprocess& how);

/// {"channels", "scale", "mean", "std", "size": [H,W], "crop"}: a model's metadata entry `preprocess`.
std::string to_json(const Preprocess& how);
Preprocess preprocess_from_json(std::string_view text);

}  // namespace limpid
