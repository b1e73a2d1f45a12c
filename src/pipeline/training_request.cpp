// SPDX-License-Identifier: Apache-2.0
#include "pipeline/training_request.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/core/lookup.h"
#include "limpid/core/random.h"
#include "limpid/net/kernels.h"
#include "limpid/pipeline/limits.h"
#include "limpid/pipeline/model.h"
#include "pipeline/scoring.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

template <class Kind>
Kind named(const char* what, const std::string& name, const std::vector<std::string>& names) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) refuse_name(what, name, names);
  return static_cast<Kind>(found - names.begin());
}

void check(const TrainRequest& request) {
  const std::tuple<const char*, double, double, double> ranges[] = {
      {"--learning-rate", request.learning_rate, 0, 1e6},
      {"--momentum", request.momentum, 0, 1},
      {"--weight-decay", request.weight_decay, 0, 1e6},
      {"--warm-up", request.warm_up, 0, 1e6},
      {"--step-epochs", request.step_epochs, 1e-6, 1e6},
      {"--step-factor", request.step_factor, 0, 1},
      {"--label-smoothing", request.label_smoothing, 0, .99},
      {"--clip", request.clip, 0, 1e9},
      {"--validation", request.validation, 0, .99}};
  for (const auto& [name, value, least, most] : ranges)
    if (!(value >= least && value <= most)) refuse(name, " is ", value, "; expected ", least, " to ", most);
  for (const auto& [name, value, least] :
       {std::tuple("--epochs", request.epochs, 1), std::tuple("--batch", request.batch, 1),
        std::tuple("--patience", request.patience, 0), std::tuple("--examples", request.examples, 0),
        std::tuple("--loading", request.loading, 1), std::tuple("--cache", request.cache, 0),
        std::tuple("--checkpoint-steps", request.checkpoint_steps, 0)})
    if (value < least) refuse(name, " is ", value, "; expected at least ", least);
  std::vector<std::string> ways = preprocess_presets();
  ways.insert(ways.begin(), "data");
  require_known("normalisation", request.normalise, ways);
  for (const double epoch : request.snapshots)
    if (!(epoch >= 0 && epoch <= static_cast<double>(request.epochs)))
      refuse("--at is ", epoch, "; expected 0 to ", request.epochs, ", the last of the --epochs");
}

/// The part to train on, and what is held out of it.
Split opened(const TrainRequest& request) {
  DatasetLimits limits;
  limits.input = limits_of(request.limits).input;
  const Dataset whole = open_dataset(request.data, part_named(request.part), limits);
  const Dataset data = request.examples > 0 ? thinned(whole, request.examples) : whole;
  if (request.fold >= 0) {
    const auto has_fold = [](const Example& example) { return example.fold >= 0; };
    if (std::none_of(data.examples.begin(), data.examples.end(), has_fold))
      refuse("--fold is ", request.fold, ", and '", request.data,
             "' has no folds; a manifest.csv with a column fold has, and --validation holds out a share instead");
    return split_fold(data, request.fold);
  }
  if (request.validation > 0) return split(data, request.validation, mixed_seed({request.seed, 2}));
  return {data, Dataset{}};
}

/// How pictures become inputs: their size and channels are those of the first unless the request says otherwise.
Preprocess preprocess_of(const TrainRequest& request, const Dataset& data, const Tensor& first) {
  auto [height, width] = std::pair(first.size(1), first.size(2));
  if (!request.size.empty()) std::tie(height, width) = extent_of("the size", request.size);
  const bool said = !request.channels.empty();
  if (said && request.channels != "rgb" && request.channels != "gray")
    refuse_name("channel order", request.channels, {"rgb", "gray"});
  const int64_t channels = said ? (request.channels == "gray" ? 1 : 3) : first.size(0);
  const bool own = request.normalise == "data";
  const Preprocess how = preprocess_preset(own ? "unit" : request.normalise, channels, height, width);
  return own ? statistics_of(data, how) : how;
}

std::string described(const TrainRequest& request, const Split& sides) {
  std::string text = sides.rest.description + "; " + std::to_string(sides.rest.size()) + " to train on";
  if (sides.held_out.size() > 0) text += ", " + std::to_string(sides.held_out.size()) + " held out";
  if (request.fold >= 0) text += " (fold " + std::to_string(request.fold) + ")";
  if (!request.augment.empty()) text += "; augmented: " + request.augment;
  return text;
}

