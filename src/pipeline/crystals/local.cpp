// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <Eigen/LU>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/parallel.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/crystal/classes.h"
#include "limpid/crystal/formats.h"
#include "limpid/crystal/neighbours.h"
#include "limpid/pipeline/crystal_classify.h"
#include "limpid/pipeline/limits.h"
#include "limpid/render/clear_picture.h"
#include "limpid/render/png.h"
#include "limpid/render/table.h"
#include "pipeline/clock.h"
#include "pipeline/crystals/classifier.h"
#include "pipeline/failure.h"
#include "version.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;
using Eigen::Vector3d;
using Json = nlohmann::ordered_json;

constexpr double kAtoms = 256;         // in a sphere whose radius is not given
constexpr int64_t kFewest = 48;        // atoms that can be told of a crystal
constexpr double kMostSpots = 5e6;     // positions
constexpr size_t kBatch = 256;         // spheres that are looked at together
constexpr int64_t kPictureSide = 320;  // pixels
const std::string kNone = "none";

/// Positions in rows along three directions.
struct Grid {
  Vector3d begin;
  Eigen::Matrix3d steps;  // rows
  std::array<int64_t, 3> counts;

  int64_t size() const { return counts[0] * counts[1] * counts[2]; }
  Vector3d at(int64_t index) const {
    const Vector3d whole(static_cast<double>(index / (counts[1] * counts[2])),
                         static_cast<double>(index / counts[2] % counts[1]), static_cast<double>(index % counts[2]));
    return begin + steps.transpose() * whole;
  }
};

/// Through the cell, or through the box around atoms without one.
Grid grid_of(const Structure& structure, double stride) {
  Vector3d low = structure.positions.front(), high = low;
  for (const Vector3d& position : structure.positions) {
    low = low.cwiseMin(position);
    high = high.cwiseMax(position);
  }
  Eigen::Matrix3d box = (high - low).asDiagonal();
  Vector3d begin = low;
  if (structure.cell) box = *structure.cell, begin = Vector3d::Zero();
  double all = 1;
  for (int axis = 0; axis < 3; ++axis) all *= box.row(axis).norm() / stride + 1;
  if (!(all < kMostSpots))
    refuse("a stride of ", stride, " Å makes about ", all, " positions; expected at most ", kMostSpots,
           ": a larger one works");
  Grid grid{begin, box, {}};
  for (int axis = 0; axis < 3; ++axis) {
    const double length = box.row(axis).norm();
    const auto cells = std::max<int64_t>(1, static_cast<int64_t>(std::ceil(length / stride - 1e-9)));
    grid.counts[static_cast<size_t>(axis)] = cells;
    grid.steps.row(axis) /= static_cast<double>(cells);
    grid.begin += grid.steps.row(axis).transpose() / 2;
  }
  return grid;
}

/// What lies in a sphere, without a cell.
Structure sphere(const Structure& structure, const AtomTree& tree, const Vector3d& center, double radius) {
  Structure found;
  found.name = structure.name;
  tree.for_each_within(center, radius, [&](int64_t atom, const Vector3d& between) {
    found.species.push_back(structure.species[static_cast<size_t>(atom)]);
    found.positions.push_back(between);
  });
  return found;
}

/// The radius at which a sphere around an atom, of the median one, holds so many.
double radius_for(const Structure& structure, const AtomTree& tree, double atoms) {
  constexpr size_t kLooked = 101;
  double radius = 8;
  for (int step = 0; step < 4; ++step) {
    std::vector<double> counts;
    for (size_t i = 0; i < kLooked; ++i) {
      double count = 0;
      const Vector3d& center = structure.positions[i * structure.positions.size() / kLooked];
      tree.for_each_within(center, radius, [&](int64_t, const Vector3d&) { ++count; });
      counts.push_back(count);
    }
    std::nth_element(counts.begin(), counts.begin() + kLooked / 2, counts.end());
    radius *= std::clamp(std::cbrt(atoms / counts[kLooked / 2]), .3, 3.);
  }
  return radius;
}

