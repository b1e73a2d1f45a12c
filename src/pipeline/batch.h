// SPDX-License-Identifier: Apache-2.0
#pragma once
// One batch through the network and every method of a run.

#include "limpid/core/progress.h"
#include "pipeline/choices.h"
#include "pipeline/source.h"

namespace limpid {

/// What a method gave for one input: values without the batch axis, on the CPU.
struct Map {
  std::string method, kind, layer;
  std::optional<int64_t> target, unit;
  Tensor values;  // float32, or whole numbers
  std::map<std::string, double> facts = {};
};

struct Result {
  Item item;
  Tensor logits = {};                                        // [classes], float32
  std::vector<Map> maps = {};                                // in the order of the methods
  std::vector<std::pair<std::string, double>> seconds = {};  // forward, each method
};

/// What stays the same from batch to batch.
struct Plan {
  const ExplainRequest& request;
  const Model& model;
  std::vector<Choice> choices = {};
  std::vector<Tensor> data = {};
  Tensor low = {}, high = {};
  int64_t targets = 1;  // for each image
  int64_t batch = 1;    // images walked at once
  int64_t ahead = 2;    // results waiting to be written
  std::shared_ptr<Memo> memo = std::make_shared<Memo>();
};

/// Throws the UsageError for a batch (0: as memory allows) or a memory (in MiB) out of range.
void check_computing(int64_t batch, int64_t memory);

/// Bytes of all nodes' values for one image.
int64_t activation_bytes(const Network& network, at::ScalarType type);

/// Bytes of an image's maps, about.
int64_t result_bytes(const Plan& plan);

/// How many images to walk at once so that their activations take a quarter of the memory and their maps another; at
/// most 16.
int64_t batch_within(const Plan& plan);

/// Explains all items at once; where that fails, one by one, and a Result says what failed. Items with errors pass
/// through. UsageErrors and what `progress` throws are passed on.
std::vector<Result> explain_batch(const Plan& plan, std::vector<Item> items, const Progress& progress);

}  // namespace limpid
