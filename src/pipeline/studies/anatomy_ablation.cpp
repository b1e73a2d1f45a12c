// SPDX-License-Identifier: Apache-2.0
// What networks make of pictures without a landmark, without random boxes, and without their corners.
#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/data/loader.h"
#include "limpid/data/wrapping.h"
#include "limpid/train/evaluation.h"
#include "pipeline/studies/anatomy_measures.h"
#include "pipeline/studies/anatomy_parts.h"

namespace limpid::study_of_anatomy {
namespace {

constexpr int64_t kControls = 32;  // random placements of which one matches a region's change best
constexpr int64_t kBatch = 64;

/// The placement whose removal changes the picture most nearly as much as the region's.
size_t best_match(const Tensor& picture, const Place& place, const std::string& fill) {
  const double wanted = change(picture, without(picture, place.mask, fill));
  size_t best = 0;
  double gap = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < place.controls.size(); ++i) {
    const double off = std::abs(change(picture, without(picture, place.controls[i], fill)) - wanted);
    if (off < gap) gap = off, best = i;
  }
  return best;
}

std::vector<Place> places_of(const Exemplar& exemplar, const Tensor& picture, uint64_t seed) {
  const int64_t height = picture.size(1), width = picture.size(2);
  std::vector<Place> places;
  Tensor taken = mask_of(exemplar.markers, height, width);
  for (const Region& landmark : exemplar.landmarks) taken = taken.logical_or(mask_of(landmark.boxes, height, width));
  for (const Region& region : regions_of(exemplar, height, width)) {
    Random random(mixed_seed({seed, static_cast<uint64_t>(exemplar.index), places.size()}));
    Place place{region.name, mask_of(region.boxes, height, width), {}, {}};
    const Tensor full = taken.logical_or(place.mask);
    for (int64_t i = 0; i < kControls; ++i) {
      const auto boxes = boxes_beside(region.boxes, full, random);
      if (!boxes) break;
      place.controls.push_back(mask_of(*boxes, height, width));
    }
    for (const std::string& fill : fills()) place.matches.push_back(best_match(picture, place, fill));
    places.push_back(std::move(place));
  }
  return places;
}

/// Probabilities [N, K] in double.
Tensor probabilities_of(const Model& model, const std::vector<Tensor>& pictures) {
  std::vector<Tensor> parts;
  for (const Tensor& part : inputs_of(model, pictures).split(kBatch))
    parts.push_back(probabilities(model.network, logits(model.network, part).to(at::kDouble)).cpu());
  return at::cat(parts);
}

/// What is left of a decision: probability of the class, and whether another class is decided for.
struct Outcome {
  double p = std::nan(""), flipped = std::nan(""), change = std::nan("");
};

Outcome outcome(const Tensor& p, int64_t label, int64_t decision, double change) {
  return {p[label].item<double>(), double(p.argmax().item<int64_t>() != decision), change};
}

Outcome mean_of(const std::vector<Outcome>& all) {
  if (all.empty()) return {};
  Outcome sum{0, 0, 0};
  for (const Outcome& one : all) sum.p += one.p, sum.flipped += one.flipped, sum.change += one.change;
  const auto count = static_cast<double>(all.size());
  return {sum.p / count, sum.flipped / count, sum.change / count};
}

/// One exemplar's region with one fill, asked in one batch: the region first, then the draws, then the match.
void add_rows(Table& table, const Subject& subject, size_t i, const Place& place, const Model& model, int64_t draws,
              double p_whole, int64_t decision) {
  const Tensor& picture = subject.exemplars[i];
  const Exemplar& exemplar = subject.landmarks.exemplars[i];
  for (size_t f = 0; f < fills().size(); ++f) {
    const std::string fill = fills()[f];
    const size_t drawn = std::min(static_cast<size_t>(draws), place.controls.size());
    std::vector<Tensor> asked = {without(picture, place.mask, fill)};
    for (size_t k = 0; k < drawn; ++k) asked.push_back(without(picture, place.controls[k], fill));
    if (drawn > 0) asked.push_back(without(picture, place.controls[place.matches[f]], fill));
    const Tensor p = probabilities_of(model, asked);
    std::vector<Outcome> outcomes;
    for (size_t k = 0; k < asked.size(); ++k)
      outcomes.push_back(outcome(p[static_cast<int64_t>(k)], exemplar.label, decision, change(picture, asked[k])));
    const Outcome region = outcomes.front(), match = drawn > 0 ? outcomes.back() : Outcome{};
    const Outcome random = drawn > 0 ? mean_of({outcomes.begin() + 1, outcomes.end() - 1}) : Outcome{};
    table.add({exemplar.image, subject.class_of(i), place.name, fill, place.mask.to(at::kDouble).mean().item<double>(),
               p_whole, region.p, region.flipped, random.p, random.flipped, match.p, match.flipped, region.change,
               random.change, match.change});
  }
}

double accuracy_of(const std::vector<Tensor>& all, const Tensor& labels) {
  return scores_of(at::cat(all), labels).accuracy;
}

/// Mean of each picture's outermost pixels. inputs [N, C, H, W] → [N, C, 1, 1].
Tensor frame_mean(const Tensor& inputs) {
  const Tensor inner = inputs.narrow(2, 1, inputs.size(2) - 2).narrow(3, 1, inputs.size(3) - 2);
  const auto count = static_cast<double>(inputs.size(2) * inputs.size(3) - inner.size(2) * inner.size(3));
  return (inputs.sum({2, 3}, true) - inner.sum({2, 3}, true)) / count;
}

}  // namespace

