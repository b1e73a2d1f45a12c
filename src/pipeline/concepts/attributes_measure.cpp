// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>
#include <deque>
#include <numeric>

#include "limpid/concepts/concept_vectors.h"
#include "limpid/concepts/paired.h"
#include "limpid/core/error.h"
#include "limpid/data/loader.h"
#include "limpid/data/wrapping.h"
#include "limpid/explain/arm.h"
#include "limpid/explain/randomization.h"
#include "pipeline/batch.h"
#include "pipeline/concepts/attributes.h"
#include "pipeline/concepts/state.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

/// The class's probability for inputs [N, C, H, W], as many at once as memory allows.
Tensor class_probabilities(const AttributeSubject& subject, const Tensor& inputs, int64_t batch) {
  const Network& network = subject.model().network;
  std::vector<Tensor> parts;
  for (int64_t first = 0; first < inputs.size(0); first += batch) {
    const Tensor some = inputs.narrow(0, first, std::min(batch, inputs.size(0) - first));
    const Tensor scores = logits(network, dense(some.to(options_of(network))));
    parts.push_back(probabilities(network, scores.to(at::kCPU, at::kDouble)).select(1, subject.target));
  }
  return at::cat(parts);
}

constexpr uint64_t kRandomWeights = 11;  // what their seeds are mixed with

int64_t weight_bytes(const Network& network) {
  int64_t bytes = 0;
  for (const Node& node : network.nodes)
    for (const Tensor& parameter : node.layer.parameters)
      if (parameter.defined()) bytes += static_cast<int64_t>(parameter.nbytes());
  return bytes;
}

/// Everything about one subject's inputs, one after the other.
class AttributeStream {
 public:
  AttributeStream(const AttributesRun& run, size_t number)
      : run_(run),
        number_(number),
        subject_(run.subjects[number]),
        columns_(run.columns(number)),
        once_(inputs_at_once(run.request, subject_)),
        in_place_(subject_.in_place),
        keeps_networks_(run.request.randomisations * weight_bytes(subject_.model().network) <=
                        (run.request.memory << 20) / 4) {
    for (int64_t i = 0; i < run.data.inputs.size(); ++i) names_.emplace_back(run.data.inputs[i].name);
    stems_ = unique_stems(names_);
    if (subject_.prototypes) sensitivity_.emplace(subject_.model().network, subject_.probe(), true);
  }

  std::string files(int64_t index) const {
    const std::string stem = file_word(stems_[static_cast<size_t>(index)]);
    return "images/" + (run_.subjects.size() > 1 ? std::to_string(number_ + 1) + "." : "") + stem;
  }
  std::string name(int64_t index) const { return names_[static_cast<size_t>(index)].filename().string(); }

  /// Rows of a batch whose first input has this number, and gradients for the test of concept vectors.
  std::pair<Tensor, Tensor> measured(const Tensor& inputs, int64_t first) const {
    const Network& network = subject_.model().network;
    const Activations activations = forward(network, dense(inputs.to(options_of(network))));
    const Tensor scores = activations[network.output].to(at::kCPU, at::kDouble);
    require_finite(scores, "the network's output for '" + name(first) + "' or a later input");
    const Tensor chances = probabilities(network, scores).select(1, subject_.target);
    const Tensor answers = scores.argmax(1), decided = answers == subject_.target;
    const Tensor responses = class_responses(run_.request, subject_, network, activations);
    const Tensor gradients = sensitivity_
                                 ? sensitivity_->gradients(activations, subject_.target).to(at::kCPU, at::kFloat)
                                 : at::zeros({inputs.size(0), 1});
    const Tensor maps = features_of(network, activations, subject_.probe().convolution);
    const std::vector<Tensor> chance = random_responses(inputs);
    Tensor rows = at::zeros({inputs.size(0), columns_.size()}, at::kDouble);
    for (int64_t n = 0; n < inputs.size(0); ++n) {
      rows[n][columns_.probability()] = chances[n];
      rows[n][columns_.decided()] = decided[n];
      rows[n][columns_.answer()] = answers[n];
      rows[n][columns_.silent()] = (responses[n].flatten(1).amax(1) <= 0).any();
      const Tensor belongs = measure(inputs[n].to(at::kFloat).contiguous(), maps[n], responses[n], first + n, rows[n]);
      for (size_t draw = 0; draw < chance.size(); ++draw)
        add_random_evidence(chance[draw][n], belongs, static_cast<int64_t>(draw), rows[n]);
    }
    return {rows, gradients};
  }

