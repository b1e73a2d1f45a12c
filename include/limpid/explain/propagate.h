// SPDX-License-Identifier: Apache-2.0
#pragma once
// The walk back: the one mechanism behind every method that is not a perturbation.

#include <memory>
#include <vector>

#include "limpid/explain/composite.h"

namespace limpid {

/// What of a map's channels a walk gives: each of them, or their sum, which a last convolution gives at once.
enum class Channels { kEach, kSum };

struct Images;

/// How one node's signal is handed on.
struct Leg {
  Step step = {};            // empty off the way
  std::vector<int> to = {};  // the nodes that its parts go to
  bool low = false;          // whether it takes signals in low precision
};

/// The way from one node back to another: rules chosen and prepared once, then walked for any batch. Safe to share
/// between threads while the network lives.
class Walk {
 public:
  Walk(const Network& network, const Composite& composite, int from, int to = 0, Channels channels = Channels::kEach);

  /// Carries a signal [N·S, …] at `from` (image-major, N the activations' images) back: [N·S, …] at `to`, with one
  /// channel for kSum. Zeros where `from` does not depend on `to`.
  Tensor operator()(const Activations& activations, const Tensor& signal) const;

  /// How many maps go together at a node on a CPU, so that they fit its caches.
  int64_t tile(int node) const;

 private:
  /// Part of the way, between two nodes that all signals pass.
  struct Stage {
    int from, to;
    int64_t tile;
  };

  void divide();
  /// From the beginning of a stage to `to`: tiles of one stage are tiled again in the next, so that no stage's maps are
  /// all there at once.
  Tensor from_stage(size_t number, const std::shared_ptr<Images>& images, const Tensor& signal) const;
  Tensor whole(const Stage& stage, const Activations& activations, const Tensor& signal, std::vector<Kept>& kept) const;

  const Network* network_;
  int from_, to_;
  Channels channels_;
  std::vector<Leg> legs_;  // by node
  std::vector<Stage> stages_;
};

/// The signal [N·S, classes] that starts each image's S walks at its targets [N, S] (int64).
Tensor one_hot(const Tensor& targets, int64_t classes, const Tensor& like);

/// How many seeds an image to walk in one call so that the signals, in the activations' type, take about `bytes`; at
/// least 1.
int64_t seeds_within(const Network& network, const Activations& activations, int64_t bytes);

}  // namespace limpid
