// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pictures to look at: heat maps with a labelled colour bar, overlays, grids. A picture is uint8 [3,H,W].

#include <string>
#include <vector>

#include "limpid/render/colormap.h"

namespace limpid {

/// The picture in gray (ITU-R BT.601 luma), with three channels.
Tensor grayed(const Tensor& picture);

/// Every pixel repeated by the smallest whole number that makes the longer side at least `least` pixels.
Tensor enlarged(const Tensor& picture, int64_t least = 224);

/// opacity · heat + (1 − opacity) · input; both pictures have the same size.
Tensor overlay(const Tensor& input, const Tensor& heat, double opacity);

/// The same with an opacity of its own for each pixel: opacity · strength [H,W], 0 ≤ strength ≤ 1.
Tensor overlay(const Tensor& input, const Tensor& heat, double opacity, const Tensor& strength);

/// |value| / max |end of the scale|: the strength with which values cover the input.
Tensor strength(const Tensor& values, const ColorScale& scale);

/// The picture with a colour bar at its right: numbers at both ends and at zero.
Tensor with_color_bar(const Tensor& picture, const ColorMap& map, const ColorScale& scale);

/// The bar alone, `height` pixels or more.
Tensor color_bar(const ColorMap& map, const ColorScale& scale, int64_t height);

/// Values [H,W] as a heat map, large enough to look at, with its colour bar.
Tensor heat_picture(const Tensor& values, const ColorMap& map, const ColorScale& scale, int64_t least = 224);

/// The same laid over the input [1|3,H,W], gray (pale under a signed map), each pixel as opaque as its value is large
/// (a quantile_scale keeps more than a few outliers visible).
Tensor heat_overlay(const Tensor& input, const Tensor& values, const ColorMap& map, const ColorScale& scale,
                    double opacity = 0.9, int64_t least = 224);

struct GridCell {
  Tensor picture;  // undefined: an empty place
  std::string caption;
};

/// Rows × columns of pictures: layers × units, methods × inputs. Headings may be left out.
struct PictureGrid {
  std::vector<std::vector<GridCell>> rows;
  std::vector<std::string> row_headings;
  std::vector<std::string> column_headings;
  std::string note = {};  // one line or more below all rows
};

/// The grid as one picture; captions and headings are wrapped, never cut.
Tensor draw_grid(const PictureGrid& grid);

/// One heat map a class, all on one scale, as a grid of `columns`: maps [K,H,W], a caption each; below them a note.
Tensor class_panel(const Tensor& maps, const std::vector<std::string>& captions, const ColorMap& map,
                   int64_t columns = 5, const std::string& note = "");

/// A number in at most three significant digits: "0", "−0.0123", "4.5e−7".
std::string short_number(double value);

}  // namespace limpid
