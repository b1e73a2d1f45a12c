// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>

#include "core/parallel.h"
#include "limpid/core/error.h"
#include "limpid/data/wrapping.h"
#include "limpid/explain/arm.h"
#include "limpid/pipeline/targets.h"
#include "pipeline/batch.h"
#include "pipeline/concepts/attributes.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

constexpr double kResponseThreshold = .1;      // share of a response's maximum above which it has regions
constexpr int64_t kSmoothedParts = 32;         // of the longer side, over which it is smoothed before
constexpr int64_t kMostSegmentedInputs = 64;   // of which random segments are taken
constexpr int64_t kMostStatisticsInputs = 32;  // for methods that need some

/// The layer asked for, or the last before the classes' own maps.
Probe chosen_probe(const Setting& setting, bool asked) {
  if (asked && setting.probes.size() > 1)
    refuse(setting.probes.size(), " layers are asked for; attributes are compared in one");
  const Probe& last = setting.probes.back();
  const bool of_classes = last.units == setting.model.network.classes();
  return !asked && of_classes && setting.probes.size() > 1 ? setting.probes[setting.probes.size() - 2] : last;
}

/// "name" or "name:option=value,…"; a part without = belongs to the value before it.
LocalMethod method_asked(const std::string& text, int64_t target, const Network& network) {
  const size_t colon = text.find(':');
  ExplainRequest words;
  words.methods = {text.substr(0, colon)};
  if (words.methods.front() == "arm")
    refuse("method 'arm' gives maps of units and none of a class; others are listed by `limpid methods`");
  if (words.methods.front() == "all") refuse("methods are compared by name; 'all' is none");
  if (words.methods.front() == "clear") words.settings = {"classes=" + std::to_string(target), "also=panel"};
  if (colon != std::string::npos)
    for (const std::string& part : split(text.substr(colon + 1), ',')) {
      if (part.find('=') != std::string::npos || words.settings.empty())
        words.settings.push_back(part);
      else
        words.settings.back() += "," + part;
    }
  return {text, chosen_methods(words, network).front()};
}

const Attribution& map_of_class(const std::vector<Attribution>& given, const std::string& method) {
  for (const char* kind : {"response", "attribution"})
    for (const Attribution& one : given)
      if (one.kind == kind) return one;
  fail("method '", method, "' gives no map of a class");
}

/// Feature maps of inputs in a subject's layer, [N, K, h, w].
Tensor layer_maps(const AttributeSubject& subject, const Tensor& inputs) {
  const Network& network = subject.model().network;
  const Probe& probe = subject.probe();
  Activations activations{std::vector<Tensor>(network.nodes.size()), {}, inputs.size(0)};
  activations.values[static_cast<size_t>(probe.node)] =
      values_at(network, dense(inputs.to(options_of(network))), {probe.node}).front();
  return features_of(network, activations, probe.convolution)
      .reshape({inputs.size(0), probe.units, probe.rows, probe.columns});
}

/// Features of some segments of inputs, in the order in which they come, a batch at a time.
class SegmentFeatures {
 public:
  SegmentFeatures(const AttributesRequest& request, const AttributeSubject& subject, int64_t all,
                  const Progress& progress)
      : subject_(subject),
        in_place_(subject.in_place),
        batch_(static_cast<size_t>(inputs_at_once(request, subject))),
        all_(all),
        progress_(progress) {}

  void add(const Tensor& input, const Segmentation& segments, const std::vector<int64_t>& numbers) {
    if (in_place_) {
      inputs_.push_back(input);
      places_.emplace_back(segments, at::tensor(numbers, at::kLong));
      if (inputs_.size() == batch_) run();
      return;
    }
    for (const int64_t number : numbers) {
      inputs_.push_back(cut_outs(input, segments, number, 1, subject_.canvas(input))[0]);
      if (inputs_.size() == batch_) run();
    }
  }

  Tensor finished() {
    if (!inputs_.empty()) run();
    return at::cat(rows_);
  }

 private:
  void run() {
    if (progress_) progress_(done_, all_, "exemplars and random segments");
    const Tensor maps = layer_maps(subject_, at::stack(inputs_));
    if (!in_place_) rows_.push_back(maps.mean({2, 3}).to(at::kCPU, at::kFloat));
    for (size_t i = 0; i < places_.size(); ++i)
      rows_.push_back(
          segment_means(maps[static_cast<int64_t>(i)], places_[i].first).index_select(0, places_[i].second));
    done_ = 0;
    for (const Tensor& rows : rows_) done_ += rows.size(0);
    inputs_.clear();
    places_.clear();
  }

