// SPDX-License-Identifier: Apache-2.0
#include "pipeline/studies/landmarks.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "core/whole.h"
#include "limpid/core/error.h"
#include "limpid/core/lookup.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kTries = 20;  // of placing all boxes

/// One document on its way to landmarks.
class LandmarkReader {
 public:
  LandmarkReader(const std::string& name, const Dataset& pictures) : name_(name), pictures_(pictures) {}

  Landmarks landmarks(const Json& document) {
    Landmarks all;
    for (const auto& [label, names] : document.at("landmarks").items()) {
      all.classes.emplace_back(label_of(label), names.get<std::vector<std::string>>());
      for (const char* reserved : {kAllLandmarks, kMarkers, kCorners})
        if (std::count(all.classes.back().second.begin(), all.classes.back().second.end(), reserved))
          fail(name_, " calls a landmark '", reserved, "', which has a meaning of its own; another name works");
    }
    for (const Json& image : document.at("images")) all.exemplars.push_back(exemplar(image, all));
    for (const auto& [label, names] : all.classes)
      if (std::none_of(all.exemplars.begin(), all.exemplars.end(),
                       [label = label](const Exemplar& e) { return e.label == label; }))
        fail(name_, " has no image of the class '", class_name(label), "', which has landmarks; expected at least one");
    return all;
  }

 private:
  const std::string& class_name(int64_t label) const { return pictures_.classes[static_cast<size_t>(label)]; }

  int64_t label_of(const std::string& name) const {
    const auto found = std::find(pictures_.classes.begin(), pictures_.classes.end(), name);
    if (found == pictures_.classes.end())
      fail(name_, " has landmarks of the class '", name,
           "', which the data do not have; classes are: ", listed(pictures_.classes));
    return found - pictures_.classes.begin();
  }

  int64_t index_of(const std::string& image) {
    for (int64_t i = 0; i < pictures_.size(); ++i)
      if (const std::string& path = pictures_[i].name; path == image || path.ends_with("/" + image)) {
        if (!seen_.insert(i).second)
          fail(name_, " has the image '", image, "' twice; expected all its boxes in one entry");
        return i;
      }
    fail(name_, " has boxes on the image '", image, "', which is not among the test pictures (", pictures_.description,
         "); expected the end of a picture's path, such as Hand/000062.jpeg");
  }

  Box box(const Json& numbers, const std::string& image, int64_t height, int64_t width) const {
    const auto n = whole_numbers(numbers);
    if (n.size() != 4 || n[0] < 0 || n[1] < 0 || n[0] >= n[2] || n[1] >= n[3] || n[2] > width || n[3] > height)
      fail(name_, " has the box ", numbers.dump(), " on '", image,
           "'; expected [x0, y0, x1, y1] with 0 <= x0 < x1 <= ", width, " and 0 <= y0 < y1 <= ", height);
    return {n[0], n[1], n[2], n[3]};
  }

  Exemplar exemplar(const Json& entry, const Landmarks& all) {
    Exemplar exemplar{0, 0, entry.at("image").get<std::string>(), {}, {}};
    exemplar.index = index_of(exemplar.image);
    exemplar.label = pictures_[exemplar.index].label;
    const Shape shape = pictures_.read(exemplar.index, 0).sizes().vec(), size = whole_numbers(entry.at("size"));
    if (size != Shape(shape.begin() + 1, shape.end()))
      fail(name_, " has '", exemplar.image, "' as ", shape_text(size), "; the picture is ", shape_text(shape));
    std::set<std::string> known = {kMarkers};
    for (const std::string& name : names_of(exemplar, all)) {
      known.insert(name);
      if (!entry.at("boxes").contains(name)) continue;
      exemplar.landmarks.push_back({name, {}});
      for (const Json& box_of : entry["boxes"][name])
        exemplar.landmarks.back().boxes.push_back(box(box_of, exemplar.image, size[0], size[1]));
      if (exemplar.landmarks.back().boxes.empty()) exemplar.landmarks.pop_back();
    }
    for (const auto& [name, boxes] : entry["boxes"].items())
      if (!known.contains(name))
        fail(name_, " has the landmark '", name, "' on '", exemplar.image, "'; those of the class '",
             class_name(exemplar.label), "' are: ", listed({known.begin(), known.end()}));
    for (const Json& box_of : entry["boxes"].value(kMarkers, Json::array()))
      exemplar.markers.push_back(box(box_of, exemplar.image, size[0], size[1]));
    if (exemplar.landmarks.empty()) fail(name_, " has no landmark on '", exemplar.image, "'; expected at least one");
    return exemplar;
  }

