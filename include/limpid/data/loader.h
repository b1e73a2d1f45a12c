// SPDX-License-Identifier: Apache-2.0
#pragma once
// Batches of a data set, made on other threads while the last ones are in use.

#include <memory>
#include <optional>

#include "limpid/data/dataset.h"

namespace limpid {

struct Batch {
  Tensor inputs;   // float32 [N, …], channels-last
  Tensor labels;   // int64 [N]
  int64_t number;  // of the batch within its epoch
  int64_t epoch;
};

struct LoaderPlan {
  int64_t batch = 32;
  int64_t threads = 1;
  int64_t ahead = 4;  // batches that may wait
  bool shuffle = false;
  bool drop_last = false;  // leave out an epoch's last batch where it is smaller
  uint64_t seed = 0;       // of the order, another one in each epoch
  int64_t first_epoch = 0, epochs = 1, first_batch = 0;
};

/// Batches an epoch.
int64_t batches_of(int64_t examples, const LoaderPlan& plan);

/// Epoch after epoch without a pause. What comes, and its order, does not depend on the number of threads.
class Loader {
 public:
  /// Reads `shape` inputs; pictures must have been normalised. Throws for an empty data set.
  Loader(Dataset data, Shape shape, const LoaderPlan& plan);
  ~Loader();
  Loader(Loader&&) noexcept;

  /// The next batch, or nothing after the last. What went wrong with one is thrown when its turn comes.
  std::optional<Batch> next();

  /// Seconds that next() waited.
  double waited() const;

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace limpid