/// A position, and what was said of the sphere around it.
struct Spot {
  int64_t atoms = 0;
  int64_t label = -1;                      // −1: none
  double confidence = 0;                   // the probability of the label
  std::vector<double> probabilities = {};  // empty: too few atoms
  std::string why_none = {};
};

class LocalRun {
 public:
  LocalRun(const LocalRequest& request, const Structure& structure)
      : request_(request),
        structure_(structure),
        tree_(structure),
        classifier_(request.model, request.compounds),
        radius_(request.radius > 0 ? request.radius : radius_for(structure, tree_, kAtoms)),
        stride_(request.stride > 0 ? request.stride : radius_ / 3),
        grid_(grid_of(structure, stride_)),
        spots_(static_cast<size_t>(grid_.size())) {}

  std::string finish(const Progress& progress) {
    look(progress);
    make_folder(request_.output);
    write_atoms();
    write_positions();
    write_slices();
    const std::string document = describe();
    write_file(fs::path(request_.output) / "local.json", document);
    return document;
  }

 private:
  void look(const Progress& progress) {
    for (size_t done = 0; done < spots_.size(); done += kBatch) {
      const size_t count = std::min(kBatch, spots_.size() - done);
      std::vector<std::optional<CrystalView>> seen(count);
      for_each_parallel(count,
                        [&](size_t i) { seen[i] = view(spots_[done + i], grid_.at(static_cast<int64_t>(done + i))); });
      std::vector<CrystalView> views;
      for (auto& one : seen)
        if (one) views.push_back(std::move(*one));
      const std::vector<CrystalAnswer> answers = classifier_(views);
      size_t next = 0;
      for (size_t i = 0; i < count; ++i)
        if (seen[i]) note(spots_[done + i], answers[next++]);
      if (progress) progress(static_cast<int64_t>(done + count), grid_.size(), "classified");
    }
  }

  /// None where nothing can be told.
  std::optional<CrystalView> view(Spot& spot, const Vector3d& center) const {
    const Structure atoms = sphere(structure_, tree_, center, radius_);
    spot.atoms = atoms.size();
    if (spot.atoms < kFewest) {
      spot.why_none = "too few atoms";
      return {};
    }
    try {
      return classifier_.view(atoms);
    } catch (...) {
      spot.why_none = failure_caught("not enough memory");
      return {};
    }
  }

  static void note(Spot& spot, const CrystalAnswer& answer) {
    spot.probabilities = answer.probabilities;
    spot.why_none = answer.abstains;
    if (!answer.abstains.empty()) return;
    spot.label = answer.label;
    spot.confidence = answer.probabilities[static_cast<size_t>(answer.label)];
  }

  /// Of each atom the mean over the positions around it: of each class, and last of none.
  Tensor shares() const {
    const auto classes = static_cast<int64_t>(crystal_classes().size());
    Tensor sums = at::zeros({structure_.size(), classes + 1}, at::kDouble);
    double* const sum = sums.data_ptr<double>();
    for (size_t i = 0; i < spots_.size(); ++i) {
      const Spot& spot = spots_[i];
      tree_.for_each_within(grid_.at(static_cast<int64_t>(i)), stride_, [&](int64_t atom, const Vector3d&) {
        double* const row = sum + atom * (classes + 1);
        if (spot.label < 0)
          row[classes] += 1;
        else
          for (int64_t k = 0; k < classes; ++k) row[k] += spot.probabilities[static_cast<size_t>(k)];
      });
    }
    return sums / sums.sum({1}, true).clamp_min(1e-12);
  }

