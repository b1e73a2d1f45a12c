// SPDX-License-Identifier: Apache-2.0
#pragma once
// CLEAR as a picture: hue tells the class, brightness the level; with a legend of classes and their shares.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "limpid/render/picture.h"

namespace limpid {

/// Which class dominates each pixel, and how strongly.
struct DominantMap {
  Tensor classes;  // int32 [H,W]; −1 where no class responds
  Tensor level;    // float32 [H,W]; V = max(level, 0) / max level
};

struct ClassColor {
  int64_t index;  // −1: all classes that have no colour of their own
  std::string label;
  double share = 0;           // of Σ max(level, 0), 0 to 1
  double area = 0;            // of the pixels, 0 to 1
  std::optional<double> hue;  // degrees; none: gray
};

/// red, green, blue of 0 ≤ hue < 360, 0 ≤ saturation, value ≤ 1.
Color hsv_color(double hue, double saturation, double value);

/// The hue of a class: one of ten fixed ones where there are at most ten classes, otherwise evenly spaced.
double class_hue(int64_t index, int64_t classes);

/// The hue of an ordinal grade: blue for the lowest of `classes` to red for the highest.
double grade_hue(int64_t index, int64_t classes);

/// The classes of a map, those with the largest share first. Networks of at most ten classes have fixed hues; otherwise
/// the `most` classes with the largest shares have evenly spaced hues and the rest is gray, in one last entry.
std::vector<ClassColor> class_colors(const DominantMap& map, const std::vector<std::string>& labels, int64_t most = 12);

/// The hues that classes have in pictures which are looked at together, by index.
using ClassHues = std::map<int64_t, double>;

/// The same for one more of such pictures: a class that has a hue keeps it, and others take theirs, in the widest gaps
/// between those there are.
std::vector<ClassColor> class_colors(const DominantMap& map, const std::vector<std::string>& labels, ClassHues& hues,
                                     int64_t most = 12);

/// S = 1, V = level / full, at most 1; black where no class responds. [3,H,W], the size of the map. full = 0 stands for
/// the level that 99 % of the pixels do not exceed: of large networks most levels are far below the largest.
Tensor clear_colors(const DominantMap& map, const std::vector<ClassColor>& colors, double full = 0);

/// The hues laid over the gray input, more opaque where the level is higher: fully from the 99 % quantile on.
Tensor clear_over(const Tensor& input, const DominantMap& map, const std::vector<ClassColor>& colors,
                  double opacity = 0.7);

/// The picture with a legend at its right: colour, name and share of each class.
Tensor with_class_legend(const Tensor& picture, const std::vector<ClassColor>& colors);

/// Both pictures as they are looked at: enlarged, with legend.
Tensor clear_picture(const DominantMap& map, const std::vector<ClassColor>& colors, double full = 0,
                     int64_t least = 224);
Tensor clear_overlay(const Tensor& input, const DominantMap& map, const std::vector<ClassColor>& colors,
                     double opacity = 0.7, int64_t least = 224);

/// The binary map: class 0 where the evidence for is positive and the larger, class 1 where the evidence against is.
DominantMap for_against(const Tensor& evidence_for, const Tensor& evidence_against);

/// Its two colours, red for and blue against.
std::vector<ClassColor> for_against_colors(const DominantMap& map, const std::string& label_for,
                                           const std::string& label_against);

}  // namespace limpid