/// The data's digest last: where nothing but it differs, files were added, renamed or relabelled.
std::vector<std::pair<std::string, std::string>> origin_of(const TrainRequest& request, const TrainingData& data) {
  std::vector<std::pair<std::string, std::string>> origin = {
      {"architecture", request.architecture + (request.options.empty() ? "" : " " + listed(request.options))}};
  for (const auto& [name, value] : data_settings(request)) origin.emplace_back(name, value);
  origin.emplace_back("data", data.description);
  origin.emplace_back("digest of the examples",
                      sha256(table_hash(data.training) + to_json(data.preprocess)).substr(0, 12));
  return origin;
}

}  // namespace

bool bfloat16_is_faster(at::Device device) {
  return worthwhile_precision(Precision::kBfloat16, device) == Precision::kBfloat16;
}

std::map<std::string, std::string> data_settings(const TrainRequest& request) {
  const auto given = [](const std::string& text, const char* otherwise) { return text.empty() ? otherwise : text; };
  std::map<std::string, std::string> all = {
      {"part", request.part},
      {"examples", request.examples > 0 ? std::to_string(request.examples) : "all"},
      {"size", given(request.size, "of the first picture")},
      {"channels", given(request.channels, "of the first picture")},
      {"normalise", request.normalise},
      {"augment", given(request.augment, "none")},
      {"balance", request.balance ? "yes" : "no"}};
  if (request.fold >= 0)
    all["fold"] = std::to_string(request.fold);
  else
    all["validation"] = fmt::format("{}", request.validation);
  return all;
}

TrainSettings settings_of(const TrainRequest& request) {
  check(request);
  TrainSettings s;
  s.epochs = request.epochs;
  s.batch = request.batch;
  s.optimizer = named<OptimizerKind>("optimizer", request.optimizer, {"adam", "adamw", "sgd"});
  s.schedule = named<Schedule>("schedule", request.schedule, {"constant", "step", "cosine"});
  s.class_weights = named<ClassWeights>("class weighting", request.class_weights, {"none", "balanced"});
  const int precision = named<int>("precision", request.precision, {"float32", "bfloat16", "auto"});
  s.bfloat16 = precision == 1 || (precision == 2 && bfloat16_is_faster(device_named(request.device)));
  s.learning_rate = request.learning_rate;
  s.momentum = request.momentum;
  s.weight_decay = request.weight_decay;
  s.warm_up = request.warm_up;
  s.step_epochs = request.step_epochs;
  s.step_factor = request.step_factor;
  s.label_smoothing = request.label_smoothing;
  s.clip = request.clip;
  s.patience = request.patience;
  s.seed = request.seed;
  return s;
}

std::map<std::string, std::string> architecture_options(const TrainRequest& request) {
  std::map<std::string, std::string> options;
  for (const std::string& setting : request.options) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos) refuse("the setting '", setting, "' has no value; expected option=value");
    options[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  return options;
}

TrainingData training_data(const TrainRequest& request) {
  const Augmentation augmentation = augmentation_of(request.augment);
  Split sides = opened(request);
  const Tensor first = sides.rest.read(0, 0);
  TrainingData all;
  all.description = described(request, sides);
  all.pictures = first.scalar_type() == at::kByte;
  all.shape = first.sizes().vec();
  const auto bytes = static_cast<uint64_t>(request.cache) << 20;
  const Dataset kept = cached(sides.rest, bytes);
  if (all.pictures) {
    all.preprocess = preprocess_of(request, kept, first);
    all.shape = {all.preprocess.channels == ChannelOrder::gray ? 1 : 3, all.preprocess.height, all.preprocess.width};
  }
  all.plain = normalised(kept, all.preprocess);
  const Dataset source = request.balance ? balanced(kept, mixed_seed({request.seed, 3})) : kept;
  all.training = normalised(augmented(source, augmentation, mixed_seed({request.seed, 4})), all.preprocess);
  all.validation =
      sides.held_out.size() > 0 ? normalised(cached(sides.held_out, bytes / 4), all.preprocess) : Dataset{};
  if (request.balance) all.description += "; balanced to " + std::to_string(all.training.size());
  all.origin = origin_of(request, all);
  return all;
}

}  // namespace limpid
