// SPDX-License-Identifier: Apache-2.0
#include "limpid/train/trainer.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>

#include "limpid/data/wrapping.h"
#include "limpid/net/canonize.h"
#include "limpid/net/training.h"
#include "limpid/train/architectures.h"
#include "limpid/train/evaluation.h"
#include "support/files.h"
#include "support/networks.h"
#include "train/optimizer.h"

namespace limpid::testing {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Class 0 is bright at the left, class 1 at the right, under noise.
Dataset sides(int64_t count) {
  Dataset data;
  data.classes = {"left", "right"};
  for (int64_t i = 0; i < count; ++i) data.examples.push_back({i % 2, "picture " + std::to_string(i)});
  data.read = [](int64_t index, uint64_t) {
    Tensor x = normal_noise({1, 12, 12}, static_cast<uint64_t>(index)) * .5;
    x.narrow(2, index % 2 ? 6 : 0, 6).add_(1);
    return x;
  };
  return data;
}

/// Batch normalisation, dropout and max pooling: all that training treats otherwise.
Network small(uint64_t seed = 0) { return build_architecture("vgg-small", {{1, 12, 12}, 2, seed}, {{"width", "4"}}); }

TrainSettings quick() {
  TrainSettings settings;
  settings.epochs = 3;
  settings.batch = 8;
  settings.seed = 5;
  return settings;
}

bool same_weights(const Network& a, const Network& b) {
  for (int i = 0; i < a.size(); ++i)
    for (size_t k = 0; k < a[i].layer.parameters.size(); ++k)
      if (!a[i].layer.parameters[k].equal(b[i].layer.parameters[k])) return false;
  return true;
}

double accuracy(const Network& network, const Dataset& data) {
  return scores_of(logits_of(moved(canonized(network), at::kCPU), data, 16), labels_of(data)).accuracy;
}

TEST(Train, LearnsWhatCanBeLearned) {
  for (const OptimizerKind kind : {OptimizerKind::adam, OptimizerKind::adamw, OptimizerKind::sgd}) {
    TrainSettings settings = quick();
    settings.optimizer = kind;
    settings.learning_rate = 1e-2;
    EXPECT_GT(accuracy(train(small(), sides(96), {}, settings).network, sides(200)), .95);
  }
}

TEST(Train, TheSameSeedGivesTheSameWeightsWhateverLoads) {
  const TrainResult a = train(small(), sides(40), {}, quick(), {}, {}, 1);
  EXPECT_TRUE(same_weights(a.network, train(small(), sides(40), {}, quick(), {}, {}, 4).network));
  TrainSettings other = quick();
  other.seed = 6;
  EXPECT_FALSE(same_weights(a.network, train(small(), sides(40), {}, other).network));
}

TEST(Train, InBfloat16KeepsFloat32WeightsAndLearns) {
  TrainSettings settings = quick();
  settings.bfloat16 = true;
  settings.learning_rate = 1e-2;
  const TrainResult result = train(small(), sides(96), {}, settings);
  for (const Node& node : result.network.nodes)
    for (const Tensor& parameter : node.layer.parameters) EXPECT_EQ(parameter.scalar_type(), at::kFloat);
  EXPECT_GT(accuracy(result.network, sides(200)), .95);
}

TEST(Train, ASmallStepOfPlainDescentIsTheGradientOfTheLossInDoublePrecision) {
  Network network = build_architecture("anatomy-shallow", {{1, 12, 12}, 2, 1});
  TrainSettings settings = quick();
  settings.optimizer = OptimizerKind::sgd;
  settings.momentum = 0;
  settings.epochs = 1;
  settings.batch = 16;
  settings.learning_rate = 1;
  settings.label_smoothing = .1;
  const Dataset data = sides(16);
  const TrainResult result = train(network, data, {}, settings);
  std::vector<Tensor> inputs;
  for (int64_t i = 0; i < 16; ++i) inputs.push_back(data.read(i, 0));
  Network exact = trainable(moved(network, at::kCPU, Precision::kFloat64));
  Tensor& weight = exact.nodes[1].layer.parameters[0];
  const auto loss = [&] {
    const Tensor logarithms = at::log_softmax(logits(exact, at::stack(inputs).to(at::kDouble)), 1);
    const Tensor truth = logarithms.gather(1, labels_of(data).unsqueeze(1)).squeeze(1);
    return -(truth * .9 + logarithms.mean(1) * .1).mean().item<double>();
  };
  const Tensor moved_by = network.nodes[1].layer.parameters[0] - result.network.nodes[1].layer.parameters[0];
  for (const int64_t place : {0, 7, 100}) {
    const double h = 1e-6;
    double* const value = weight.data_ptr<double>() + place;
    const double kept = *value;
    *value = kept + h;
    const double high = loss();
    *value = kept - h;
    const double low = loss();
    *value = kept;
    EXPECT_NEAR(dense(moved_by).data_ptr<float>()[place], (high - low) / (2 * h), 2e-5);
  }
}

TEST(Train, ClassWeightsAreThoseOfTheFormula) {
  // One step of descent from zero weights of the last layer: its bias moves by Σ w (1/2 − right) / Σ w.
  Network network = build_architecture("gap-cnn", {{1, 12, 12}, 2, 1}, {{"width", "2"}});
  network.nodes.back().layer.parameters[0].zero_();
  Dataset data = sides(8);
  for (size_t i = 0; i < 8; ++i) data.examples[i].label = i < 6 ? 0 : 1;
  TrainSettings settings = quick();
  settings.optimizer = OptimizerKind::sgd;
  settings.momentum = 0;
  settings.epochs = 1;
  settings.learning_rate = 1;
  const auto bias = [&] {
    return train(network, data, {}, settings).network.nodes.back().layer.parameters[1][0].item<double>();
  };
  EXPECT_NEAR(bias(), (6 * .5 - 2 * .5) / 8, 1e-6);
  settings.class_weights = ClassWeights::balanced;
  EXPECT_NEAR(bias(), 0, 1e-6);
}

TEST(LearningRate, FollowsItsSchedule) {
  TrainSettings s;
  s.learning_rate = 1;
  s.epochs = 10;
  const auto at_epoch = [&s](double epoch) { return learning_rate_at(s, std::llround(epoch * 100), 100); };
  EXPECT_EQ(at_epoch(9), 1);
  s.schedule = Schedule::step;
  s.step_epochs = 4;
  EXPECT_EQ(at_epoch(3.99), 1);
  EXPECT_EQ(at_epoch(4), .1);
  s.schedule = Schedule::cosine;
  EXPECT_EQ(at_epoch(0), 1);
  EXPECT_NEAR(at_epoch(5), .5, 1e-12);
  EXPECT_NEAR(at_epoch(10), 0, 1e-12);
  s.warm_up = 2;
  EXPECT_NEAR(at_epoch(1), .5, .01);
  EXPECT_NEAR(at_epoch(6), .5, 1e-12);
}

TEST(Optimizer, StepsAsThePapersSay) {
  // Two steps with gradient 2, then 1, of one weight 3: Adam and AdamW as in kingma2015 and loshchilov2019, by hand.
  const double rate = .1, decay = .5;
  for (const OptimizerKind kind : {OptimizerKind::adam, OptimizerKind::adamw, OptimizerKind::sgd}) {
    TrainSettings settings;
    settings.optimizer = kind;
    settings.weight_decay = decay;
    Tensor weight = at::full({1, 1}, 3., at::kDouble).requires_grad_(true);
    Optimizer optimizer(settings, {weight});
    double w = 3, m = 0, v = 0;
    for (int t = 1; t <= 2; ++t) {
      weight.mutable_grad() = at::full({1, 1}, 3. - t, at::kDouble);
      optimizer.step(rate);
      double g = 3. - t;
      if (kind == OptimizerKind::adamw) w -= rate * decay * w;
      if (kind != OptimizerKind::adamw) g += decay * w;
      if (kind == OptimizerKind::sgd) {
        m = t == 1 ? g : .9 * m + g;
        w -= rate * m;
      } else {
        m = .9 * m + .1 * g;
        v = .999 * v + .001 * g * g;
        w -= rate * (m / (1 - std::pow(.9, t))) / (std::sqrt(v / (1 - std::pow(.999, t))) + 1e-8);
      }
      EXPECT_NEAR(weight.item<double>(), w, 1e-9);
    }
  }
}

TEST(Optimizer, CutsTheNormOfTheWholeGradientAndDecaysNoBias) {
  TrainSettings settings;
  settings.optimizer = OptimizerKind::sgd;
  settings.momentum = 0;
  settings.weight_decay = .5;
  settings.clip = 1;
  Tensor a = at::zeros({1, 1}).requires_grad_(true), bias = at::ones({1}).requires_grad_(true);
  Optimizer optimizer(settings, {a, bias});
  a.mutable_grad() = at::full({1, 1}, 3.);
  bias.mutable_grad() = at::full({1}, 4.);
  optimizer.step(1);
  EXPECT_NEAR(a.item<double>(), -.6, 1e-6);
  EXPECT_NEAR(bias.item<double>(), 1 - .8, 1e-6);
}

struct Killed {};

TEST(Resume, GoesOnBitForBitAfterAnInterruptionInTheMiddleOfAnEpoch) {
  for (const OptimizerKind kind : {OptimizerKind::adam, OptimizerKind::sgd}) {
    const Folder folder;
    TrainSettings settings = quick();
    settings.optimizer = kind;
    settings.schedule = Schedule::cosine;
    const Dataset data = augmented(sides(40), augmentation_of("flip,shift=1,noise=0.1"), 3), held = sides(10);
    const TrainResult whole = train(small(), data, held, settings);
    Checkpoints checkpoints{.file = folder.path / "state", .resume = true};
    const TrainObserver killer{.step = [](const StepReport& report) {
      if (report.step == 7) throw Killed();
    }};
    EXPECT_THROW(train(small(), data, held, settings, checkpoints, killer), Killed);
    const TrainResult resumed = train(small(9), data, held, settings, checkpoints);
    EXPECT_TRUE(same_weights(whole.network, resumed.network));
    ASSERT_EQ(whole.curve.size(), resumed.curve.size());
    for (size_t i = 0; i < whole.curve.size(); ++i) {
      EXPECT_EQ(whole.curve[i].loss, resumed.curve[i].loss);
      EXPECT_EQ(whole.curve[i].validation_loss, resumed.curve[i].validation_loss);
    }
  }
}

TEST(Resume, KeepsTheBestEpochOfARunThatStopsEarly) {
  TrainSettings settings = quick();
  settings.epochs = 12;
  settings.patience = 2;
  settings.learning_rate = 3e-2;
  const TrainResult whole = train(small(), sides(40), sides(6), settings);
  for (const int64_t stop : {3, 12}) {  // before there is a best epoch, and after
    const Folder folder;
    const Checkpoints checkpoints{.file = folder.path / "state", .resume = true};
    const TrainObserver killer{.step = [stop](const StepReport& report) {
      if (report.step == stop) throw Killed();
    }};
    EXPECT_THROW(train(small(), sides(40), sides(6), settings, checkpoints, killer), Killed);
    const TrainResult resumed = train(small(), sides(40), sides(6), settings, checkpoints);
    EXPECT_EQ(resumed.curve.size(), whole.curve.size());
    EXPECT_TRUE(same_weights(whole.network, resumed.network));
  }
}

constexpr const char* kVictimFolder = "LIMPID_TEST_FOLDER";

TrainResult killable_run(const std::filesystem::path& folder, const TrainObserver& observer = {}) {
  TrainSettings settings = quick();
  settings.epochs = 6;
  const Checkpoints checkpoints{.file = folder.empty() ? "" : folder / "state", .every_steps = 2, .resume = true};
  return train(small(), sides(40), {}, settings, checkpoints, observer);
}

/// Not a test: what the next one runs in a process of its own, with a pause after each step.
TEST(Resume, DISABLED_Victim) {
  killable_run(std::getenv(kVictimFolder), {.step = [](const StepReport&) { ::usleep(30'000); }});
}

TEST(Resume, GoesOnBitForBitAfterKillMinusNine) {
  const Folder folder;
  ::setenv(kVictimFolder, folder.path.c_str(), 1);
  const char* words[] = {"train_tests", "--gtest_also_run_disabled_tests", "--gtest_filter=Resume.DISABLED_Victim",
                         nullptr};
  pid_t child = 0;
  ASSERT_EQ(::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, const_cast<char**>(words), environ), 0);
  for (int i = 0; i < 6000 && !std::filesystem::exists(folder.path / "state"); ++i) ::usleep(10'000);
  ::usleep(100'000);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the run was over before it was killed";
  ASSERT_TRUE(std::filesystem::exists(folder.path / "state"));
  EXPECT_TRUE(same_weights(killable_run({}).network, killable_run(folder.path).network));
}

TEST(Resume, RefusesACheckpointOfAnotherRunOrADamagedOne) {
  const Folder folder;
  Checkpoints checkpoints{.file = folder.path / "state", .resume = true};
  train(small(), sides(16), {}, quick(), checkpoints);
  TrainSettings other = quick();
  other.learning_rate = .5;
  EXPECT_THAT(error_of([&] { train(small(), sides(16), {}, other, checkpoints); }),
              HasSubstr("learning-rate 0.001, and this one has 0.5"));
  other = quick();
  other.seed = quick().seed + 7;
  EXPECT_THAT(error_of([&] { train(small(), sides(16), {}, other, checkpoints); }),
              HasSubstr("seed " + std::to_string(quick().seed) + ", and this one has " + std::to_string(other.seed)));
  checkpoints.origin = {{"data", "others"}};
  EXPECT_THAT(error_of([&] { train(small(), sides(16), {}, quick(), checkpoints); }),
              HasSubstr("is of a run with no data, and this one has others"));
  const std::string bytes = read_file(checkpoints.file, 1 << 30);
  for (const size_t length : {size_t{3}, size_t{60}, bytes.size() - 1}) {
    write_file(checkpoints.file, bytes.substr(0, length));
    EXPECT_THAT(error_of([&] { train(small(), sides(16), {}, quick(), checkpoints); }), HasSubstr("is damaged"));
  }
}

TEST(Checkpoints, NamedFractionsOfEpochsGetTheNetworkOfThatMoment) {
  std::vector<double> epochs;
  std::vector<Network> networks;
  Checkpoints checkpoints{.at = {0, .5, 1, 2}};
  checkpoints.snapshot = [&](const Network& network, const CurvePoint& point) {
    epochs.push_back(point.epoch);
    networks.push_back(network);
  };
  train(small(), sides(32), {}, quick(), checkpoints);
  EXPECT_THAT(epochs, ElementsAre(0, .5, 1, 2));
  EXPECT_TRUE(same_weights(networks[0], small()));
  EXPECT_FALSE(same_weights(networks[1], networks[2]));
}

TEST(Checkpoints, AreNamedAsAskedWhereAnEpochDoesNotDivideEvenly) {
  std::vector<std::pair<double, int64_t>> taken;
  Checkpoints checkpoints{.at = {.25, .5}};
  checkpoints.snapshot = [&](const Network&, const CurvePoint& point) { taken.emplace_back(point.epoch, point.step); };
  train(small(), sides(7 * quick().batch), {}, quick(), checkpoints);
  EXPECT_THAT(taken, ElementsAre(std::pair(.25, 2), std::pair(.5, 4)));  // 7/4 and 7/2 steps, rounded
}

TEST(Patience, StopsAndKeepsTheBestEpoch) {
  TrainSettings settings = quick();
  settings.epochs = 30;
  settings.patience = 2;
  settings.learning_rate = 3e-2;
  Dataset noise = sides(16);  // labels that nothing can predict: validation gets worse
  for (Example& example : noise.examples) example.label = (example.name.back() - '0') / 2 % 2;
  const TrainResult result = train(small(), sides(32), noise, settings);
  ASSERT_TRUE(result.stopped_early);
  const auto best = std::min_element(result.curve.begin(), result.curve.end(), [](const auto& a, const auto& b) {
    return a.validation_loss < b.validation_loss;
  });
  EXPECT_EQ(result.curve.end() - best - 1, 2);
  const Scores scores = scores_of(logits_of(moved(canonized(result.network), at::kCPU), noise, 128), labels_of(noise));
  EXPECT_NEAR(scores.loss, best->validation_loss, 1e-9);
}

TEST(Train, SaysWhatDoesNotFit) {
  Dataset three = sides(8);
  three.classes.push_back("third");
  EXPECT_THAT(error_of([&] { train(small(), three, {}, quick()); }), HasSubstr("2 classes and the data set 3"));
  Dataset wide = sides(8);
  wide.read = [](int64_t, uint64_t) { return at::zeros({1, 12, 13}); };
  EXPECT_THAT(error_of([&] { train(small(), wide, {}, quick()); }), HasSubstr("has shape 1x12x13; expected 1x12x12"));
  TrainSettings wild = quick();
  wild.learning_rate = 1e30;
  EXPECT_THAT(error_of([&] { train(small(), sides(16), {}, wild); }), HasSubstr("a smaller learning rate"));
}

TEST(Scores, AreThoseOfASmallTableByHand) {
  // True 0 0 0 1 1 2; predicted 0 0 1 1 0 2.
  const Tensor predicted = at::tensor({0, 0, 1, 1, 0, 2}, at::kLong), truth = at::tensor({0, 0, 0, 1, 1, 2}, at::kLong);
  const Scores scores = scores_of(at::one_hot(predicted, 3).to(at::kFloat) * 20, truth);
  EXPECT_NEAR(scores.accuracy, 4. / 6, 1e-12);
  EXPECT_NEAR(scores.balanced_accuracy, (2. / 3 + 1. / 2 + 1) / 3, 1e-12);
  EXPECT_THAT(scores.confusion, ElementsAre(ElementsAre(2, 1, 0), ElementsAre(1, 1, 0), ElementsAre(0, 0, 1)));
  EXPECT_NEAR(scores.classes[0].precision, 2. / 3, 1e-12);
  EXPECT_NEAR(scores.loss, 2. / 6 * 20, 1e-6);
  EXPECT_NEAR(scores.calibration_error, 1. / 3, 1e-6);  // sure of all, right in two of three
}

TEST(Scores, OfASigmoidTellEachClassByItself) {
  // Probabilities .8 .6 (true 0), .5 .2 (true 1, taken for 0).
  const Tensor p = at::tensor({.8, .6, .5, .2}, at::kDouble).view({2, 2});
  const Scores scores = scores_of(at::logit(p), at::tensor({0, 1}, at::kLong), true);
  EXPECT_NEAR(scores.loss, -(std::log(.8 * .4) + std::log(.5 * .2)) / 2, 1e-12);
  EXPECT_NEAR(scores.calibration_error, .5 * .2 + .5 * .5, 1e-12);
  EXPECT_EQ(scores.accuracy, .5);
}

TEST(CalibrationError, IsTheGapOfEachBinByItsShare) {
  // Bins of width 1/2: {.4 wrong, .5 right}: |.5 − .45|; {.9 right, .8 wrong}: |.5 − .85|.
  const Tensor p = at::tensor({.4, .3, .3, .5, .3, .2, .9, .05, .05, .8, .1, .1}, at::kDouble).view({4, 3});
  EXPECT_NEAR(calibration_error(p, at::tensor({1, 0, 0, 2}, at::kLong), 2), .5 * .05 + .5 * .35, 1e-12);
}

}  // namespace
}  // namespace limpid::testing
