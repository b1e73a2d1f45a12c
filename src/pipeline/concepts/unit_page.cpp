// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "limpid/core/files.h"
#include "limpid/explain/arm.h"
#include "limpid/render/chart.h"
#include "limpid/render/gallery.h"
#include "pipeline/concepts/units.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

std::vector<std::string> layer_names(const UnitsRun& run) {
  std::vector<std::string> names;
  for (const Probe& probe : run.setting.probes) names.push_back(probe.layer);
  return names;
}

/// The mean local rate of each layer, or of a few of many, over the amounts of one kind of transformation.
std::string invariance_chart(const UnitsRun& run, const UnitInvariance& invariance, size_t kind) {
  static const std::vector<std::string> axes = {"share of the side", "degrees", "factor", "share of the range"};
  constexpr size_t most = 5;
  Chart chart{transformation_kinds[kind], axes[kind], "still fire", {}, {}, std::pair{0.0, 1.0}};
  chart.width = 400;
  chart.height = 280;
  const size_t layers = run.setting.probes.size(), shown = std::min(layers, most);
  for (size_t s = 0; s < shown; ++s) {
    const size_t layer = shown == 1 ? 0 : s * (layers - 1) / (shown - 1);
    std::map<double, std::pair<double, int>> points;
    for (size_t t = 0; t < transformations().size(); ++t) {
      if (transformations()[t].kind != kind) continue;
      const double rate = invariance.layer_rate(layer, t);
      if (std::isnan(rate)) continue;
      points[transformations()[t].amount].first += rate;
      points[transformations()[t].amount].second += 1;
    }
    Series series{run.setting.probes[layer].layer, {}};
    series.points = true;
    for (const auto& [amount, sum] : points) {
      series.x.push_back(amount);
      series.y.push_back(sum.first / sum.second);
    }
    if (!series.x.empty()) chart.series.push_back(std::move(series));
  }
  return chart.series.empty() ? "" : line_chart(chart);
}

Page about(const UnitsRun& run, const UnitsFound& found) {
  int64_t units = 0;
  for (const Probe& probe : run.setting.probes) units += probe.units;
  const std::string model = std::filesystem::path(run.setting.model.path).filename().string();
  Page page("Units of " + model, fmt::format("{} units of {} layers over {}", grouped(units), run.setting.probes.size(),
                                             run.data.description));
  page.list(
      {"Each card is a unit: the parts of the inputs that drove it most, its receptive field at the peak of its "
       "map, strongest first.",
       fmt::format("The glow is the attentive response ({}, from the peak alone): which of these pixels made the "
                   "unit answer. It is drawn for the first {}, each by its own largest value.",
                   run.request.mode, run.request.responses),
       "A click on a part shows the whole input. Units that never answered have no parts."});
  add_caveats(page, run.setting.model.notes);
  page.heading("Layers");
  page.table(layer_table(run, found),
             "silent: units that were never above 0; sparsity and selectivity: the middle unit's" +
                 std::string(found.invariance ? "; the others: invariance, the mean score of the top fifth" : ""));
  if (found.invariance) {
    page.heading("Invariance");
    page.paragraph(fmt::format(
        "A unit's peak in each of {} inputs is followed through transformations about the input's middle: the share of "
        "the changed inputs in which the unit still fires there. A unit fires where it reaches the activation that 1 % "
        "of all its positions reach; its score is that share over 1 %, so that 100 is the most and 1 is chance.",
        std::min<int64_t>(run.request.invariance, run.data.size())));
    std::vector<std::string> charts;
    for (size_t kind = 0; kind < transformation_kinds.size(); ++kind)
      if (std::string chart = invariance_chart(run, *found.invariance, kind); !chart.empty())
        charts.push_back(std::move(chart));
    if (!charts.empty()) page.charts(charts);
  }
  return page;
}

GalleryPlan page_plan(const UnitsRun& run, const UnitsFound& found) {
  GalleryPlan plan{"units", "", "layer", layer_names(run), {}, "response", "activation"};
  plan.numbers = {{"max", "largest activation"},
                  {"mean", "mean activation over all positions"},
                  {"sparsity", "share of positions that are not above 0"},
                  {"selectivity", "(best class's mean − the others') / their sum"}};
  for (size_t kind = 0; found.invariance && kind < transformation_kinds.size(); ++kind)
    plan.numbers.emplace_back(transformation_kinds[kind], "invariance: local over global firing rate, 1 is chance");
  return plan;
}

GalleryCard card_of(const UnitsRun& run, const UnitsFound& found, const std::map<int64_t, int64_t>& numbers, size_t i,
                    int64_t k) {
  const LayerStatistics& layer = found.statistics.layers[i];
  const UnitSummary unit = summary_of(found.statistics, i, k, run.request.class_examples);
  GalleryCard card{i, "unit " + std::to_string(k), "", {unit.largest, unit.mean, unit.sparsity, unit.selectivity}, {}};
  if (unit.favourite >= 0) card.words = "most for " + run.classes[static_cast<size_t>(unit.favourite)];
  for (size_t kind = 0; found.invariance && kind < transformation_kinds.size(); ++kind)
    card.numbers.push_back(found.invariance->score(i, k, kind));
  const int64_t columns = run.setting.probes[i].columns;
  for (int64_t rank = 0; rank < layer.top_images.size(1); ++rank) {
    const auto image = layer.top_images[k][rank].item<int64_t>(), place = layer.top_places[k][rank].item<int64_t>();
    const auto value = static_cast<double>(layer.top_values[k][rank].item<float>());
    if (image < 0 || value <= 0) break;
    const Box box = found.pictures->fields[i].box(place / columns, place % columns);
    card.shots.push_back({numbers.at(image), box.row, box.column, box.rows, box.columns, value});
  }
  const Tensor& heat = found.pictures->heat[i];
  const int64_t shown = std::min<int64_t>(heat.size(1), static_cast<int64_t>(card.shots.size()));
  if (shown > 0) card.heat = heat[k].narrow(0, 0, shown);
  return card;
}

}  // namespace

void write_unit_page(const UnitsRun& run, const UnitsFound& found) {
  const Page page = about(run, found);
  GrowingFile file(run.folder() / "report.html");
  if (!found.pictures) {
    file.append(page.html());
    return file.commit();
  }
  file.append(gallery_begin(page_plan(run, found), page));
  const Shape& input = run.setting.model.network.input_shape();
  std::map<int64_t, int64_t> numbers;
  for (const auto& [image, jpeg] : found.pictures->pictures) {
    numbers.emplace(image, static_cast<int64_t>(numbers.size()));
    file.append(
        gallery_picture(std::filesystem::path(run.data[image].name).filename().string(), jpeg, input[1], input[2]));
  }
  file.append(gallery_cards());
  for (size_t i = 0; i < run.setting.probes.size(); ++i)
    for (int64_t k = 0; k < run.setting.probes[i].units; ++k)
      file.append(gallery_card(card_of(run, found, numbers, i, k)));
  file.append(gallery_end());
  file.commit();
}

}  // namespace limpid
