// SPDX-License-Identifier: Apache-2.0
#pragma once
// Colour maps, written in one line each, and the scale that takes values to colours.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "limpid/core/tensor.h"

namespace limpid {

using Color = std::array<uint8_t, 3>;  // red, green, blue

struct ColorMap {
  static constexpr int kSteps = 1024;  // even: the middle of a signed map has an entry of its own

  std::string name;
  std::string notation;  // as colormap() reads it
  bool is_signed = false;
  std::vector<Color> table;  // kSteps + 1 colours

  /// The colour at 0 ≤ position ≤ 1.
  Color at(double position) const;
};

/// Reads "0:000004 0.4:bc3754 1:fcffa4" or, evenly spaced, "000004 bc3754 fcffa4", after a first word "signed" for a
/// map whose middle stands for zero. Between two stops the colour is linear in sRGB.
ColorMap colormap(std::string_view name, std::string_view notation);

/// The maps that have a name: "signed" and "unsigned".
const std::vector<ColorMap>& colormaps();

/// One of colormaps() by name; throws UsageError with the list otherwise.
const ColorMap& find_colormap(std::string_view name);

/// The values at the two ends of a colour map.
struct ColorScale {
  double low = 0;
  double high = 0;
  bool clipped = false;  // some values lie beyond the ends; a colour bar says so
};

/// ±max |v| for a signed map, 0 to max for an unsigned one.
ColorScale scale_of(const Tensor& values, const ColorMap& map);

/// The same, but to the quantile of the values that are not zero (|v| of a signed map, v > 0 of an unsigned one): a few
/// outliers, usual in gradients, do not leave the rest without colour.
ColorScale quantile_scale(const Tensor& values, const ColorMap& map, double quantile = 0.99);

/// Colours [3,H,W] uint8 of values [H,W]; values beyond the scale take the colour of its end. A scale without extent
/// gives the colour of zero everywhere.
Tensor apply(const Tensor& values, const ColorMap& map, const ColorScale& scale);

}  // namespace limpid
