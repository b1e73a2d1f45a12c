// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/core/lookup.h"
#include "limpid/data/wrapping.h"
#include "limpid/pipeline/documents.h"
#include "limpid/pipeline/manifest.h"
#include "limpid/pipeline/model.h"
#include "limpid/pipeline/training.h"
#include "pipeline/clock.h"
#include "pipeline/scoring.h"

namespace limpid {
namespace {

Dataset dataset_of(const PredictRequest& request, const Model& model) {
  DatasetLimits limits;
  limits.input = model.limits.input;
  Dataset data = open_dataset(request.data, part_named(request.part), limits);
  if (request.fold >= 0) data = only_fold(data, request.fold);
  return normalised(aligned(std::move(data), model.labels), model.preprocess);
}

std::string predictions_csv(const Dataset& data, const Network& network, const Tensor& logits) {
  const Tensor probabilities = limpid::probabilities(network, logits.to(at::kDouble));
  const auto [best, predicted] = probabilities.max(1);
  const Tensor truth = probabilities.gather(1, labels_of(data).unsqueeze(1)).squeeze(1).contiguous();
  const Tensor sure = best.contiguous(), taken = predicted.contiguous();
  Table table{{"input", "label", "predicted", "right", "probability", "probability_of_label"}, {}};
  for (int64_t i = 0; i < data.size(); ++i) {
    const int64_t label = data[i].label, answer = taken.data_ptr<int64_t>()[i];
    table.add({data[i].name, data.classes[static_cast<size_t>(label)], data.classes[static_cast<size_t>(answer)],
               int64_t{label == answer}, sure.data_ptr<double>()[i], truth.data_ptr<double>()[i]});
  }
  return csv(table);
}

std::string text_of(const Scores& scores, const Dataset& data) {
  return fmt::format("accuracy {}, balanced {}, loss {:.4f}, calibration error {:.4f}, {} examples\n\n",
                     percent(scores.accuracy), percent(scores.balanced_accuracy), scores.loss, scores.calibration_error,
                     data.size()) +
         text_table(class_table(scores, data.classes));
}

void write_results(const PredictRequest& request, const Model& model, const Dataset& data, const Tensor& logits,
                   const Scores& scores, const std::string& document) {
  const std::filesystem::path folder = request.output;
  make_folder(folder);
  write_file(folder / "predictions.csv", predictions_csv(data, model.network, logits));
  write_file(folder / "confusion.csv", csv(confusion_table(scores, data.classes)));
  write_file(folder / "scores.json", document);
  Page page("Predictions of " + request.model.path, data.description);
  page.facts({{"accuracy", percent(scores.accuracy)},
              {"balanced accuracy", percent(scores.balanced_accuracy)},
              {"loss", fmt::format("{:.4f}", scores.loss)},
              {"calibration error", fmt::format("{:.4f}", scores.calibration_error)}});
  add_scores(page, scores, data.classes);
  write_file(folder / "report.html", page.html());
}

}  // namespace

std::string predict(const PredictRequest& request, bool json, const Progress& progress) {
  if (request.batch < 1) refuse("the batch is ", request.batch, "; expected at least 1");
  set_up_process(request.threads);
  const Model model = open_model(request.model);
  const Dataset data = dataset_of(request, model);
  const Clock clock;
  const Tensor logits = logits_of(model.network, data, request.batch, request.loading, progress);
  const double seconds = clock.seconds();
  const Scores scores = scores_of(logits, labels_of(data), has_independent_scores(model.network));
  nlohmann::ordered_json document = {{"model", {{"path", model.path}, {"sha256", model.sha256}}},
                                     {"data", data.description},
                                     {"examples", data.size()}};
  document.update(nlohmann::ordered_json::parse(scores_json(scores, data.classes)));
  document["seconds"] = seconds;
  const std::string text = document.dump(2) + "\n";
  if (!request.output.empty()) write_results(request, model, data, logits, scores, text);
  return json ? text : text_of(scores, data);
}

}  // namespace limpid
