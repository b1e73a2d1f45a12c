// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <charconv>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "limpid/core/random.h"
#include "limpid/data/wrapping.h"

namespace limpid {
namespace {

/// Where a position of the result is taken from, about the centre: [dy, dx] ↦ rows · [dy, dx] + offset.
struct Affine {
  double yy = 1, yx = 0, xy = 0, xx = 1, y = 0, x = 0;
  bool operator==(const Affine&) const = default;
};

Affine drawn_affine(const Augmentation& how, Random& random) {
  const double angle = random.uniform(-how.rotate, how.rotate) * M_PI / 180;
  const double size = std::exp(random.uniform(-1, 1) * std::log1p(how.scale));
  const double cosine = std::cos(angle) / size, sine = std::sin(angle) / size;
  Affine map{cosine, sine, -sine, cosine, random.uniform(-how.shift, how.shift), random.uniform(-how.shift, how.shift)};
  const bool left_right = how.flip && random.uniform() < 0.5, top_bottom = how.flip_rows && random.uniform() < 0.5;
  if (left_right) map.yx = -map.yx, map.xx = -map.xx;
  if (top_bottom) map.yy = -map.yy, map.xy = -map.xy;
  return map;
}

/// Bilinear, 0 beyond the borders.
float sampled(const float* plane, int64_t rows, int64_t columns, double y, double x) {
  if (!(y > -1 && x > -1 && y < static_cast<double>(rows) && x < static_cast<double>(columns))) return 0;
  const auto top = static_cast<int64_t>(std::floor(y)), left = static_cast<int64_t>(std::floor(x));
  const auto down = static_cast<float>(y - static_cast<double>(top)),
             right = static_cast<float>(x - static_cast<double>(left));
  const auto at = [&](int64_t r, int64_t c) {
    return r >= 0 && c >= 0 && r < rows && c < columns ? plane[r * columns + c] : 0;
  };
  return (1 - down) * ((1 - right) * at(top, left) + right * at(top, left + 1)) +
         down * ((1 - right) * at(top + 1, left) + right * at(top + 1, left + 1));
}

Tensor warped(const Tensor& input, const Affine& map) {
  const int64_t rows = input.size(1), columns = input.size(2);
  Tensor result = at::empty_like(input);
  const double middle_y = static_cast<double>(rows - 1) / 2, middle_x = static_cast<double>(columns - 1) / 2;
  for (int64_t c = 0; c < input.size(0); ++c) {
    const float* const from = input.data_ptr<float>() + c * rows * columns;
    float* to = result.data_ptr<float>() + c * rows * columns;
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t k = 0; k < columns; ++k) {
        const double dy = static_cast<double>(r) - middle_y, dx = static_cast<double>(k) - middle_x;
        *to++ = sampled(from, rows, columns, map.yy * dy + map.yx * dx + map.y + middle_y,
                        map.xy * dy + map.xx * dx + map.x + middle_x);
      }
  }
  return result;
}

Tensor changed(const Tensor& input, const Augmentation& how, Random random) {
  if (input.dim() != 3) fail("an input of shape ", shape_text(input.sizes()), " cannot be augmented; expected [C,H,W]");
  const bool picture = input.scalar_type() == at::kByte;
  const float unit = picture ? 255 : 1;
  Tensor values = input.to(at::kFloat).contiguous();
  const Affine map = drawn_affine(how, random);
  values = map == Affine{} ? values.clone() : warped(values, map);
  const auto added = static_cast<float>(random.uniform(-how.brightness, how.brightness)) * unit;
  const auto deviation = static_cast<float>(how.noise) * unit;
  float* value = values.data_ptr<float>();
  for (int64_t i = 0; i < values.numel(); ++i) {
    if (deviation > 0) value[i] += deviation * static_cast<float>(random.normal());
    value[i] += added;
    if (picture) value[i] = std::round(std::clamp(value[i], 0.f, 255.f));
  }
  return values.to(input.scalar_type());
}

double amount_of(const std::string& name, const std::string& text) {
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1e4))
    refuse("the augmentation ", name, " is '", text, "'; expected a number of at least 0, such as ", name, "=0.1");
  return value;
}

void set(Augmentation& how, const std::string& name, const std::string& value) {
  const std::map<std::string, bool Augmentation::*> flags = {{"flip", &Augmentation::flip},
                                                             {"flip-rows", &Augmentation::flip_rows}};
  const std::map<std::string, double Augmentation::*> amounts = {{"rotate", &Augmentation::rotate},
                                                                 {"shift", &Augmentation::shift},
                                                                 {"scale", &Augmentation::scale},
                                                                 {"noise", &Augmentation::noise},
                                                                 {"brightness", &Augmentation::brightness}};
  if (const auto flag = flags.find(name); flag != flags.end()) {
    if (!value.empty()) refuse("the augmentation ", name, " takes no number");
    how.*(flag->second) = true;
  } else if (const auto amount = amounts.find(name); amount != amounts.end()) {
    how.*(amount->second) = amount_of(name, value);
  } else {
    refuse_name("augmentation", name, {"flip", "flip-rows", "rotate", "shift", "scale", "noise", "brightness"});
  }
}

}  // namespace

Augmentation augmentation_of(const std::string& text) {
  Augmentation how;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    const size_t equals = word.find('=');
    set(how, word.substr(0, equals), equals == std::string::npos ? "" : word.substr(equals + 1));
  }
  return how;
}

Dataset augmented(const Dataset& data, const Augmentation& how, uint64_t seed) {
  if (how == Augmentation{}) return data;
  Dataset result = data;
  result.read = [data, how, seed](int64_t index, uint64_t epoch) {
    return changed(data.read(index, epoch), how, Random(mixed_seed({seed, epoch, static_cast<uint64_t>(index)})));
  };
  return result;
}

}  // namespace limpid
