// SPDX-License-Identifier: Apache-2.0
#include "pipeline/crystals/local_files.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "limpid/core/files.h"
#include "limpid/crystal/classes.h"
#include "limpid/crystal/formats.h"
#include "limpid/render/clear_picture.h"
#include "limpid/render/png.h"
#include "limpid/render/table.h"

namespace limpid {
namespace {

using Eigen::Vector3d;

constexpr int64_t kSliceSide = 320;  // pixels
const std::string kNone = "none";

/// Of each atom the mean over the positions around it: of each class, and last of none.
Tensor shares(const LocalAnswers& all) {
  const auto classes = static_cast<int64_t>(crystal_classes().size());
  Tensor sums = at::zeros({all.structure.size(), classes + 1}, at::kDouble);
  double* const sum = sums.data_ptr<double>();
  for (size_t i = 0; i < all.answers.size(); ++i) {
    const LocalAnswer& spot = all.answers[i];
    all.tree.for_each_within(all.grid.at(static_cast<int64_t>(i)), all.stride, [&](int64_t atom, const Vector3d&) {
      double* const row = sum + atom * (classes + 1);
      if (spot.label < 0)
        row[classes] += 1;
      else
        for (int64_t k = 0; k < classes; ++k) row[k] += spot.probabilities[static_cast<size_t>(k)];
    });
  }
  return sums / sums.sum({1}, true).clamp_min(1e-12);
}

DominantMap map_of_all(const LocalAnswers& all) {
  const Shape shape = {all.grid.counts[0], all.grid.counts[1], all.grid.counts[2]};
  DominantMap map{at::empty(shape, at::kInt), at::zeros(shape)};
  for (size_t i = 0; i < all.answers.size(); ++i) {
    map.classes.data_ptr<int32_t>()[i] = static_cast<int32_t>(all.answers[i].label);
    map.level.data_ptr<float>()[i] = static_cast<float>(all.answers[i].confidence);
  }
  return map;
}

}  // namespace

std::map<std::string, int64_t> write_local_atoms(const LocalAnswers& all, const std::filesystem::path& path) {
  const Tensor parts = shares(all);
  std::map<std::string, int64_t> atoms;
  const auto [best, label] = parts.max(1);
  std::vector<std::string> names;
  for (int64_t i = 0; i < all.structure.size(); ++i) {
    const int64_t k = label[i].item<int64_t>();
    names.push_back(k < parts.size(1) - 1 ? crystal_classes()[static_cast<size_t>(k)] : kNone);
    ++atoms[names.back()];
  }
  const auto column = [](const Tensor& values) {
    const Tensor dense = values.contiguous();
    return std::vector<double>(dense.data_ptr<double>(), dense.data_ptr<double>() + dense.numel());
  };
  std::vector<AtomColumn> columns = {{"class", names}, {"confidence", column(best)}};
  for (size_t k = 0; k < crystal_classes().size(); ++k) {
    std::string name = crystal_classes()[k];
    std::replace(name.begin(), name.end(), '/', '_');
    columns.push_back({"p_" + name, column(parts.select(1, static_cast<int64_t>(k)))});
  }
  std::ostringstream out;
  write_extended_xyz(out, all.structure, columns);
  write_file(path, out.str());
  return atoms;
}

void write_positions(const LocalAnswers& all, const std::filesystem::path& path) {
  Table table{{"x", "y", "z", "atoms", "class", "probability", "why_none"}, {}};
  for (size_t i = 0; i < all.answers.size(); ++i) {
    const Vector3d at = all.grid.at(static_cast<int64_t>(i));
    const LocalAnswer& spot = all.answers[i];
    table.add({at[0], at[1], at[2], spot.atoms,
               spot.label < 0 ? "" : crystal_classes()[static_cast<size_t>(spot.label)],
               spot.label < 0 ? std::nan("") : spot.confidence, spot.why_none});
  }
  write_file(path, csv(table));
}

void write_slices(const LocalAnswers& all, const std::filesystem::path& path) {
  const DominantMap whole = map_of_all(all);
  PictureGrid grid;
  grid.rows.emplace_back();
  const std::string axes[] = {"y downwards, z to the right", "x downwards, z to the right",
                              "x downwards, y to the right"};
  for (int64_t axis = 0; axis < 3; ++axis) {
    const auto slice = [&](const Tensor& values) {
      return values.select(axis, all.grid.counts[static_cast<size_t>(axis)] / 2).contiguous();
    };
    const DominantMap plane{slice(whole.classes), slice(whole.level)};
    grid.rows[0].push_back({clear_picture(plane, class_colors(plane, crystal_classes()), 1, kSliceSide), axes[axis]});
  }
  grid.note = fmt::format("Hue: class, brightness: its probability; black: none. Radius {:.3g} Å, stride {:.3g} Å.",
                          all.radius, all.stride);
  write_png(path, draw_grid(grid));
}

}  // namespace limpid