 private:
  /// Shares of the attributes in each segment.
  Tensor shares_of(const Tensor& input, const Tensor& map, const Segmentation& segments) const {
    std::vector<Tensor> features;
    if (in_place_) features.push_back(segment_means(map, segments));
    for (int64_t first = 0; !in_place_ && first < segments.count; first += once_) {
      const int64_t count = std::min(once_, segments.count - first);
      features.push_back(layer_features(subject_, cut_outs(input, segments, first, count, subject_.canvas(input))));
    }
    if (features.empty()) return at::zeros({0, columns_.attributes + 1});
    return attribute_shares(at::cat(features), *subject_.prototypes, run_.request.temperature);
  }

  Tensor masks_of(int64_t index) const {
    std::vector<Tensor> fitted;
    for (const Tensor& mask : run_.data.masks(index).unbind(0))
      fitted.push_back(fitted_mask(mask, subject_.model().preprocess));
    return at::stack(fitted);
  }

  /// How much of each pixel is whose; the input's numbers go into its row.
  Tensor measure(const Tensor& input, const Tensor& map, const Tensor& responses, int64_t index, Tensor row) const {
    const Model& model = subject_.model();
    Segmentation segments;
    Tensor shares, belongs;
    if (run_.masked()) {
      segments = superpixel_segments(unprocess(input, model.preprocess), run_.request.scales);  // for the controls
      belongs = membership_of_masks(masks_of(index));
      if (belongs.size(1) != input.size(1) || belongs.size(2) != input.size(2))
        fail("the masks of '", name(index), "' have ", belongs.size(1), "x", belongs.size(2), " pixels and the input ",
             input.size(1), "x", input.size(2), "; expected the same");
    } else {
      segments = segments_of_input(run_.request, model, input, responses[0]);
      shares = shares_of(input, map, segments);
      belongs = membership(segments, shares);
    }
    const int64_t attributes = columns_.attributes;
    row.narrow(0, columns_.area(0), attributes)
        .copy_(evidence_shares(at::ones_like(responses).narrow(0, 0, 1), belongs)[0]);
    row.narrow(0, columns_.evidence(0, 0), attributes * columns_.methods)
        .copy_(evidence_shares(responses, belongs).flatten());
    add_effects(input, attribute_regions(belongs), segments, index, row);
    if (index < run_.request.maps)
      draw_attributes(run_, number_, files(index), {input, segments, shares, belongs, responses});
    return belongs;
  }

  /// The network with other weights; kept where it is small, drawn again where it is not.
  const Network& random_network(int64_t draw, std::optional<Network>& drawn) const {
    const auto made = [&] {
      return randomized(subject_.model().network, 0,
                        mixed_seed({run_.request.seed, static_cast<uint64_t>(draw), kRandomWeights}));
    };
    if (!keeps_networks_) return drawn.emplace(made());
    while (static_cast<int64_t>(random_networks_.size()) <= draw) random_networks_.push_back(made());
    return random_networks_[static_cast<size_t>(draw)];
  }

  /// What each method gives for the class by networks with random weights, [N, M, H, W] each.
  std::vector<Tensor> random_responses(const Tensor& inputs) const {
    std::vector<Tensor> all;
    for (int64_t draw = 0; draw < columns_.randomisations; ++draw) {
      std::optional<Network> drawn;
      const Network& network = random_network(draw, drawn);
      const Activations activations = forward(network, dense(inputs.to(options_of(network))));
      all.push_back(class_responses(run_.request, subject_, network, activations));
    }
    return all;
  }

  void add_random_evidence(const Tensor& responses, const Tensor& belongs, int64_t draw, Tensor row) const {
    const Tensor found = evidence_shares(responses, belongs), silent = responses.flatten(1).amax(1) <= 0;
    for (int64_t m = 0; m < columns_.methods; ++m) {
      row.narrow(0, columns_.random_evidence(draw, m, 0), columns_.attributes).copy_(found[m]);
      row[columns_.random_silent(draw, m)] = silent[m];
    }
  }