  void write_atoms() {
    const Tensor parts = shares();
    const auto [best, label] = parts.max(1);
    std::vector<std::string> names;
    for (int64_t i = 0; i < structure_.size(); ++i) {
      const int64_t k = label[i].item<int64_t>();
      names.push_back(k < parts.size(1) - 1 ? crystal_classes()[static_cast<size_t>(k)] : kNone);
      ++atoms_of_[names.back()];
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
    write_extended_xyz(out, structure_, columns);
    write_file(fs::path(request_.output) / "atoms.xyz", out.str());
  }

  void write_positions() const {
    Table table{{"x", "y", "z", "atoms", "class", "probability", "why_none"}, {}};
    for (size_t i = 0; i < spots_.size(); ++i) {
      const Vector3d at = grid_.at(static_cast<int64_t>(i));
      const Spot& spot = spots_[i];
      table.add({at[0], at[1], at[2], spot.atoms,
                 spot.label < 0 ? "" : crystal_classes()[static_cast<size_t>(spot.label)],
                 spot.label < 0 ? std::nan("") : spot.confidence, spot.why_none});
    }
    write_file(fs::path(request_.output) / "positions.csv", csv(table));
  }

  DominantMap map_of_all() const {
    const Shape shape = {grid_.counts[0], grid_.counts[1], grid_.counts[2]};
    DominantMap map{at::empty(shape, at::kInt), at::zeros(shape)};
    for (size_t i = 0; i < spots_.size(); ++i) {
      map.classes.data_ptr<int32_t>()[i] = static_cast<int32_t>(spots_[i].label);
      map.level.data_ptr<float>()[i] = static_cast<float>(spots_[i].confidence);
    }
    return map;
  }

  /// Three planes through the middle; the first axis of each goes down, the second to the right.
  void write_slices() const {
    const DominantMap all = map_of_all();
    PictureGrid grid;
    grid.rows.emplace_back();
    const std::string axes[] = {"along y and z", "along x and z", "along x and y"};
    for (int64_t axis = 0; axis < 3; ++axis) {
      const auto slice = [&](const Tensor& values) {
        return values.select(axis, grid_.counts[static_cast<size_t>(axis)] / 2).contiguous();
      };
      const DominantMap plane{slice(all.classes), slice(all.level)};
      grid.rows[0].push_back(
          {clear_picture(plane, class_colors(plane, crystal_classes()), 1, kPictureSide), axes[axis]});
    }
    grid.note = fmt::format("Hue: class, brightness: its probability; black: none. Radius {:.3g} Å, stride {:.3g} Å.",
                            radius_, stride_);
    write_png(fs::path(request_.output) / "slices.png", draw_grid(grid));
  }

  std::string describe() const {
    Json classes = Json::object();
    for (const auto& [name, atoms] : atoms_of_) classes[name] = atoms;
    std::map<std::string, int64_t> reasons;
    for (const Spot& spot : spots_)
      if (!spot.why_none.empty()) ++reasons[spot.why_none.substr(0, spot.why_none.find(" ("))];
    return Json{{"limpid", kVersion},
                {"command", request_.command},
                {"input", request_.input},
                {"model", {{"path", classifier_.model().path}, {"sha256", classifier_.model().sha256}}},
                {"atoms", structure_.size()},
                {"radius", radius_},
                {"stride", stride_},
                {"positions", grid_.size()},
                {"atoms_of_class", classes},
                {"positions_of_none", reasons},
                {"seconds", clock_.seconds()}}
               .dump(2, ' ', false, Json::error_handler_t::replace) +
           "\n";
  }

  const LocalRequest& request_;
  const Structure& structure_;
  const Clock clock_;
  const AtomTree tree_;
  const CrystalClassifier classifier_;
  const double radius_, stride_;
  const Grid grid_;
  std::vector<Spot> spots_;
  std::map<std::string, int64_t> atoms_of_;
};

}  // namespace

std::string classify_locally(const LocalRequest& request, const Progress& progress) {
  set_up_process(request.threads);
  if (!(request.radius >= 0 && request.stride >= 0))
    refuse("radius and stride are ", request.radius, " and ", request.stride,
           " Å; expected positive lengths, or 0 for those chosen here");
  LocalRequest whole = request;
  whole.model.limits = request.limits;
  const Structure structure = read_structure(request.input, limits_of(request.limits).structure);
  return LocalRun(whole, structure).finish(progress);
}

}  // namespace limpid