  const AttributeSubject& subject_;
  bool in_place_;
  size_t batch_;
  int64_t all_, done_ = 0;
  const Progress& progress_;
  std::vector<Tensor> inputs_, rows_;
  std::vector<std::pair<Segmentation, Tensor>> places_;  // in place: which segments of each
};

/// All exemplars, picture by picture.
void add_exemplars(const AttributeExemplars& exemplars, AttributeSubject& subject, SegmentFeatures& features) {
  const Preprocess& how = subject.model().preprocess;
  const Dataset inputs = as_inputs(subject.model(), exemplars.set->pictures);
  subject.rows.assign(exemplars.names.size(), {});
  int64_t row = 0;
  for (int64_t i = 0; i < inputs.size(); ++i) {
    const auto& shown = exemplars.set->concepts_of[static_cast<size_t>(i)];
    const auto wanted = [&](int64_t number) {
      return std::find(exemplars.numbers.begin(), exemplars.numbers.end(), number) - exemplars.numbers.begin();
    };
    const auto none = static_cast<int64_t>(exemplars.numbers.size());
    if (std::all_of(shown.begin(), shown.end(), [&](int64_t number) { return wanted(number) == none; })) continue;
    const Tensor input = inputs.read(i, 0);
    for (const ConceptMask& one : exemplars.set->masks(i)) {
      const int64_t attribute = wanted(one.concept_index);
      if (attribute == none) continue;
      const Tensor mask = fitted_mask(one.mask, how).to(at::kBool);
      if (!mask.any().item<bool>())
        fail("the exemplar of '", exemplars.names[static_cast<size_t>(attribute)], "' in '", inputs[i].name,
             "' is empty as the network sees it; expected a mask, or a cut-out, that is somewhere not black");
      features.add(input, {mask.to(at::kInt).sub(1).unsqueeze(0), 1}, {0});
      subject.rows[static_cast<size_t>(attribute)].push_back(row++);
    }
  }
}

/// Random segments of inputs that stand for anything, at most `most`.
void add_random_segments(const AttributesRequest& request, const Dataset& any, int64_t most, AttributeSubject& subject,
                         SegmentFeatures& features) {
  const Model& model = subject.model();
  const Dataset inputs = as_inputs(model, any);
  const std::vector<int64_t> chosen = evenly(inputs.size(), kMostSegmentedInputs);
  int64_t left = most;
  for (size_t i = 0; i < chosen.size(); ++i) {
    const Tensor input = inputs.read(chosen[i], 0);
    const Segmentation segments = superpixel_segments(unprocess(input, model.preprocess), request.scales);
    std::vector<int64_t> order(static_cast<size_t>(segments.count));
    for (size_t s = 0; s < order.size(); ++s) order[s] = static_cast<int64_t>(s);
    Random(mixed_seed({request.seed, static_cast<uint64_t>(chosen[i])})).shuffle(order);
    const auto inputs_left = static_cast<int64_t>(chosen.size() - i);
    const int64_t count = std::min(segments.count, (left + inputs_left - 1) / inputs_left);
    order.resize(static_cast<size_t>(count));
    features.add(input, segments, order);
    left -= count;
  }
}

}  // namespace

Tensor AttributeSubject::canvas(const Tensor& input) const {
  return on_plain ? plain : input.mean({1, 2}, /*keepdim=*/true);
}

int64_t inputs_at_once(const AttributesRequest& request, const AttributeSubject& subject) {
  const int64_t bytes = activation_bytes(subject.model().network, subject.model().type);
  return request.batch > 0 ? request.batch : std::clamp<int64_t>((request.memory << 20) / 2 / bytes, 1, 64);
}

Tensor layer_features(const AttributeSubject& subject, const Tensor& inputs) {
  return layer_maps(subject, inputs).mean({2, 3}).to(at::kCPU, at::kFloat);
}

Segmentation segments_of_input(const AttributesRequest& request, const Model& model, const Tensor& input,
                               const Tensor& response) {
  if (request.segments == "response") {
    const int64_t side = std::max(response.size(0), response.size(1)) / kSmoothedParts / 2 * 2 + 1;
    return response_segments(response, kResponseThreshold, side * side, side);
  }
  return superpixel_segments(unprocess(input, model.preprocess), request.scales);
}

