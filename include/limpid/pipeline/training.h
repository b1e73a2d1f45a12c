// SPDX-License-Identifier: Apache-2.0
#pragma once
// Training and prediction as they are asked for in words: from an architecture and a data set to a model file with its
// curves and scores, and from a model file and a data set to scores.

#include <functional>

#include "limpid/core/progress.h"
#include "limpid/pipeline/request.h"

namespace limpid {

struct TrainRequest {
  std::string architecture, data, output = "model.onnx";
  std::vector<std::string> options = {};  // "option=value" of the architecture
  std::string part = "train";             // train, test or all, where the data set has parts
  int64_t examples = 0;                   // at most so many of the part, of each class the same share; 0: all
  double validation = 0.1;                // share held out, groups whole; 0: none
  int64_t fold = -1;                      // hold out this fold of the data set instead
  std::string size = {};                  // "HxW" of pictures; empty: that of the first
  std::string channels = {};              // rgb or gray; empty: as the first picture is
  std::string normalise = "data";         // data: by its own mean and deviation; or one of preprocess_presets()
  std::string augment = {};               // "flip,rotate=15", see data/wrapping.h
  bool balance = false;                   // repeat examples of rarer classes
  int64_t epochs = 5, batch = 32;
  std::string optimizer = "adam", schedule = "constant", class_weights = "none", precision = "float32";
  double learning_rate = 1e-3, momentum = 0.9, weight_decay = 0, warm_up = 0, step_epochs = 10, step_factor = 0.1;
  double label_smoothing = 0, clip = 0;
  int64_t patience = 0;
  std::vector<double> snapshots = {};  // epochs, also fractions, whose networks are kept as <model>.epoch<e>.onnx
  int64_t checkpoint_steps = 0;        // besides each epoch
  bool resume = false;
  std::string device = "cpu";                      // cpu, cuda, cuda:1
  int64_t threads = 0, loading = 1, cache = 1024;  // 0: every processor; threads that make batches; MiB of inputs kept
  uint64_t seed = 0;
  std::vector<std::string> limits = {};   // "name=value", see limits.h
  std::vector<std::string> command = {};  // as typed, for the model's metadata
};

/// Writes `output`, and beside it <stem>.json, <stem>.curve.csv, <stem>.confusion.csv, <stem>.report.html and
/// <stem>.checkpoint. `tell` gets a line an epoch. Returns the path of the JSON document.
std::string train_model(const TrainRequest& request, const Progress& progress,
                        const std::function<void(const std::string&)>& tell);

struct PredictRequest {
  ModelRequest model;
  std::string data, part = "test";
  int64_t fold = -1;        // only the examples of this fold
  std::string output = {};  // folder for predictions.csv, confusion.csv, scores.json and report.html; empty: none
  int64_t batch = 128, threads = 0, loading = 1;
};

/// The scores, as text for people or as a JSON document: accuracy, balanced_accuracy, ece, per_class, confusion.
std::string predict(const PredictRequest& request, bool json, const Progress& progress);

}  // namespace limpid