  const std::vector<std::string>& names_of(const Exemplar& exemplar, const Landmarks& all) const {
    for (const auto& [label, names] : all.classes)
      if (label == exemplar.label) return names;
    fail(name_, " has the image '", exemplar.image, "' of the class '", class_name(exemplar.label),
         "', for which it lists no landmarks");
  }

  const std::string& name_;
  const Dataset& pictures_;
  std::set<int64_t> seen_;
};

/// All upper left corners at which a box [height, width] touches nothing of `taken`, as y·W + x.
std::vector<int64_t> free_places(const Tensor& taken, int64_t height, int64_t width) {
  const Tensor sums = at::constant_pad_nd(taken.to(at::kLong).cumsum(0).cumsum(1), {1, 0, 1, 0});
  const int64_t rows = taken.size(0) - height + 1, columns = taken.size(1) - width + 1;
  if (rows < 1 || columns < 1) return {};
  const auto part = [&](int64_t y, int64_t x) { return sums.narrow(0, y, rows).narrow(1, x, columns); };
  const Tensor inside = part(height, width) - part(0, width) - part(height, 0) + part(0, 0);
  const Tensor places = at::nonzero(inside == 0);
  const Tensor flat = (places.select(1, 0) * taken.size(1) + places.select(1, 1)).contiguous();
  return {flat.data_ptr<int64_t>(), flat.data_ptr<int64_t>() + flat.numel()};
}

/// The boxes' indices, the largest first: it is the hardest to place.
std::vector<size_t> largest_first(const std::vector<Box>& boxes) {
  std::vector<size_t> order(boxes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto area = [&](size_t i) { return (boxes[i].x1 - boxes[i].x0) * (boxes[i].y1 - boxes[i].y0); };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return area(a) > area(b); });
  return order;
}

void take(const Tensor& taken, const Box& box) {
  taken.narrow(0, box.y0, box.y1 - box.y0).narrow(1, box.x0, box.x1 - box.x0).fill_(true);
}

}  // namespace

Landmarks read_landmarks(std::string_view json, const std::string& name, const Dataset& pictures) {
  try {
    return LandmarkReader(name, pictures).landmarks(Json::parse(json));
  } catch (const Json::exception& error) {
    fail(name, " is not a document of landmarks: ", error.what(), "; docs/studies.md has its form");
  }
}

std::vector<Region> regions_of(const Exemplar& exemplar, int64_t height, int64_t width) {
  std::vector<Region> regions = exemplar.landmarks;
  Region all{kAllLandmarks, {}};
  for (const Region& landmark : exemplar.landmarks)
    all.boxes.insert(all.boxes.end(), landmark.boxes.begin(), landmark.boxes.end());
  regions.push_back(all);
  if (!exemplar.markers.empty()) regions.push_back({kMarkers, exemplar.markers});
  const int64_t side = std::max<int64_t>(1, std::min(height, width) / 8);
  Region corners{kCorners, {}};
  for (const int64_t y : {int64_t{0}, height - side})
    for (const int64_t x : {int64_t{0}, width - side}) corners.boxes.push_back({x, y, x + side, y + side});
  regions.push_back(corners);
  return regions;
}

Tensor mask_of(const std::vector<Box>& boxes, int64_t height, int64_t width) {
  const Tensor mask = at::zeros({height, width}, at::kBool);
  for (const Box& box : boxes) take(mask, box);
  return mask;
}

std::optional<std::vector<Box>> boxes_beside(const std::vector<Box>& boxes, const Tensor& taken, Random& random) {
  const std::vector<size_t> order = largest_first(boxes);
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const Tensor full = taken.clone();
    std::vector<Box> placed(boxes.size());
    size_t done = 0;
    for (const size_t i : order) {
      const int64_t height = boxes[i].y1 - boxes[i].y0, width = boxes[i].x1 - boxes[i].x0;
      const std::vector<int64_t> places = free_places(full, height, width);
      if (places.empty()) break;
      const int64_t place = places[static_cast<size_t>(random.below(static_cast<int64_t>(places.size())))];
      const int64_t y = place / taken.size(1), x = place % taken.size(1);
      placed[i] = {x, y, x + width, y + height};
      take(full, placed[i]);
      ++done;
    }
    if (done == boxes.size()) return placed;
  }
  return std::nullopt;
}

}  // namespace limpid
