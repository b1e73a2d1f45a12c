// SPDX-License-Identifier: Apache-2.0
// Where the responses of a network's layers, units and classes lie.
#include <ATen/ATen.h>

#include "limpid/explain/arm.h"
#include "limpid/explain/clear.h"
#include "limpid/net/canonize.h"
#include "pipeline/studies/anatomy_measures.h"
#include "pipeline/studies/anatomy_parts.h"

namespace limpid::study_of_anatomy {
namespace {

constexpr int64_t kTopUnits = 4, kWalked = 8;

Composite composite_of(const std::string& mode) {
  if (mode == "deconvnet") return deconvnet_composite();
  if (mode == "guided") return guided_composite();
  return mode == "gradient" ? gradient_composite() : linear_composite();
}

std::vector<int> convolutions_below_classes(const Network& network) {
  std::vector<int> layers = convolutions(network);
  if (const auto head = class_maps(network)) std::erase(layers, head->convolution);
  return layers;
}

/// [N, K, …] in the order of `units` [N, K] as [N, K, …] by channel.
Tensor by_channel(const Tensor& maps, const Tensor& units) {
  return at::empty_like(maps).scatter_(1, units.view({units.size(0), units.size(1), 1, 1}).expand_as(maps), maps);
}

/// Of the K units of one layer in one region, over pictures of one class; a picture to which a unit does not respond is
/// left out of its mean.
struct UnitSums {
  Tensor lift, count, reached;  // double [K]

  void add(const Tensor& lifts) {
    if (!lift.defined()) lift = at::zeros_like(lifts), count = at::zeros_like(lifts), reached = at::zeros_like(lifts);
    lift += at::nan_to_num(lifts);
    count += lifts.isnan().logical_not();
    reached += lifts >= kLeastLift;
  }
};

/// What is added up over the exemplars.
struct Sums {
  const Subject& subject;
  Table maps{{"image", "class", "layer", "region", "area", "energy", "lift", "hit"}, {}};
  std::map<std::tuple<std::string, size_t, std::string>, UnitSums> units = {};  // layer, class, region

  void add(const std::string& layer, size_t exemplar, const Tensor& whole, const Tensor& all_units) {
    const std::vector<Place>& places = subject.places[exemplar];
    std::vector<Tensor> masks;
    for (const Place& place : places) masks.push_back(place.mask);
    const Tensor stacked = at::stack(masks);
    const Localised found = localised(whole.unsqueeze(0), stacked);
    for (size_t m = 0; m < places.size(); ++m) {
      const auto place = static_cast<int64_t>(m);
      maps.add({subject.landmarks.exemplars[exemplar].image, subject.class_of(exemplar), layer, places[m].name,
                masks[m].to(at::kDouble).mean().item<double>(), found.energy[0][place].item<double>(),
                found.lift[0][place].item<double>(), int64_t{found.hit[0][place].item<bool>()}});
    }
    if (!all_units.defined()) return;
    const Tensor lifts = localised(all_units, stacked).lift;
    const auto label = static_cast<size_t>(subject.landmarks.exemplars[exemplar].label);
    for (size_t m = 0; m < places.size(); ++m)
      if (places[m].name != kAllLandmarks && places[m].name != kCorners)
        units[{layer, label, places[m].name}].add(lifts.select(1, static_cast<int64_t>(m)));
  }

