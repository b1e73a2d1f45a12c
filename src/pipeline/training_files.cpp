// SPDX-License-Identifier: Apache-2.0
#include "pipeline/training_files.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/net/onnx.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json json_of(const CurvePoint& point) {
  return {{"epoch", point.epoch},
          {"step", point.step},
          {"learning_rate", point.learning_rate},
          {"loss", number(point.loss)},
          {"accuracy", number(point.accuracy)},
          {"validation_loss", number(point.validation_loss)},
          {"validation_accuracy", number(point.validation_accuracy)},
          {"seconds", point.seconds}};
}

Table curve_table(const std::vector<CurvePoint>& curve) {
  Table table{
      {"epoch", "step", "learning_rate", "loss", "accuracy", "validation_loss", "validation_accuracy", "seconds"}, {}};
  for (const CurvePoint& p : curve)
    table.add(
        {p.epoch, p.step, p.learning_rate, p.loss, p.accuracy, p.validation_loss, p.validation_accuracy, p.seconds});
  return table;
}

Series series_of(const std::string& name, const std::vector<CurvePoint>& curve, double CurvePoint::*value) {
  Series series{name, {}};
  series.points = true;
  for (const CurvePoint& point : curve) {
    series.x.push_back(point.epoch);
    series.y.push_back(point.*value);
  }
  return series;
}

/// Training and validation over the epochs; the latter only where there was one.
std::string curves(const std::string& title, const std::vector<CurvePoint>& curve, double CurvePoint::*training,
                   double CurvePoint::*validation) {
  Chart chart{title, "epochs", "", {series_of("training", curve, training)}};
  const auto measured = [&](const CurvePoint& point) { return std::isfinite(point.*validation); };
  if (std::any_of(curve.begin(), curve.end(), measured))
    chart.series.push_back(series_of("validation", curve, validation));
  return line_chart(chart);
}

}  // namespace

TrainingFiles::TrainingFiles(const TrainRequest& request, const TrainSettings& settings, const TrainingData& data)
    : request_(request), settings_(settings), data_(data) {
  const std::filesystem::path path = request.output;
  if (path.extension() != ".onnx")
    refuse("the model's file is '", request.output, "'; expected a name that ends in .onnx");
  if (path.has_parent_path()) make_folder(path.parent_path());
}

std::filesystem::path TrainingFiles::beside(const std::string& ending) const {
  const std::filesystem::path path = request_.output;
  return path.parent_path() / (path.stem().string() + ending);
}

Network TrainingFiles::with_metadata(Network network, const std::string& metrics) const {
  network.metadata["classes"] = Json(data_.training.classes).dump();
  if (data_.pictures) network.metadata["preprocess"] = to_json(data_.preprocess);
  network.metadata["architecture"] = Json{{"name", request_.architecture}, {"options", request_.options}}.dump();
  network.metadata["data"] = data_.description;
  network.metadata["training"] = Json(settings_text(settings_)).dump();
  network.metadata["seed"] = std::to_string(settings_.seed);
  network.metadata["metrics"] = metrics;
  return network;
}

void TrainingFiles::write_snapshot(const Network& network, const CurvePoint& point) const {
  Json measured = json_of(point);
  measured.erase("seconds");  // the same training gives the same file
  save_onnx(with_metadata(network, measured.dump()), beside(fmt::format(".epoch{:.6g}.onnx", point.epoch)));
}

std::string TrainingFiles::page(const TrainResult& result, const Scores& scores) const {
  Page page(request_.architecture + ", trained", data_.description);
  std::vector<std::pair<std::string, std::string>> facts = {
      {"accuracy", percent(scores.accuracy)},
      {"balanced accuracy", percent(scores.balanced_accuracy)},
      {"calibration error", fmt::format("{:.4f}", scores.calibration_error)},
      {"of", data_.validation.size() > 0 ? "the examples held out" : "the examples trained on"},
      {"seconds", fmt::format("{:.1f}", result.seconds)}};
  page.facts(facts);
  if (!result.curve.empty())
    page.charts({curves("Loss", result.curve, &CurvePoint::loss, &CurvePoint::validation_loss),
                 curves("Accuracy", result.curve, &CurvePoint::accuracy, &CurvePoint::validation_accuracy)});
  add_scores(page, scores, data_.training.classes);
  page.heading("Settings");
  std::map<std::string, std::string> settings = settings_text(settings_);
  settings.merge(data_settings(request_));
  page.facts({settings.begin(), settings.end()});
  return page.html();
}

std::string TrainingFiles::write(const TrainResult& result, const Scores& scores) const {
  const Json measured = Json::parse(scores_json(scores, data_.training.classes));
  Json curve = Json::array();
  for (const CurvePoint& point : result.curve) curve.push_back(json_of(point));
  const Json document = {{"model", request_.output},
                         {"command", request_.command},
                         {"architecture", {{"name", request_.architecture}, {"options", request_.options}}},
                         {"data", data_.description},
                         {"data_settings", data_settings(request_)},
                         {"settings", settings_text(settings_)},
                         {"of", data_.validation.size() > 0 ? "held out" : "trained on"},
                         {"scores", measured},
                         {"curve", curve},
                         {"stopped_early", result.stopped_early},
                         {"seconds", result.seconds},
                         {"waited_for_data", result.waited}};
  Json metrics = measured;
  metrics.erase("confusion");
  metrics["of"] = document["of"];
  save_onnx(with_metadata(result.network, metrics.dump()), request_.output);
  write_file(beside(".curve.csv"), csv(curve_table(result.curve)));
  write_file(beside(".confusion.csv"), csv(confusion_table(scores, data_.training.classes)));
  write_file(beside(".report.html"), page(result, scores));
  write_file(beside(".json"), document.dump(2) + "\n");
  return beside(".json").string();
}

}  // namespace limpid
