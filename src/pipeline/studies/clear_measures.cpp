// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "limpid/data/loader.h"
#include "limpid/explain/masking.h"
#include "pipeline/studies/clear_parts.h"

namespace limpid::study_of_clear {
namespace {

constexpr int64_t kBatch = 64, kMaskingChunk = 512;

/// Batches of the inputs on the model's device, with the index of their first.
void for_each_batch(const Subject& subject, const StudyRun& run, int64_t size, const std::string& what,
                    const std::function<void(const Tensor& inputs, const Tensor& labels, int64_t first)>& use) {
  LoaderPlan plan;
  plan.batch = size;
  plan.threads = run.request().loading;
  Loader loader(subject.inputs, subject.model.network.input_shape(), plan);
  const Progress progress = run.progress(what);
  int64_t done = 0;
  while (const std::optional<Batch> batch = loader.next()) {
    use(batch->inputs.to(subject.model.device, subject.model.type), batch->labels, done);
    done += batch->inputs.size(0);
    if (progress) progress(done, subject.inputs.size(), "pictures");
  }
}

ResponseHow response_how(const Model& model) {
  const auto [low, high] = input_bounds(model.preprocess, model.network.input_shape().front());
  return {.positive = true, .low = low.to(model.device, model.type), .high = high.to(model.device, model.type)};
}

/// A picture of one gray value as the network takes it, [C, 1, 1].
Tensor gray_input(const Model& model, int64_t value) {
  const Shape& shape = model.network.input_shape();
  const Tensor picture = at::full({shape.front(), shape[1], shape[2]}, value, at::kByte);
  return preprocess(picture, model.preprocess).narrow(1, 0, 1).narrow(2, 0, 1);
}

Tensor background_of(const Model& model, const std::string& name) {
  if (name == "mean") return at::zeros({1, 1, 1});
  return gray_input(model, name == "gray" ? 128 : 0);
}

void accumulate(std::vector<MaskingResult>& sums, const std::vector<MaskingResult>& part, double weight) {
  if (sums.empty())
    for (const MaskingResult& result : part) sums.push_back({result.threshold, 0, 0, 0, 0, 0, 0});
  for (size_t i = 0; i < part.size(); ++i)
    for (const auto value : {&MaskingResult::full, &MaskingResult::kept, &MaskingResult::removed,
                             &MaskingResult::random_kept, &MaskingResult::random_removed, &MaskingResult::area})
      sums[i].*value += weight * part[i].*value;
}

}  // namespace

Table masking_table(const Subject& subject, const StudyRun& run, const std::string& response) {
  const ResponseOf response_of = [&](const Network& network, const Activations& activations) {
    return named_response(response, network, activations, response_how(subject.model));
  };
  std::vector<MaskingResult> sums;
  for_each_batch(subject, run, kMaskingChunk, "masking, " + response,
                 [&](const Tensor& inputs, const Tensor& labels, int64_t first) {
                   MaskingOptions options;
                   options.background = background_of(subject.model, run.options().text("background"));
                   options.seed = run.request().seed + static_cast<uint64_t>(first);
                   options.batch = kBatch;
                   accumulate(sums, masking_experiment(subject.model.network, inputs, labels, response_of, options),
                              static_cast<double>(inputs.size(0)) / static_cast<double>(subject.inputs.size()));
                 });
  Table table{{"response", "t", "full", "kept", "removed", "random_kept", "random_removed", "area"}, {}};
  for (const MaskingResult& r : sums)
    table.add({response, r.threshold, r.full, r.kept, r.removed, r.random_kept, r.random_removed, r.area});
  return table;
}

Clear clear_of(const Subject& subject, const Activations& activations) {
  const ClassResponse response = named_response("linear", subject.model.network, activations, {.positive = true});
  const Tensor classes = at::tensor(subject.classes, at::kLong);
  const auto count = static_cast<int64_t>(subject.classes.size());
  ClearOptions options;
  Clear map = clear(response, classes.expand({activations.images, count}).contiguous(), options);
  const Tensor dominant = map.dominant.cpu().to(at::kLong);
  map.dominant = at::where(dominant < 0, dominant, at::searchsorted(classes, dominant.clamp_min(0))).to(at::kInt);
  map.level = map.level.cpu().to(at::kFloat);
  return map;
}

namespace {

Reading reading_of(const Subject& subject, int64_t index, int64_t label, const Tensor& probabilities,
                   const std::vector<Share>& all) {
  const int64_t predicted = probabilities.argmax().item<int64_t>();
  const auto none = [&](int64_t k) {
    return std::binary_search(subject.classes.begin(), subject.classes.end(), k) ? 0. : std::nan("");
  };
  Reading reading{index,       label,           predicted, -1, probabilities[predicted].item<double>(),
                  none(label), none(predicted), 0,         0};
  for (const Share& share : all) {
    const int64_t k = subject.classes[static_cast<size_t>(share.index)];
    if (k == label) reading.share_label = share.share;
    if (k == predicted) reading.share_predicted = share.share;
    reading.area += share.area;
  }
  if (!all.empty()) {
    reading.largest = subject.classes[static_cast<size_t>(all.front().index)];
    reading.share_largest = all.front().share;
  }
  return reading;
}

}  // namespace

Table evidence_table(const Subject& subject, const StudyRun& run) {
  Table table{{"index", "input", "label", "label_index", "predicted", "predicted_index", "probability", "share_label",
               "share_predicted", "largest_index", "share_largest", "area"},
              {}};
  const auto name = [&](int64_t index) { return subject.model.labels[static_cast<size_t>(index)]; };
  for_each_batch(subject, run, kBatch, "CLEAR", [&](const Tensor& inputs, const Tensor& labels, int64_t first) {
    const Activations activations = forward(subject.model.network, inputs);
    const Tensor probabilities =
        limpid::probabilities(subject.model.network, activations[subject.model.network.output].to(at::kDouble)).cpu();
    const Clear map = clear_of(subject, activations);
    for (int64_t n = 0; n < inputs.size(0); ++n) {
      const Reading r = reading_of(subject, first + n, labels[n].item<int64_t>(), probabilities[n],
                                   shares(map.dominant[n], map.level[n]));
      table.add({r.index, subject.inputs[r.index].name, name(r.label), r.label, name(r.predicted), r.predicted,
                 r.probability, r.share_label, r.share_predicted, r.largest, r.share_largest, r.area});
    }
  });
  return table;
}

std::vector<Reading> readings(const Table& evidence) {
  std::vector<Reading> all;
  for (const std::vector<Cell>& row : evidence.rows) {
    const auto whole = [&](size_t column) { return std::get<int64_t>(row[column]); };
    const auto number = [&](size_t column) { return std::get<double>(row[column]); };
    all.push_back({whole(0), whole(3), whole(5), whole(9), number(6), number(7), number(8), number(10), number(11)});
  }
  return all;
}

}  // namespace limpid::study_of_clear
