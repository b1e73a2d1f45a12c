// SPDX-License-Identifier: Apache-2.0
#include "limpid/train/trainer.h"

#include <ATen/ATen.h>

#include <chrono>

#include "limpid/core/error.h"
#include "limpid/core/random.h"
#include "limpid/net/canonize.h"
#include "limpid/net/training.h"
#include "limpid/train/evaluation.h"
#include "train/checkpoint.h"
#include "train/learner.h"

namespace limpid {
namespace {

constexpr int64_t kEvaluationBatch = 128;

void check(const Network& network, const Dataset& data, const Dataset& validation, const TrainSettings& settings) {
  if (network.classes() != static_cast<int64_t>(data.classes.size()))
    fail("the network has ", network.classes(), " classes and the data set ", data.classes.size(),
         "; expected as many");
  if (settings.epochs < 1 || settings.batch < 1)
    refuse("training takes ", settings.epochs, " epochs of batches of ", settings.batch, "; expected at least 1");
  if (settings.patience > 0 && validation.size() == 0)
    refuse("stopping early needs a validation part; hold some examples out, or do without patience");
}

/// [K]: N / (K · examples of the class), 0 for classes without examples.
Tensor class_weights(const Dataset& data, const TrainSettings& settings) {
  if (settings.class_weights == ClassWeights::none) return {};
  std::vector<float> weights;
  const auto counts = class_counts(data);
  for (const int64_t count : counts)
    weights.push_back(count ? static_cast<float>(data.size()) /
                                  static_cast<float>(count * static_cast<int64_t>(counts.size()))
                            : 0.f);
  return at::tensor(weights);
}

/// Batches of one example have no statistics; where layers take some, an epoch's smaller last batch is left out.
bool takes_statistics(const Network& network) {
  return std::any_of(network.nodes.begin(), network.nodes.end(),
                     [](const Node& node) { return node.layer.type->train; });
}

class TrainingRun {
 public:
  TrainingRun(const Network& start, const Dataset& data, const Dataset& validation, const TrainSettings& settings,
              const Checkpoints& checkpoints, const TrainObserver& observer, int64_t loading)
      : data_(data),
        validation_(validation),
        settings_(settings),
        checkpoints_(checkpoints),
        observer_(observer),
        loading_(loading),
        learner_(start, settings, class_weights(data, settings)) {
    plan_ = {.batch = settings.batch,
             .threads = loading,
             .shuffle = true,
             .drop_last = takes_statistics(start),
             .seed = settings.seed,
             .epochs = settings.epochs};
    an_epoch_ = batches_of(data.size(), plan_);
    state_.settings = settings_text(settings);
    for (const auto& [name, words] : checkpoints.origin) state_.settings[name] = words;
  }

  TrainResult finish() {
    if (checkpoints_.resume && std::filesystem::exists(checkpoints_.file)) restore();
    if (state_.step == 0 && !due_snapshots().empty()) record();
    plan_.first_epoch = state_.step / an_epoch_;
    plan_.first_batch = state_.step % an_epoch_;
    plan_.epochs = settings_.epochs - plan_.first_epoch;
    Loader loader(data_, learner_.network().input_shape(), plan_);
    while (!stopped_ && state_.step < an_epoch_ * settings_.epochs) advance(*loader.next());
    if (!state_.best.empty()) learner_.set_parameters(state_.best);
    return {trainable(learner_.network()),
            state_.curve,
            state_.step,
            seconds(),
            loader.waited(),
            stopped_,
            state_.best_epoch};
  }

