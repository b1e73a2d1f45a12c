// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/training.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "limpid/net/canonize.h"
#include "limpid/net/onnx.h"
#include "limpid/pipeline/limits.h"
#include "limpid/pipeline/model.h"
#include "limpid/train/architectures.h"
#include "pipeline/clock.h"
#include "pipeline/training_files.h"
#include "pipeline/training_request.h"

namespace limpid {
namespace {

constexpr int64_t kEvaluationBatch = 128;

std::string minutes(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + .5);
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

/// Tells a front end of every step: loss and accuracy of the epoch, speed, time left.
std::function<void(const StepReport&)> step_teller(const Progress& progress, int64_t epochs) {
  if (!progress) return {};
  const auto speed = std::make_shared<double>(0);
  return [progress, epochs, speed](const StepReport& report) {
    *speed = *speed == 0 ? report.examples_per_second : .95 * *speed + .05 * report.examples_per_second;
    const double examples = report.batch * static_cast<double>(report.steps - report.step);
    const std::string what = fmt::format("epoch {}/{}  loss {:.4f}  {:.2f} %  {:.0f}/s  {} left",
                                         (report.step - 1) / report.steps_an_epoch + 1, epochs, report.loss,
                                         100 * report.accuracy, *speed, minutes(examples / *speed));
    progress(report.step, report.steps, what);
  };
}

std::string line_of(const CurvePoint& point) {
  const std::string validation =
      std::isnan(point.validation_loss)
          ? ""
          : fmt::format(", validation {:.4f}, {:.2f} %", point.validation_loss, 100 * point.validation_accuracy);
  return std::isnan(point.loss) ? fmt::format("epoch 0{}", validation)
                                : fmt::format("epoch {:.4g}: loss {:.4f}, {:.2f} %{}, {}", point.epoch, point.loss,
                                              100 * point.accuracy, validation, minutes(point.seconds));
}

Network start_of(const TrainRequest& request, const TrainingData& data, at::Device device) {
  const Network network = build_architecture(
      request.architecture, {data.shape, static_cast<int64_t>(data.training.classes.size()), request.seed},
      architecture_options(request));
  return moved(network, device);
}

}  // namespace

std::string train_model(const TrainRequest& request, const Progress& progress,
                        const std::function<void(const std::string&)>& tell) {
  set_up_process(request.threads);
  const Options checked(lookup("architecture", request.architecture, architectures()).options,
                        architecture_options(request));  // before data are read
  const TrainSettings settings = settings_of(request);
  const at::Device device = device_named(request.device);
  if (device.is_cuda()) at::globalContext().setDeterministicCuDNN(true);
  if (tell && settings.bfloat16 && !bfloat16_is_faster(device))
    tell("bfloat16 trains slower than float32 on this CPU, which has no AMX");
  const TrainingData data = training_data(request);
  const TrainingFiles files(request, settings, data);
  Checkpoints checkpoints{.file = files.beside(".checkpoint"),
                          .every_steps = request.checkpoint_steps,
                          .at = request.snapshots,
                          .resume = request.resume,
                          .origin = data.origin};
  checkpoints.snapshot = [&files](const Network& network, const CurvePoint& point) {
    files.write_snapshot(network, point);
  };
  const TrainObserver observer{.step = step_teller(progress, settings.epochs),
                               .epoch = [&tell](const CurvePoint& point) {
                                 if (tell) tell(line_of(point));
                               }};
  const TrainResult result = train(start_of(request, data, device), data.training, data.validation, settings,
                                   checkpoints, observer, request.loading);
  const Dataset& held_out = data.validation.size() > 0 ? data.validation : data.plain;
  const Network ready = moved(canonized(result.network), device);
  const Scores scores = scores_of(logits_of(ready, held_out, kEvaluationBatch, request.loading), labels_of(held_out));
  if (tell && result.stopped_early)
    tell(fmt::format("stopped early: {} without a better validation loss after epoch {}, whose network is kept",
                     settings.patience == 1 ? "an epoch" : std::to_string(settings.patience) + " epochs",
                     result.best_epoch));
  if (tell)
    tell(fmt::format("{}: accuracy {} on {} examples {}", request.output, percent(scores.accuracy), held_out.size(),
                     data.validation.size() > 0 ? "held out" : "trained on"));
  return files.write(result, scores);
}

}  // namespace limpid