AttributeSubject attribute_subject(const AttributesRequest& request, bool second) {
  AttributesRequest asked = request;
  if (second) {
    asked.model.path = request.compare;
    asked.layers = request.compare_layers;
  }
  AttributeSubject subject{setting_of(asked)};
  subject.setting.probes = {chosen_probe(subject.setting, !asked.layers.empty())};
  const Network& network = subject.model().network;
  if (network.input_shape().size() != 3)
    fail("the network's input is ", shape_text(network.input_shape()),
         "; attributes need one of rows and columns, in which they have a place");
  const int64_t pixels = network.input_shape()[1] * network.input_shape()[2];
  for (const int64_t scale : request.scales)
    if (scale > pixels)
      refuse("the superpixels of a picture are ", scale, "; the network sees ", pixels, " pixels of it, expected 1 to ",
             pixels);
  subject.target = class_index(request.target, subject.model().labels);
  for (const std::string& text : request.methods)
    subject.methods.push_back(method_asked(text, subject.target, network));
  subject.plain = canvas_of(subject.model());
  return subject;
}

void learn_attributes(const AttributesRequest& request, const AttributeExemplars& exemplars,
                      const AttributeInputs& data, AttributeSubject& subject, const Progress& progress) {
  const bool needs_statistics = std::any_of(subject.methods.begin(), subject.methods.end(), [](const LocalMethod& one) {
    return one.name.find("prediction-difference") != std::string::npos;
  });
  if (needs_statistics) {
    const Dataset any = as_inputs(subject.model(), data.any);
    for (const int64_t i : evenly(any.size(), kMostStatisticsInputs))
      subject.statistics.push_back(any.read(i, 0).to(options_of(subject.model().network)));
  }
  if (!exemplars.set) return;
  subject.on_plain = exemplars.set->cut_out;
  subject.in_place = request.embedding == "auto" ? !exemplars.set->cut_out : request.embedding == "in-place";
  if (!takes_pictures(subject.model().network))
    fail("the network's input is ", shape_text(subject.model().network.input_shape()),
         "; exemplars need one that takes pictures; masks of the inputs would work");
  const int64_t most = request.random_sets * request.set_size;
  int64_t all = most;
  for (const int64_t count : exemplars.counts) all += count;
  SegmentFeatures features(request, subject, all, progress);
  add_exemplars(exemplars, subject, features);
  int64_t rows = 0;
  for (const auto& of_attribute : subject.rows) rows += static_cast<int64_t>(of_attribute.size());
  add_random_segments(request, data.any, most, subject, features);
  subject.features = features.finished();
  const Tensor random = subject.features.narrow(0, rows, subject.features.size(0) - rows);
  subject.prototypes = prototypes(subject.features, subject.rows, random, request.strictness);
}

Tensor class_responses(const AttributesRequest& request, const AttributeSubject& subject, const Network& network,
                       const Activations& activations) {
  const Model& model = subject.model();
  Subject at{network, activations, at::full({activations.images, 1}, subject.target, at::kLong).to(model.device)};
  at.data = subject.statistics;
  at.load = [&model](const std::string& path) {
    return load_input(path, model.preprocess, model.network.input_shape(), model.limits.input)
        .to(model.device, model.type);
  };
  if (takes_pictures(model.network)) {
    const auto [low, high] = input_bounds(model.preprocess, model.network.input_shape().front());
    at.low = low.to(model.device, model.type);
    at.high = high.to(model.device, model.type);
  }
  const int64_t taken = activations.images * activation_bytes(model.network, model.type);
  at.memory = std::max((request.memory << 20) - taken, int64_t{64} << 20);
  at.seed = request.seed;
  std::vector<Tensor> maps;
  for (const LocalMethod& one : subject.methods) {
    const Tensor values = map_of_class(one.choice.method->run(at, one.choice.options), one.name).values;
    const Tensor map = (values.dim() == 4 ? values.sum(1) : values).to(at::kCPU, at::kFloat);
    require_finite(map, "the map of method '" + one.name + "'");
    maps.push_back(map);
  }
  return at::stack(maps, 1);
}

}  // namespace limpid
