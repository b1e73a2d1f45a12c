// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "limpid/train/trainer.h"

namespace limpid {

std::map<std::string, std::string> settings_text(const TrainSettings& s) {
  const char* const optimizers[] = {"adam", "adamw", "sgd"};
  const char* const schedules[] = {"constant", "step", "cosine"};
  const auto text = [](const auto& value) { return fmt::format("{}", value); };
  return {{"epochs", text(s.epochs)},
          {"batch", text(s.batch)},
          {"optimizer", optimizers[static_cast<size_t>(s.optimizer)]},
          {"learning-rate", text(s.learning_rate)},
          {"momentum", text(s.momentum)},
          {"weight-decay", text(s.weight_decay)},
          {"schedule", schedules[static_cast<size_t>(s.schedule)]},
          {"warm-up", text(s.warm_up)},
          {"step-epochs", text(s.step_epochs)},
          {"step-factor", text(s.step_factor)},
          {"class-weights", s.class_weights == ClassWeights::balanced ? "balanced" : "none"},
          {"label-smoothing", text(s.label_smoothing)},
          {"clip", text(s.clip)},
          {"patience", text(s.patience)},
          {"precision", s.bfloat16 ? "bfloat16" : "float32"},
          {"seed", text(s.seed)}};
}

double learning_rate_at(const TrainSettings& s, int64_t step, int64_t steps_an_epoch) {
  const double epoch = static_cast<double>(step) / static_cast<double>(steps_an_epoch);
  if (epoch < s.warm_up) {
    const double all = s.warm_up * static_cast<double>(steps_an_epoch);
    return s.learning_rate * static_cast<double>(step + 1) / (all + 1);
  }
  if (s.schedule == Schedule::step)
    return s.learning_rate * std::pow(s.step_factor, std::floor((epoch - s.warm_up) / s.step_epochs));
  if (s.schedule == Schedule::cosine) {
    const double share = (epoch - s.warm_up) / (static_cast<double>(s.epochs) - s.warm_up);
    return s.learning_rate * (1 + std::cos(M_PI * share)) / 2;
  }
  return s.learning_rate;
}

}  // namespace limpid
