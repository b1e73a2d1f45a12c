// SPDX-License-Identifier: Apache-2.0
#pragma once
// Landmarks: boxes that a person drew on some pictures of a data set, and equally large ones beside them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "limpid/core/random.h"
#include "limpid/data/dataset.h"

namespace limpid {

/// Pixels from the upper left corner; x1 and y1 are the first beyond it.
struct Box {
  int64_t x0, y0, x1, y1;

  bool operator==(const Box&) const = default;
};

/// Boxes that are one thing: their union counts, so a pixel in two of them counts once.
struct Region {
  std::string name;
  std::vector<Box> boxes;
};

/// A picture on which landmarks are drawn.
struct Exemplar {
  int64_t index, label;           // of the picture in its data set
  std::string image;              // as the file of landmarks calls it
  std::vector<Region> landmarks;  // those drawn, in their class's order
  std::vector<Box> markers;       // letters and other things that are not anatomy
};

struct Landmarks {
  std::vector<std::pair<int64_t, std::vector<std::string>>> classes;  // label and names, in the file's order
  std::vector<Exemplar> exemplars;
};

/// From a document {"landmarks": {class: [name, …]}, "images": [{"image": "class/file", "size": [H, W], "boxes": {name
/// or "markers": [[x0, y0, x1, y1], …]}}]}. Throws where it names a class, image or landmark that is not there, and for
/// boxes that reach out of their picture; `name` is what errors call the document.
Landmarks read_landmarks(std::string_view json, const std::string& name, const Dataset& pictures);

inline constexpr const char* kAllLandmarks = "all landmarks";
inline constexpr const char* kMarkers = "markers";
inline constexpr const char* kCorners = "corners";

/// Each landmark of an exemplar alone, the union of all of them, its markers, and the four corners, squares of an
/// eighth of the shorter side.
std::vector<Region> regions_of(const Exemplar& exemplar, int64_t height, int64_t width);

/// bool [H, W]
Tensor mask_of(const std::vector<Box>& boxes, int64_t height, int64_t width);

/// Boxes of the same sizes at random places that touch neither each other nor what is `taken` (bool [H, W]); nothing
/// where there is no room for them.
std::optional<std::vector<Box>> boxes_beside(const std::vector<Box>& boxes, const Tensor& taken, Random& random);

}  // namespace limpid
