// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <numeric>

#include "core/parallel.h"
#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "pipeline/crystals/dataset.h"
#include "pipeline/failure.h"

namespace limpid::crystal_dataset {
namespace {

constexpr int64_t kElements = 94;

/// What a structure came to.
struct Made {
  Tensor image = {};  // float16 [3,64,64]
  Cluster cluster = {};
  double scale = 0;
};

/// Leaves the item out where it cannot be simulated.
Made make(Item& item, const FingerprintOptions& options) {
  Made made;
  if (!item.label) return made;
  try {
    made.scale = length_scale(item.structure, options.scaling);
    made.cluster = standard_cluster(item.structure, options.atoms);
    made.image = simulate_diffraction(made.cluster.structure, made.scale, options).cpu().to(at::kHalf);
  } catch (...) {
    item.label.reset();
    item.left_out = failure_caught("it is too large for the memory there is");
  }
  return made;
}

std::string elements_of(const Structure& structure) {
  return structure.species.empty() ? "" : chemical_symbol(structure.species.front());
}

std::vector<Cell> row_of(const Item& item, const Made& made, int64_t shard, int64_t row) {
  const bool taken = item.label.has_value();
  const auto copies = made.cluster.copies;
  return {taken ? shard : int64_t{-1},
          taken ? row : int64_t{-1},
          taken ? crystal_classes()[static_cast<size_t>(*item.label)] : "",
          item.source,
          item.frame,
          item.prototype,
          elements_of(item.structure),
          item.ratio,
          item.coordinate,
          item.structure.size(),
          taken ? name_of(made.cluster.cell) : "",
          taken ? std::to_string(copies[0]) + "x" + std::to_string(copies[1]) + "x" + std::to_string(copies[2]) : "",
          taken ? made.scale : std::nan(""),
          item.left_out};
}

}  // namespace

Scaling scaling_named(const std::string& name) {
  if (name != "mean-nn" && name != "robust") refuse_name("scaling", name, {"mean-nn", "robust"});
  return name == "robust" ? Scaling::robust : Scaling::mean_nn;
}

std::vector<Planned> plan_of(const std::vector<int64_t>& counts, uint64_t seed) {
  std::vector<Planned> plan;
  for (size_t label = 0; label < counts.size(); ++label) {
    Random random(mixed_seed({seed, 1, label}));
    std::vector<int> elements(kElements);
    std::iota(elements.begin(), elements.end(), 1);
    for (int64_t i = 0; i < counts[label]; ++i) {  // every element as often as every other
      if (i % kElements == 0) random.shuffle(elements);
      plan.push_back({static_cast<int64_t>(label), elements[static_cast<size_t>(i % kElements)]});
    }
  }
  Random(mixed_seed({seed, 2})).shuffle(plan);
  return plan;
}

Item made_item(const Planned& planned, int64_t number, double margin, uint64_t seed) {
  Random random(mixed_seed({seed, 3, static_cast<uint64_t>(number)}));
  const DrawnCrystal drawn = draw_crystal(planned.label, planned.atomic_number, margin, random);
  Item item;
  item.structure = in_random_cell(drawn.structure, random);
  item.label = planned.label;
  item.source = "made";
  item.prototype = drawn.prototype;
  item.ratio = drawn.ratio;
  item.coordinate = drawn.coordinate;
  return item;
}

Item read_item(StructureItem&& read) {
  Item item;
  item.source = read.path;
  item.frame = read.frame.value_or(0);
  item.ratio = item.coordinate = std::nan("");
  item.left_out = read.error;
  if (!read.error.empty()) return item;
  item.structure = std::move(read.structure);
  try {
    item.label = class_of(item.structure, item.left_out);
  } catch (...) {
    item.left_out = failure_caught("it is too large for the memory there is");
  }
  return item;
}

const std::vector<std::string>& row_columns() {
  static const std::vector<std::string> names = {"shard",     "row",     "label", "source",     "frame",
                                                 "prototype", "element", "ratio", "coordinate", "atoms",
                                                 "cell",      "copies",  "scale", "left_out"};
  return names;
}

Shard shard_of(int64_t number, std::vector<Item> items, const FingerprintOptions& options) {
  std::vector<Made> made(items.size());
  for_each_parallel(items.size(), [&](size_t i) { made[i] = make(items[i], options); });
  Shard shard{{}, {row_columns(), {}}};
  std::vector<Tensor> images;
  for (size_t i = 0; i < items.size(); ++i) {
    shard.rows.add(row_of(items[i], made[i], number, static_cast<int64_t>(images.size())));
    if (items[i].label) images.push_back(made[i].image);
  }
  shard.images = images.empty() ? at::empty({0, 3, 64, 64}, at::kHalf) : at::stack(images);
  return shard;
}

}  // namespace limpid::crystal_dataset
