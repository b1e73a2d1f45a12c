// SPDX-License-Identifier: Apache-2.0
#pragma once
// Fits a network to a data set: the same network, layer by layer, that is explained afterwards.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "limpid/data/dataset.h"
#include "limpid/net/network.h"

namespace limpid {

enum class OptimizerKind { adam, adamw, sgd };   // kingma2015, loshchilov2019; sgd has momentum
enum class Schedule { constant, step, cosine };  // of the learning rate, after the warm-up
enum class ClassWeights { none, balanced };      // balanced: N / (K · examples of the class)

/// What decides the outcome of a run, with the network and the data: runs with equal settings end with equal weights,
/// bit for bit, on one machine with one number of threads.
struct TrainSettings {
  int64_t epochs = 5, batch = 32;
  OptimizerKind optimizer = OptimizerKind::adam;
  double learning_rate = 1e-3, momentum = 0.9;  // momentum of sgd
  double weight_decay = 0;                      // of weights of two and more axes; not of biases and scales
  Schedule schedule = Schedule::constant;
  double warm_up = 0;                          // epochs in which the learning rate grows from 0, linearly
  double step_epochs = 10, step_factor = 0.1;  // schedule step: times the factor after each so many epochs
  ClassWeights class_weights = ClassWeights::none;
  double label_smoothing = 0;
  double clip = 0;        // largest norm of the whole gradient; 0: any
  int64_t patience = 0;   // epochs without a better validation loss after which it stops; 0: never
  bool bfloat16 = false;  // convolutions and dense layers in bfloat16; weights and optimiser stay in float32
  uint64_t seed = 0;      // of the order of examples and of dropout
};

/// The settings by name, as they are typed, numbers as short as they can be read back.
std::map<std::string, std::string> settings_text(const TrainSettings& settings);

/// The learning rate of a step, from 0.
double learning_rate_at(const TrainSettings& settings, int64_t step, int64_t steps_an_epoch);

/// One point of the learning curves.
struct CurvePoint {
  double epoch = 0;  // done so far; may be a fraction
  int64_t step = 0;
  double learning_rate = 0;
  double loss = 0, accuracy = 0;                        // over the batches of this epoch so far
  double validation_loss = 0, validation_accuracy = 0;  // NaN where there is no validation
  double seconds = 0;                                   // since the beginning, earlier runs of a resumed one included
};

struct Checkpoints {
  std::filesystem::path file = {};  // what --resume goes on from, overwritten each time; empty: none is written
  int64_t every_steps = 0;          // besides each epoch; 0: none
  std::vector<double> at = {};      // epochs, also fractions, at which, to a step, `snapshot` gets the network
  bool resume = false;              // go on from `file` where it is there
  std::vector<std::pair<std::string, std::string>> origin = {};  // what else must be equal to resume: name and words
  std::function<void(const Network&, const CurvePoint&)> snapshot = {};  // the point's epoch is the one in `at`
};

struct StepReport {
  int64_t step, steps;  // done, all
  int64_t steps_an_epoch;
  double batch;                // examples of this step
  double loss, accuracy;       // running means over the epoch
  double examples_per_second;  // since the last report
};

/// Both are called from the training thread; throwing stops the training after a checkpoint.
struct TrainObserver {
  std::function<void(const StepReport&)> step = {};
  std::function<void(const CurvePoint&)> epoch = {};
};

struct TrainResult {
  Network network;  // of the last epoch, or, with patience, of the best
  std::vector<CurvePoint> curve;
  int64_t steps = 0;
  double seconds = 0;  // as in the curve
  double waited = 0;   // seconds in which training waited for data
  bool stopped_early = false;
  int64_t best_epoch = -1;  // with patience, whose network it is
};

/// Trains `start` on normalised data of its input's shape; `validation` may be empty. `loading` threads make batches.
/// Throws where the data do not fit, where the loss is not finite, and for a checkpoint of another run.
TrainResult train(const Network& start, const Dataset& data, const Dataset& validation, const TrainSettings& settings,
                  const Checkpoints& checkpoints = {}, const TrainObserver& observer = {}, int64_t loading = 1);

}  // namespace limpid
