// SPDX-License-Identifier: Apache-2.0
// Where the responses of layers and classes lie on fingerprints, in numbers.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "limpid/core/random.h"
#include "limpid/crystal/classes.h"
#include "limpid/explain/arm.h"
#include "pipeline/crystals/dataset.h"
#include "pipeline/crystals/spots.h"
#include "pipeline/studies/crystals_parts.h"
#include "pipeline/studies/spread.h"

namespace limpid::study_of_crystals {
namespace {

constexpr uint64_t kDrawsOfMaps = 107;                      // unlike those of data sets and of test crystals
constexpr int64_t kMostPaths = 10;                          // samples at each step
constexpr double kInner = 10, kOuter = 30, kCenter = 31.5;  // of the fingerprint's mask, pixels

/// The pixels that the mask leaves, bool [64,64].
Tensor seen_pixels(int64_t side) {
  const Tensor place = at::arange(side, at::kDouble) - kCenter;
  const Tensor radius = (place.square().unsqueeze(0) + place.square().unsqueeze(1)).sqrt();
  return (radius > kInner).logical_and(radius < kOuter);
}

/// Of maps [N,3,H,W], summed over each, the share of what is positive that lies in the supports.
Tensor shares_in(const Tensor& maps, const Tensor& supports) {
  const Tensor positive = maps.clamp_min(0).to(at::kCPU, at::kDouble);
  return (positive * supports).sum({1, 2, 3}) / positive.sum({1, 2, 3}).clamp_min(1e-300);
}

/// What is known of the crystals whose maps are measured.
struct Looked {
  const std::vector<MapCrystal>& crystals;
  std::string structure;
  Tensor images, labels, supports, chance;
};

Looked looked(const std::vector<MapCrystal>& crystals, bool pristine) {
  std::vector<Tensor> images, supports;
  std::vector<int64_t> labels;
  for (const MapCrystal& crystal : crystals) {
    images.push_back(pristine ? crystal.pristine : crystal.defective);
    supports.push_back(spot_support(crystal.spots, crystal.pristine.sizes()));
    labels.push_back(crystal.label);
  }
  const Tensor all = at::stack(supports), seen = seen_pixels(images[0].size(2)).expand_as(all);
  return {crystals,
          pristine ? "pristine" : "defective",
          at::stack(images),
          at::tensor(labels),
          all.to(at::kDouble),
          all.logical_and(seen).sum({1, 2, 3}).to(at::kDouble) / seen.sum({1, 2, 3}).to(at::kDouble)};
}

void add_shares(Table& table, const Looked& looked, double epoch, const std::string& layer, const std::string& mode,
                const Tensor& maps) {
  const Tensor shares = shares_in(maps, looked.supports);
  for (size_t i = 0; i < looked.crystals.size(); ++i) {
    const auto n = static_cast<int64_t>(i);
    table.add({epoch, layer, mode, crystal_classes()[static_cast<size_t>(looked.crystals[i].label)], looked.structure,
               shares[n].item<double>(), looked.chance[n].item<double>()});
  }
}

void add_layers(Table& table, const Looked& looked, double epoch, const Model& model) {
  const Activations activations = forward(model.network, looked.images.to(model.device, model.type));
  const std::vector<int> layers = convolutions(model.network);
  for (const std::string mode : {"authors", "linear"})
    for (size_t i = 0; i < layers.size(); ++i) {
      const Responses responses =
          attentive_responses(model.network, activations, mode == "linear" ? linear_composite() : authors_composite(),
                              layers[i], {.peak = mode == "authors"});
      add_shares(table, looked, epoch, fmt::format("convolution {}", i + 1), mode, responses.maps.sum(1));
    }
  const ClassResponse response =
      named_response("linear", model.network, activations, {.channels = Channels::kEach, .positive = true});
  add_shares(table, looked, epoch, "class", "linear",
             response(looked.labels.unsqueeze(1).to(model.device)).select(1, 0));
}

Table empty_evidence(const std::string& parameter) {
  Table table{{parameter}, {}};
  table.columns.insert(table.columns.end(), crystal_classes().begin(), crystal_classes().end());
  return table;
}

void add_evidence(Table& table, double parameter, const Clear& clear) {
  std::vector<double> sums(crystal_classes().size(), 0);
  const int64_t images = clear.level.size(0);
  for (int64_t i = 0; i < images; ++i)
    for (const Share& share : shares(clear.dominant[i], clear.level[i]))
      sums[static_cast<size_t>(share.index)] += share.share / static_cast<double>(images);
  std::vector<Cell> row = {parameter};
  row.insert(row.end(), sums.begin(), sums.end());
  table.add(row);
}

}  // namespace

std::vector<MapCrystal> map_crystals(const StudyRun& run, const Reader& reader) {
  const uint64_t draws = mixed_seed({run.request().seed, kDrawsOfMaps});
  const std::vector<int64_t> counts(crystal_classes().size(), run.options().integer("maps", 1));
  auto plan = crystal_dataset::plan_of(counts, draws);
  std::stable_sort(plan.begin(), plan.end(),
                   [](const auto& one, const auto& other) { return one.label < other.label; });
  std::vector<MapCrystal> crystals;
  for (const auto& planned : plan) {
    const auto number = static_cast<int64_t>(crystals.size());
    const auto item = crystal_dataset::made_item(planned, number, run.options().number("margin"), draws);
    const ScaledCluster scaled = scaled_cluster(item.structure, {.scaling = reader.scaling});
    const Structure& cluster = scaled.cluster.structure;
    const Structure broken = defective({planned.label, cluster}, kModerate, draws, number);
    crystals.push_back({fmt::format("{}, {}", crystal_classes()[static_cast<size_t>(planned.label)],
                                    chemical_symbol(planned.atomic_number)),
                        planned.label, bragg_spots(scaled), simulate_diffraction(cluster, scaled.scale),
                        simulate_diffraction(broken, length_scale(broken, reader.scaling))});
  }
  return crystals;
}

Table spot_energy(const StudyRun& run, const Reader& reader, const std::vector<MapCrystal>& crystals) {
  Table table{{"epoch", "layer", "mode", "class", "structure", "share", "chance"}, {}};
  const Looked pristine = looked(crystals, true), defective = looked(crystals, false);
  const std::vector<double> epochs = snapshots_of(run.options());
  const Progress progress = run.progress("energy on spots");
  for (size_t i = 0; i < epochs.size(); ++i) {
    add_layers(table, pristine, epochs[i], run.trained_until(word_of(reader.name), epochs[i]));
    if (progress) progress(static_cast<int64_t>(i), static_cast<int64_t>(epochs.size()), "epochs");
  }
  const auto last = static_cast<double>(run.options().integer("epochs", 1));
  for (const Looked& those : {pristine, defective}) {
    add_layers(table, those, last, reader.model);
    add_shares(table, those, last, "fingerprint", "", those.images);
  }
  return table;
}

Table family_evidence(const Reader& reader, const std::vector<MapCrystal>& crystals) {
  Table table{
      {"crystal", "family", "d", "spots", "image", "image_deviation", "evidence", "evidence_deviation", "share"}, {}};
  for (const MapCrystal& crystal : crystals) {
    const Tensor evidence =
        class_evidence(reader.model.network, crystal.pristine.to(reader.model.device, reader.model.type));
    const Tensor own = spot_shares(crystal.spots, evidence.narrow(0, crystal.label, 1))[0];
    const Tensor image = spot_shares(crystal.spots, crystal.pristine.unsqueeze(0))[0];
    const std::vector<int64_t> families = spot_families(crystal.spots);
    std::map<int64_t, std::vector<size_t>> members;
    for (size_t i = 0; i < families.size(); ++i) members[families[i]].push_back(i);
    for (const auto& [family, spots] : members) {
      std::vector<double> seen, speaks;
      double all = 0;
      for (const size_t i : spots) {
        seen.push_back(image[static_cast<int64_t>(i)].item<double>());
        speaks.push_back(own[static_cast<int64_t>(i)].item<double>());
        all += speaks.back();
      }
      const Spread of_image = spread_of(seen), of_evidence = spread_of(speaks);
      const BraggSpot& first = crystal.spots[spots.front()];
      table.add({crystal.name, first.name(), first.spacing, static_cast<int64_t>(spots.size()), of_image.mean,
                 of_image.deviation, of_evidence.mean, of_evidence.deviation, all});
    }
  }
  return table;
}

Clear clear_of(const Reader& reader, const Tensor& images) {
  const Model& model = reader.model;
  const Activations activations = forward(model.network, images.to(model.device, model.type));
  Clear found = clear(named_response("linear", model.network, activations, {.positive = true}),
                      all_classes(model.network, images.size(0)), {});
  found.dominant = found.dominant.cpu();
  found.level = found.level.cpu().to(at::kFloat);
  return found;
}

Table vacancy_evidence(const StudyRun& run, const Reader& reader, int64_t samples) {
  Table table = empty_evidence("removed");
  for (int64_t step = 0; step < kVacancySteps; ++step) {
    const auto structures = without_centres(step, std::min(samples, kMostPaths), run.request().seed);
    add_evidence(table, removed_at(step), clear_of(reader, fingerprints_of(structures, reader.scaling)));
  }
  return table;
}

Table rhombohedral_evidence(const StudyRun& run, const Reader& reader, int64_t points) {
  Table table = empty_evidence("c_over_a");
  const Progress progress = run.progress("evidence along the rhombohedral path");
  for (int64_t i = 0; i < points; ++i) {
    const double ratio = ratio_at(i, points);
    const Tensor image = fingerprint(rhombohedral(ratio), {.scaling = reader.scaling});
    add_evidence(table, ratio, clear_of(reader, image.unsqueeze(0)));
    if (progress) progress(i + 1, points, "crystals");
  }
  return table;
}

}  // namespace limpid::study_of_crystals
