// SPDX-License-Identifier: Apache-2.0
#pragma once
// Attentive response maps of units from one position each: which pixels of its receptive field made a unit answer.

#include <vector>

#include "limpid/concepts/probe.h"
#include "limpid/explain/box_walk.h"

namespace limpid {

/// A unit at one position of its map.
struct Peak {
  int64_t unit, row, column;
};

/// For one layer, prepared once.
class PeakResponses {
 public:
  PeakResponses(const Network& network, const Probe& probe, const Composite& composite);

  /// R(x|f), begun at these positions of one image's maps alone (Kumar 2020, eq. 3.2), channels summed: pieces
  /// [P, 1, rows, columns] of the input, the receptive fields, or the whole input where these are most of it.
  Crops operator()(const Activations& activations, const std::vector<Peak>& peaks) const;

 private:
  const Network* network_;
  Probe probe_;
  int start_;
  BoxWalk walk_;
};

}  // namespace limpid
