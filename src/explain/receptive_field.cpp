// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/receptive_field.h"

#include <cmath>
#include <limits>

#include "explain/box_ranges.h"
#include "explain/legs.h"
#include "net/spread.h"

namespace limpid {

Box ReceptiveField::box(int64_t row, int64_t column) const {
  const auto part = [this](size_t a, int64_t place) {
    const bool all = whole || size[a] >= input[a];
    return all ? std::pair{int64_t{0}, input[a]} : std::pair{place * stride[a] - before[a], size[a]};
  };
  const auto [first_row, rows] = part(0, row);
  const auto [first_column, columns] = part(1, column);
  return {first_row, first_column, rows, columns};
}

std::array<double, 2> ReceptiveField::centre(int64_t row, int64_t column) const {
  const std::array<int64_t, 2> at = {row, column};
  std::array<double, 2> middle{};
  for (size_t a = 0; a < 2; ++a) {
    const auto place = static_cast<double>(at[a]);
    middle[a] = whole ? (place + .5) * static_cast<double>(input[a]) / static_cast<double>(map[a]) - .5
                      : place * static_cast<double>(stride[a]) - static_cast<double>(before[a]) +
                            static_cast<double>(size[a] - 1) / 2;
  }
  return middle;
}

std::array<int64_t, 2> ReceptiveField::position(double row, double column) const {
  const std::array<double, 2> first = centre(0, 0), second = centre(1, 1);
  return {std::llround((row - first[0]) / (second[0] - first[0])),
          std::llround((column - first[1]) / (second[1] - first[1]))};
}

ReceptiveField receptive_field(const Network& network, int node) {
  const Shape &input = network.input_shape(), &map = network[node].shape;
  ReceptiveField field{true, {1, 1}, {1, 1}, {0, 0}, {1, 1}, {1, 1}};
  if (input.size() != 3 || map.size() != 3) {
    field.input = {1, input.back()};
    field.map = {1, map.back()};
    return field;
  }
  field.input = {input[1], input[2]};
  field.map = {map[1], map[2]};
  const auto ranges = ranges_of_boxes(network, Spread(network, {node}).reach, between(network, node, 0), node, 1, 1,
                                      std::numeric_limits<double>::infinity());
  if (!ranges[0]) return field;
  field.whole = false;
  for (size_t a = 0; a < 2; ++a) {
    field.size[a] = (*ranges[0])[a].size;
    field.stride[a] = (*ranges[0])[a].stride;
    field.before[a] = (*ranges[0])[a].before;
  }
  return field;
}

}  // namespace limpid