  Table unit_table() const {
    Table table{{"layer", "unit", "class", "region", "pictures", "lift", "reached"}, {}};
    for (const auto& [key, sums] : units)
      for (int64_t unit = 0; unit < sums.lift.numel(); ++unit) {
        const double count = sums.count[unit].item<double>();
        table.add({std::get<0>(key), unit, subject.pictures.classes[std::get<1>(key)], std::get<2>(key),
                   static_cast<int64_t>(count), count > 0 ? sums.lift[unit].item<double>() / count : std::nan(""),
                   static_cast<int64_t>(sums.reached[unit].item<double>())});
      }
    return table;
  }
};

/// The response of each picture's own class, [N, H, W].
Tensor class_maps_of(const Model& model, const Activations& activations, const Tensor& labels,
                     const std::string& mode) {
  const ClassResponse response = named_response(mode, model.network, activations, {.positive = true});
  return response(labels.unsqueeze(1)).sum(2).select(1, 0).cpu().to(at::kFloat);
}

}  // namespace

std::vector<std::string> layers_of(const Network& network) {
  std::vector<std::string> names;
  for (const int convolution : convolutions_below_classes(network)) names.push_back(network[convolution].name);
  names.emplace_back(kClassLayer);
  return names;
}

Tensor inputs_of(const Model& model, const std::vector<Tensor>& pictures) {
  std::vector<Tensor> inputs;
  for (const Tensor& picture : pictures) inputs.push_back(preprocess(picture, model.preprocess));
  return dense(at::stack(inputs).to(model.device, model.type));
}

std::vector<std::string> mode_names() { return {"linear", "deconvnet", "guided", "gradient"}; }

void for_each_layer(const Model& model, const Tensor& inputs, const Tensor& labels, const std::string& mode,
                    bool all_units, const std::function<void(const LayerMaps&)>& use) {
  const Activations activations = forward(model.network, inputs);
  const Composite composite = composite_of(mode);
  for (const int convolution : convolutions_below_classes(model.network)) {
    const Responses responses =
        attentive_responses(model.network, activations, composite, convolution, {.top = all_units ? 0 : kTopUnits});
    const Tensor maps = responses.maps.sum(2).cpu().to(at::kFloat);
    use({model.network[convolution].name, maps.narrow(1, 0, std::min(kTopUnits, maps.size(1))).sum(1),
         all_units ? by_channel(maps, responses.units.cpu()) : Tensor()});
  }
  use({kClassLayer, class_maps_of(model, activations, labels, mode), {}});
}

LocalisationTables localisation_tables(const Subject& subject, const Model& model, const std::string& mode,
                                       const Progress& progress) {
  Sums sums{subject};
  const auto count = static_cast<int64_t>(subject.size());
  for (int64_t first = 0; first < count; first += kWalked) {
    const auto begin = subject.exemplars.begin() + first, end = begin + std::min(kWalked, count - first);
    std::vector<int64_t> labels;
    for (auto i = static_cast<size_t>(first); i < static_cast<size_t>(end - subject.exemplars.begin()); ++i)
      labels.push_back(subject.landmarks.exemplars[i].label);
    for_each_layer(model, inputs_of(model, {begin, end}), at::tensor(labels, at::kLong), mode, true,
                   [&](const LayerMaps& maps) {
                     for (int64_t n = 0; n < maps.whole.size(0); ++n)
                       sums.add(maps.layer, static_cast<size_t>(first + n), maps.whole[n],
                                maps.units.defined() ? maps.units[n] : Tensor());
                   });
    if (progress) progress(end - subject.exemplars.begin(), count, "pictures");
  }
  return {sums.maps, sums.unit_table()};
}

namespace {

/// The response of each picture's class in some modes, each measured as a layer of the name beside it.
Table class_rows(const Subject& subject, const Model& model,
                 const std::vector<std::pair<std::string, std::string>>& modes) {
  Sums sums{subject};
  for (size_t i = 0; i < subject.size(); ++i) {
    const Activations activations = forward(model.network, inputs_of(model, {subject.exemplars[i]}));
    const Tensor label = at::full({1}, subject.landmarks.exemplars[i].label, at::kLong);
    for (const auto& [mode, layer] : modes) sums.add(layer, i, class_maps_of(model, activations, label, mode)[0], {});
  }
  return sums.maps;
}

}  // namespace

Table mode_table(const Subject& subject, const Model& model) {
  std::vector<std::pair<std::string, std::string>> modes;
  for (const std::string& mode : mode_names()) modes.emplace_back(mode, mode);
  return class_rows(subject, model, modes);
}

Table class_table(const Subject& subject, const Model& model, const std::string& mode) {
  return class_rows(subject, model, {{mode, kClassLayer}});
}

Table control_table(const Subject& subject) {
  Sums sums{subject};
  for (size_t i = 0; i < subject.size(); ++i) {
    sums.add("edges", i, edges(subject.exemplars[i]), {});
    sums.add("brightness", i, brightness(subject.exemplars[i]), {});
  }
  return sums.maps;
}

}  // namespace limpid::study_of_anatomy
