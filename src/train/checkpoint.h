// SPDX-License-Identifier: Apache-2.0
#pragma once
// A run as a file, written whole or not at all: all that decides what comes next.

#include "limpid/train/trainer.h"

namespace limpid {

struct Checkpoint {
  std::map<std::string, std::string> settings;  // settings_text and what else the run hangs on
  int64_t step = 0;
  double loss_sum = 0, right = 0, seen = 0;  // of the epoch so far
  std::vector<CurvePoint> curve = {};
  double best_loss = 0, seconds = 0;
  int64_t best_epoch = -1;                                         // −1: none yet
  std::vector<Tensor> parameters = {}, optimizer = {}, best = {};  // best: parameters of the best epoch, with patience
};

void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path);

/// Throws for damaged files.
Checkpoint load_checkpoint(const std::filesystem::path& path);

}  // namespace limpid
