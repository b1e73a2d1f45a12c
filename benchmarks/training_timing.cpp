// SPDX-License-Identifier: Apache-2.0
// The side of limpid in training.py: training_timing ARCHITECTURE CxHxW CLASSES BATCH STEPS PRECISION
// It trains on drawn inputs in memory; for each line on standard input it goes STEPS steps and prints their seconds.
#include <ATen/ATen.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>

#include "limpid/core/error.h"
#include "limpid/pipeline/model.h"
#include "limpid/train/architectures.h"
#include "limpid/train/trainer.h"

namespace {

using namespace limpid;

Shape shape_of(const std::string& text) {
  Shape shape(3);
  if (std::sscanf(text.c_str(), "%ldx%ldx%ld", &shape[0], &shape[1], &shape[2]) != 3) fail("expected CxHxW");
  return shape;
}

Dataset drawn(const Shape& shape, int64_t classes, int64_t count) {
  Dataset data;
  for (int64_t k = 0; k < classes; ++k) data.classes.push_back(std::to_string(k));
  for (int64_t i = 0; i < count; ++i) data.examples.push_back({i % classes, std::to_string(i)});
  Shape all = shape;
  all.insert(all.begin(), count);
  data.read = [inputs = normal_noise(all, 1)](int64_t index, uint64_t) { return inputs[index]; };
  return data;
}

/// Waits for a line each time that `each` steps are done.
class Rounds {
 public:
  explicit Rounds(int64_t each) : each_(each) {}

  void operator()(int64_t step) {
    if (step % each_ != 0) return;
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin_;
    std::cout << time.count() << std::endl;
    std::string line;
    if (!std::getline(std::cin, line)) std::_Exit(0);
    begin_ = std::chrono::steady_clock::now();
  }

 private:
  int64_t each_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

int main(int, char** words) {
  const Shape shape = shape_of(words[2]);
  const int64_t classes = std::stol(words[3]);
  set_up_process(1);
  TrainSettings settings;
  settings.batch = std::stol(words[4]);
  settings.bfloat16 = std::string(words[6]) == "bfloat16";
  settings.epochs = 100'000;
  Rounds rounds(std::stol(words[5]));
  const TrainObserver observer{.step = [&rounds](const StepReport& report) { rounds(report.step); }};
  train(build_architecture(words[1], {shape, classes}), drawn(shape, classes, 8 * settings.batch), {}, settings, {},
        observer);
}