Subject subject_of(const Dataset& pictures, const Landmarks& landmarks, uint64_t seed) {
  Subject subject{pictures, landmarks, {}, {}};
  for (const Exemplar& exemplar : landmarks.exemplars) {
    subject.exemplars.push_back(pictures.read(exemplar.index, 0));
    const Tensor& picture = subject.exemplars.back();
    if (picture.scalar_type() != at::kByte || picture.sizes() != subject.exemplars.front().sizes())
      fail("the exemplar '", exemplar.image, "' is ", shape_text(picture.sizes()), "; expected pictures of one size, ",
           shape_text(subject.exemplars.front().sizes()));
    subject.places.push_back(places_of(exemplar, picture, seed));
  }
  return subject;
}

Table ablation_table(const Subject& subject, const Model& model, int64_t draws, const Progress& progress) {
  Table table{{"image", "class", "region", "fill", "area", "p", "p_without", "flipped", "p_random", "flipped_random",
               "p_match", "flipped_match", "change", "change_random", "change_match"},
              {}};
  for (size_t i = 0; i < subject.size(); ++i) {
    const Tensor p = probabilities_of(model, {subject.exemplars[i]})[0];
    for (const Place& place : subject.places[i])
      add_rows(table, subject, i, place, model, draws, p[subject.landmarks.exemplars[i].label].item<double>(),
               p.argmax().item<int64_t>());
    if (progress) progress(static_cast<int64_t>(i + 1), static_cast<int64_t>(subject.size()), "pictures");
  }
  return table;
}

CornerScores corner_scores(const Model& model, const Dataset& pictures, int64_t loading, const Progress& progress) {
  const Dataset data = normalised(pictures, model.preprocess);
  Loader loader(data, model.network.input_shape(), {.batch = 128, .threads = loading});
  const Shape& shape = model.network.input_shape();
  const std::vector<Region> regions = regions_of({}, shape[1], shape[2]);
  const Tensor corners = mask_of(regions.back().boxes, shape[1], shape[2]).to(model.device);
  std::vector<Tensor> whole, without, only;
  int64_t done = 0;
  while (const auto batch = loader.next()) {
    const Tensor x = batch->inputs.to(model.device, model.type);
    whole.push_back(logits(model.network, x).cpu());
    without.push_back(logits(model.network, dense(at::where(corners, frame_mean(x), x))).cpu());
    only.push_back(logits(model.network, dense(x * corners.to(x.scalar_type()))).cpu());
    done += x.size(0);
    if (progress) progress(done, data.size(), "pictures");
  }
  const Tensor labels = labels_of(data);
  return {accuracy_of(whole, labels), scores_of(at::cat(whole), labels).balanced_accuracy, accuracy_of(without, labels),
          accuracy_of(only, labels)};
}

}  // namespace limpid::study_of_anatomy
