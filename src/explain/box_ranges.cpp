// SPDX-License-Identifier: Apache-2.0
#include "explain/box_ranges.h"

#include <algorithm>

namespace limpid {
namespace {

/// Both together; nothing where they do not lie alike for all boxes.
std::optional<Ranges> hull(const Ranges& a, const Ranges& b) {
  Ranges both = a;
  for (size_t i = 0; i < 2; ++i) {
    if (a[i].stride != b[i].stride) return std::nullopt;
    both[i].before = std::max(a[i].before, b[i].before);
    both[i].size = both[i].before + std::max(a[i].size - a[i].before, b[i].size - b[i].before);
  }
  return both;
}

bool is_small(const Ranges& part, const Shape& shape, double most) {
  return shape.size() == 3 &&
         static_cast<double>(part[0].size * part[1].size) <= most * static_cast<double>(shape[1] * shape[2]);
}

}  // namespace

Ranges looked_at(const Ranges& ranges, const Reach& reach) {
  Ranges below;
  for (size_t a = 0; a < 2; ++a)
    below[a] = {ranges[a].stride * reach.stride[a], ranges[a].before * reach.stride[a] + reach.before[a],
                (ranges[a].size - 1) * reach.stride[a] + reach.extent[a]};
  return below;
}

Place place_of(const Ranges& ranges, const Tensor& places, int64_t m) {
  const int64_t* box = places.data_ptr<int64_t>() + 2 * m;
  return {box[0] * ranges[0].stride - ranges[0].before, box[1] * ranges[1].stride - ranges[1].before};
}

std::vector<std::optional<Ranges>> ranges_of_boxes(const Network& network,
                                                   const std::vector<std::optional<Reach>>& reach,
                                                   const std::vector<bool>& on_way, int from, int64_t rows,
                                                   int64_t columns, double most) {
  std::vector<std::optional<Ranges>> ranges(on_way.size());
  std::vector<bool> whole(on_way.size(), false);
  ranges[static_cast<size_t>(from)] = Ranges{{{1, 0, rows}, {1, 0, columns}}};
  for (int i = from; i >= 0; --i) {  // in parts when all that read it are, and their parts lie alike for all boxes
    const auto slot = static_cast<size_t>(i);
    if (!on_way[slot]) continue;
    whole[slot] = whole[slot] || !reach[slot] || !ranges[slot] || !is_small(*ranges[slot], network[i].shape, most);
    if (whole[slot]) ranges[slot].reset();
    for (const int input : network[i].inputs) {
      const auto below = static_cast<size_t>(input);
      if (!whole[slot]) {
        const Ranges part = looked_at(*ranges[slot], *reach[slot]);
        const std::optional<Ranges> both = ranges[below] ? hull(*ranges[below], part) : part;
        if (both) ranges[below] = *both;
        whole[below] = whole[below] || !both;
      } else {
        whole[below] = true;
      }
    }
  }
  for (size_t i = 0; i < on_way.size(); ++i)
    if (!on_way[i]) ranges[i].reset();
  return ranges;
}

}  // namespace limpid
