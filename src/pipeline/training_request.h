// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a request for training means: settings, and the data as the network sees them.

#include "limpid/data/wrapping.h"
#include "limpid/pipeline/training.h"
#include "limpid/train/trainer.h"

namespace limpid {

/// Throws UsageError for names that are not known and numbers out of range.
TrainSettings settings_of(const TrainRequest& request);

/// Of training steps.
bool bfloat16_is_faster(at::Device device);

std::map<std::string, std::string> architecture_options(const TrainRequest& request);

struct TrainingData {
  Dataset training;    // augmented and normalised
  Dataset validation;  // normalised; may be empty
  Dataset plain;       // the training part without augmentation
  Shape shape;         // of an input
  bool pictures = false;
  Preprocess preprocess = {};  // of pictures
  std::string description;
  std::vector<std::pair<std::string, std::string>> origin;  // architecture and data, for Checkpoints
};

/// What is taken of the data and what is done to them, as options of the command line.
std::map<std::string, std::string> data_settings(const TrainRequest& request);

TrainingData training_data(const TrainRequest& request);

}  // namespace limpid
