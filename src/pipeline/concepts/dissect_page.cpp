// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "limpid/core/files.h"
#include "limpid/render/chart.h"
#include "limpid/render/gallery.h"
#include "limpid/render/jpeg.h"
#include "pipeline/concepts/dissect.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

constexpr size_t kMostUnits = 24;  // of a concept
constexpr int64_t kHeatSide = 96;  // of the masks on the page

struct Shown {
  size_t layer;
  int64_t unit;
  double iou;
};

/// The units whose best concept this is, those of the largest overlap first.
std::vector<Shown> best_units(const DissectFound& found, int64_t of_concept) {
  std::vector<Shown> all;
  for (size_t i = 0; i < found.best.size(); ++i)
    for (const Detector& unit : found.best[i])
      if (unit.concept_index == of_concept) all.push_back({i, unit.unit, unit.iou});
  std::stable_sort(all.begin(), all.end(), [](const Shown& a, const Shown& b) { return a.iou > b.iou; });
  all.resize(std::min(all.size(), kMostUnits));
  return all;
}

/// A card for a unit, before its pictures are looked at.
GalleryCard card_of(const DissectRun& run, const DissectFound& found, size_t group, const Shown& unit) {
  const LayerStatistics& layer = found.statistics.layers[unit.layer];
  GalleryCard card{group,
                   run.setting.probes[unit.layer].layer + " unit " + std::to_string(unit.unit),
                   unit.iou > run.request.iou ? "detector" : "below the level of detectors",
                   {unit.iou},
                   {}};
  const Shape& input = run.setting.model.network.input_shape();
  for (int64_t rank = 0; rank < layer.top_images.size(1); ++rank) {
    const auto image = layer.top_images[unit.unit][rank].item<int64_t>();
    const auto value = static_cast<double>(layer.top_values[unit.unit][rank].item<float>());
    if (image < 0 || value <= 0) break;
    card.shots.push_back({image, 0, 0, input[1], input[2], value});
  }
  if (!card.shots.empty())
    card.heat = at::zeros({static_cast<int64_t>(card.shots.size()), kHeatSide, kHeatSide}, at::kByte);
  return card;
}

Page about(const DissectRun& run, const DissectFound& found) {
  const std::string model = std::filesystem::path(run.setting.model.path).filename().string();
  Page page("Dissection of " + model, run.concepts.description);
  page.list(
      {fmt::format("A unit's mask in a picture is where its map, enlarged to the picture, reaches the activation "
                   "that {:g} % of all its activations exceed.",
                   100 * run.request.rate),
       fmt::format("Its overlap with a concept is the intersection over the union of mask and concept, both summed "
                   "over all {} pictures. Above {:g} it is a detector of the concept it overlaps most.",
                   grouped(run.concepts.size()), run.request.iou)});
  add_caveats(page, run.setting.model.notes);
  page.heading("Concepts");
  page.table(concept_table(run, found));
  page.heading("Layers");
  const Table layers = detector_table(run, found);
  std::vector<std::string> names;
  Series detectors{"detectors", {}}, unique{"concepts detected", {}};
  for (const auto& row : layers.rows) {
    names.push_back(std::get<std::string>(row[0]));
    detectors.y.push_back(100.0 * static_cast<double>(std::get<int64_t>(row[2])) /
                          static_cast<double>(std::get<int64_t>(row[1])));
    unique.y.push_back(static_cast<double>(std::get<int64_t>(row[3])));
  }
  Chart share{"Detectors among the units", "", "%", {detectors}};
  Chart count{"Concepts with a detector (unique detectors)", "", "concepts", {unique}};
  share.width = count.width = 620;
  page.charts({bar_chart(share, names), bar_chart(count, names)});
  page.table(layers, "detectors: units above the level; unique: concepts that have one; then how many each has");
  return page;
}

/// Fills in the masks of all cards, a picture after the other; their files are appended.
void draw(const DissectRun& run, const DissectFound& found, const std::vector<std::vector<Shown>>& units,
          std::vector<GalleryCard*> cards, GrowingFile& file, const Progress& progress) {
  std::map<int64_t, std::vector<std::pair<size_t, size_t>>> places;  // of a picture: card, shot
  for (size_t c = 0; c < cards.size(); ++c)
    for (size_t s = 0; s < cards[c]->shots.size(); ++s) places[cards[c]->shots[s].picture].emplace_back(c, s);
  std::vector<Shown> of_card;
  for (const auto& of_concept : units) of_card.insert(of_card.end(), of_concept.begin(), of_concept.end());
  const Model& model = run.setting.model;
  int64_t number = 0;
  for (const auto& [image, shots] : places) {
    if (progress) progress(number, static_cast<int64_t>(places.size()), "pictures");
    const Tensor input = run.data.read(image, 0);
    const ProbeBatch batch =
        probed(model.network, run.setting.probes, dense(input.unsqueeze(0).to(model.device, model.type)), image);
    for (const auto& [c, s] : shots) {
      const Shown& unit = of_card[c];
      const double threshold = found.dissection.thresholds()[unit.layer][unit.unit].item<double>();
      const Tensor mask = unit_mask(batch.features[unit.layer][0][unit.unit], threshold, kHeatSide, kHeatSide);
      cards[c]->heat[static_cast<int64_t>(s)].copy_(mask * 255);
      cards[c]->shots[s].picture = number;
    }
    const Tensor picture = unprocess(input, model.preprocess);
    file.append(gallery_picture(std::filesystem::path(run.data[image].name).filename().string(), encode_jpeg(picture),
                                picture.size(1), picture.size(2)));
    ++number;
  }
}

}  // namespace

void write_dissection_page(const DissectRun& run, const DissectFound& found, const Progress& progress) {
  std::vector<std::vector<Shown>> units;
  std::vector<GalleryCard> cards;
  for (size_t c = 0; c < run.concepts.concepts.size(); ++c) {
    units.push_back(best_units(found, static_cast<int64_t>(c)));
    for (const Shown& unit : units.back()) cards.push_back(card_of(run, found, c, unit));
  }
  std::vector<GalleryCard*> all;
  for (GalleryCard& card : cards) all.push_back(&card);
  GalleryPlan plan{"best units", "",          "concept", run.concepts.concepts, {{"IoU", "overlap with the concept"}},
                   "mask",       "activation"};
  plan.outlined = true;
  GrowingFile file(run.folder() / "report.html");
  file.append(gallery_begin(plan, about(run, found)));
  draw(run, found, units, all, file, progress);
  file.append(gallery_cards());
  for (const GalleryCard& card : cards) file.append(gallery_card(card));
  file.append(gallery_end());
  file.commit();
}

}  // namespace limpid