 private:
  double seconds() const {
    return state_.seconds + std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

  void advance(const Batch& batch) {
    const double rate = learning_rate_at(settings_, state_.step, an_epoch_);
    const StepResult result =
        learner_.step(batch, rate, mixed_seed({settings_.seed, 1, static_cast<uint64_t>(state_.step)}));
    const auto count = static_cast<double>(batch.labels.size(0));
    state_.loss_sum += result.loss * count;
    state_.right += static_cast<double>(result.right);
    state_.seen += count;
    ++state_.step;
    const bool epoch_ends = state_.step % an_epoch_ == 0, named = !due_snapshots().empty();
    if (epoch_ends || named) record();
    if (epoch_ends) state_.loss_sum = state_.right = state_.seen = 0;
    if (epoch_ends || named || (checkpoints_.every_steps > 0 && state_.step % checkpoints_.every_steps == 0)) save();
    report(result, count);
  }

  /// The named epochs, also fractions, that end with this step.
  std::vector<double> due_snapshots() const {
    std::vector<double> due;
    for (const double epoch : checkpoints_.at)
      if (std::llround(epoch * static_cast<double>(an_epoch_)) == state_.step) due.push_back(epoch);
    return due;
  }

  /// A point of the curves, with what hangs on it: the best epoch, and the end where there was none for long.
  void record() {
    CurvePoint point;
    point.epoch = static_cast<double>(state_.step) / static_cast<double>(an_epoch_);
    point.step = state_.step;
    point.learning_rate = learning_rate_at(settings_, std::max<int64_t>(0, state_.step - 1), an_epoch_);
    point.loss = state_.seen > 0 ? state_.loss_sum / state_.seen : std::nan("");
    point.accuracy = state_.seen > 0 ? state_.right / state_.seen : std::nan("");
    point.validation_loss = point.validation_accuracy = std::nan("");
    if (validation_.size() > 0) validate(point);
    point.seconds = seconds();
    state_.curve.push_back(point);
    if (settings_.patience > 0 && state_.step % an_epoch_ == 0) compare_with_best(point);
    if (checkpoints_.snapshot)
      for (const double epoch : due_snapshots())
        checkpoints_.snapshot(trainable(learner_.network()), named(point, epoch));
    if (observer_.epoch) observer_.epoch(point);
  }

  static CurvePoint named(CurvePoint point, double epoch) {
    point.epoch = epoch;
    return point;
  }

  void validate(CurvePoint& point) {
    const Network ready = moved(canonized(trainable(learner_.network())), learner_.device());
    const Scores scores = scores_of(logits_of(ready, validation_, kEvaluationBatch, loading_), labels_of(validation_));
    point.validation_loss = scores.loss;
    point.validation_accuracy = scores.accuracy;
  }

  void compare_with_best(const CurvePoint& point) {
    const int64_t epoch = state_.step / an_epoch_;
    if (state_.best_epoch < 0 || point.validation_loss < state_.best_loss) {
      state_.best_loss = point.validation_loss;
      state_.best_epoch = epoch;
      state_.best = learner_.parameters();
    }
    stopped_ = epoch - state_.best_epoch >= settings_.patience;
  }

  void report(const StepResult& result, double count) {
    if (!observer_.step) return;
    const double now = seconds(), since = now - reported_;
    reported_ = now;
    const bool begun = state_.seen > 0;
    try {
      observer_.step({state_.step, an_epoch_ * settings_.epochs, an_epoch_, count,
                      begun ? state_.loss_sum / state_.seen : result.loss,
                      begun ? state_.right / state_.seen : static_cast<double>(result.right) / count, count / since});
    } catch (...) {
      save();
      throw;
    }
  }

  void save() const {
    if (checkpoints_.file.empty()) return;
    Checkpoint all = state_;
    all.seconds = seconds();
    all.parameters = learner_.parameters();
    all.optimizer = learner_.optimizer().state();
    save_checkpoint(all, checkpoints_.file);
  }

  void restore() {
    Checkpoint all = load_checkpoint(checkpoints_.file);
    for (const auto& [name, value] : settings_text(settings_)) check_same(all, name);
    for (const auto& [name, value] : checkpoints_.origin) check_same(all, name);
    learner_.set_parameters(all.parameters);
    learner_.optimizer().set_state(all.optimizer);
    state_ = std::move(all);
    reported_ = state_.seconds;
    stopped_ = settings_.patience > 0 && state_.step / an_epoch_ - state_.best_epoch >= settings_.patience &&
               state_.step % an_epoch_ == 0 && state_.step > 0;
  }

  void check_same(Checkpoint& before, const std::string& name) const {
    const std::string &was = before.settings[name], &value = state_.settings.at(name);
    if (was != value)
      fail("the checkpoint '", checkpoints_.file.string(), "' is of a run with ", was.empty() ? "no " : "", name,
           was.empty() ? "" : " ", was, ", and this one has ", value.empty() ? "none" : value,
           "; the same settings go on, another output file begins anew");
  }

  const Dataset& data_;
  const Dataset& validation_;
  const TrainSettings settings_;
  const Checkpoints& checkpoints_;
  const TrainObserver& observer_;
  const int64_t loading_;
  Learner learner_;
  LoaderPlan plan_;
  int64_t an_epoch_ = 0;
  Checkpoint state_;  // without parameters and optimiser, which the learner has
  bool stopped_ = false;
  double reported_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

TrainResult train(const Network& start, const Dataset& data, const Dataset& validation, const TrainSettings& settings,
                  const Checkpoints& checkpoints, const TrainObserver& observer, int64_t loading) {
  check(start, data, validation, settings);
  return TrainingRun(start, data, validation, settings, checkpoints, observer, loading).finish();
}

}  // namespace limpid