  /// E7: the probability without and with each region alone, and the same for its controls; one batch for all.
  void add_effects(const Tensor& input, const Tensor& all_regions, const Segmentation& segments, int64_t index,
                   Tensor row) const {
    // with one attribute, "any" is that one again
    const Tensor regions = columns_.attributes == 1 ? all_regions.narrow(0, 0, 1) : all_regions;
    const int64_t count = regions.size(0), controls = run_.request.controls;
    Random random(mixed_seed({run_.request.seed, static_cast<uint64_t>(index), 7}));
    std::vector<Tensor> all;
    for (int64_t r = 0; r < count; ++r) {
      all.push_back(regions[r]);
      for (int64_t c = 0; c < controls; ++c) all.push_back(control_region(regions[r], segments, random));
    }
    const Tensor base = filled(input, run_.request.fill, subject_.plain);
    std::vector<Tensor> parts;
    for (size_t first = 0; first < all.size(); first += static_cast<size_t>(once_)) {
      const size_t last = std::min(all.size(), first + static_cast<size_t>(once_));
      const Tensor some = at::stack(
          std::vector<Tensor>(all.begin() + static_cast<int64_t>(first), all.begin() + static_cast<int64_t>(last)));
      const Tensor chances = class_probabilities(subject_, removals(input, some, base), once_);
      parts.push_back(chances.reshape({2, some.size(0)}));
    }
    const Tensor chances = at::cat(parts, 1).reshape({2, count, 1 + controls});
    for (int64_t r = 0; r <= columns_.attributes; ++r) {
      const int64_t from = std::min(r, count - 1);
      row[columns_.effect(r, kRegionArea)] = regions[from].to(at::kDouble).mean();
      row[columns_.effect(r, kWithout)] = chances[0][from][0];
      row[columns_.effect(r, kAlone)] = chances[1][from][0];
      row[columns_.effect(r, kRandomWithout)] = chances[0][from].narrow(0, 1, controls).mean();
      row[columns_.effect(r, kRandomAlone)] = chances[1][from].narrow(0, 1, controls).mean();
    }
  }

  const AttributesRun& run_;
  size_t number_;
  const AttributeSubject& subject_;
  AttributeColumns columns_;
  int64_t once_;
  bool in_place_;
  std::vector<fs::path> names_;
  std::vector<std::string> stems_;
  std::optional<ConceptSensitivity> sensitivity_;
  bool keeps_networks_;
  mutable std::deque<Network> random_networks_;
};

/// What must be equal for an unfinished run to go on.
std::map<std::string, std::string> settings_of_run(const AttributesRun& run, size_t number) {
  const AttributesRequest& asked = run.request;
  const AttributeSubject& subject = run.subjects[number];
  const auto joined = [](const auto& list) {
    std::string text;
    for (const auto& one : list) {
      std::ostringstream word;
      word << one;
      text += (text.empty() ? "" : ",") + word.str();
    }
    return text;
  };
  std::map<std::string, std::string> settings = {{"model", subject.model().sha256},
                                                 {"layer", subject.probe().layer},
                                                 {"preprocess", to_json(subject.model().preprocess)},
                                                 {"precision", subject.model().precision},
                                                 {"data", table_hash(run.data.inputs)},
                                                 {"random data", table_hash(run.data.any)},
                                                 {"class", run.class_name},
                                                 {"attributes", joined(run.exemplars.names)},
                                                 {"methods", joined(asked.methods)},
                                                 {"segments", run.masked() ? "masks" : asked.segments},
                                                 {"scales", joined(asked.scales)},
                                                 {"embedding", asked.embedding},
                                                 {"fill", asked.fill}};
  if (run.exemplars.set) settings["exemplars"] = table_hash(run.exemplars.set->pictures);
  const auto add = [&](const char* name, auto value) { settings[name] = joined(std::vector{value}); };
  add("strictness", asked.strictness);
  add("temperature", asked.temperature);
  add("batch", subject.setting.batch);
  add("controls", asked.controls);
  add("randomisations", asked.randomisations);
  add("random sets", asked.random_sets);
  add("set size", asked.set_size);
  add("maps", asked.maps);
  add("seed", asked.seed);
  return settings;
}

/// E6: whether the class's score rises toward each attribute, at the inputs whose gradients these are.
std::optional<AttributeSignificance> significance(const AttributesRun& run, const AttributeSubject& subject,
                                                  const Tensor& gradients) {
  const AttributesRequest& asked = run.request;
  int64_t exemplars = 0;
  for (const auto& rows : subject.rows) exemplars += static_cast<int64_t>(rows.size());
  const int64_t pool = subject.features.size(0) - exemplars;
  if (pool < 3 * asked.set_size) return std::nullopt;
  auto sets = random_sets(pool, asked.random_sets, asked.set_size, asked.seed);
  for (auto& set : sets)
    for (int64_t& row : set) row += exemplars;
  std::vector<Contrast> contrasts;
  for (const auto& rows : subject.rows)
    for (const auto& set : sets) contrasts.push_back({rows, set});
  for (size_t s = 0; s < sets.size(); ++s) contrasts.push_back({sets[s], sets[(s + 1) % sets.size()]});
  ConceptVectorOptions options;
  options.seed = asked.seed;
  const ConceptVectors found = concept_vectors(subject.features, contrasts, options);
  const Tensor scores = tcav_scores(at::mm(found.vectors, gradients.t())).reshape({-1, asked.random_sets}).contiguous();
  const auto list = [&](int64_t row) {
    const auto* const begin = scores.data_ptr<double>() + row * asked.random_sets;
    return std::vector<double>(begin, begin + asked.random_sets);
  };
  const auto attributes = static_cast<int64_t>(subject.rows.size());
  AttributeSignificance all;
  all.random = scores[attributes].mean().item<double>();
  for (int64_t a = 0; a < attributes; ++a) {
    all.tests.push_back(
        concept_test(list(a), list(attributes), attributes * static_cast<int64_t>(run.subjects.size()), asked.level));
    const auto first = found.accuracies.begin() + a * asked.random_sets;
    all.accuracies.push_back(std::accumulate(first, first + asked.random_sets, 0.) /
                             static_cast<double>(asked.random_sets));
  }
  return all;
}

}  // namespace

AttributeMeasures measure_attributes(const AttributesRun& run, size_t number, const Progress& progress) {
  const AttributeSubject& subject = run.subjects[number];
  const AttributeStream stream(run, number);
  RunState state(run.folder() / ("attributes" + std::to_string(number + 1) + ".state"), settings_of_run(run, number));
  std::vector<Tensor> rows, gradients;
  for (const auto& [name, tensor] : state.loaded()) (name == "rows" ? rows : gradients).push_back(tensor);
  const Dataset inputs = as_inputs(subject.model(), run.data.inputs);
  int64_t done = state.done();
  LoaderPlan how;
  how.batch = subject.setting.batch;
  how.threads = run.request.loading;
  how.first_batch = done / how.batch;
  Loader loader(inputs, subject.model().network.input_shape(), how);
  const auto save = [&] {
    if (done == 0) return;
    rows = {at::cat(rows)};
    gradients = {at::cat(gradients)};
    state.save(done, {{"rows", rows[0]}, {"gradients", gradients[0]}});
  };
  try {
    while (done < inputs.size()) {
      if (progress) progress(done, inputs.size(), "attributes");
      const std::optional<Batch> batch = loader.next();
      const auto [of_batch, gradient] = stream.measured(batch->inputs, done);
      rows.push_back(of_batch);
      gradients.push_back(gradient);
      done += batch->inputs.size(0);
      if (state.due()) save();
    }
  } catch (...) {
    save();
    throw;
  }
  save();
  AttributeMeasures found{rows[0], bootstrap_means(rows[0], run.request.draws, run.request.seed), std::nullopt, {}};
  if (subject.prototypes) found.significance = significance(run, subject, gradients[0]);
  for (int64_t i = 0; i < std::min(run.request.maps, inputs.size()); ++i)
    found.pictures.push_back({stream.name(i), stream.files(i), found.rows[i][0].item<double>()});
  return found;
}

}  // namespace limpid
