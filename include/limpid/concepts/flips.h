// SPDX-License-Identifier: Apache-2.0
#pragma once
// What would have to change for another decision: the segments whose replacement makes a network decide otherwise
// (SEDC, martens2014 for documents, vermeire2022 for pictures).

#include <functional>
#include <optional>
#include <vector>

#include "limpid/core/progress.h"
#include "limpid/core/tensor.h"

namespace limpid {

struct FlipQuestion {
  Tensor input;                            // [C, H, W]
  Tensor other;                            // the same with everything replaced
  Tensor labels;                           // int64 [H, W]: the segment of each pixel, 0 … S − 1
  int64_t decided = 0;                     // the class with the largest score
  std::optional<int64_t> toward = {};      // the class that it must become; none: any other
  int64_t evaluations = 1000, batch = 16;  // inputs tried at most, and at once
};

struct Flip {
  bool found = false;
  std::vector<int64_t> segments = {};  // ascending; where none was found, the set that came nearest
  Tensor logits = {};                  // of the input with these replaced, float64 [classes]
  int64_t evaluations = 0;             // inputs tried
  int64_t excluded = 0;                // no set of so many segments or fewer does it: all were tried

  bool is_smallest() const { return found && static_cast<int64_t>(segments.size()) == excluded + 1; }
};

/// Adds to the best single segment the one that brings the decision nearest to changing, again and again until it has
/// changed; takes out again what it does not need; then tries all smaller sets as far as the evaluations go. Of sets of
/// one size the one with the clearest change is told. scores: inputs [n, C, H, W] → [n, classes].
Flip find_flip(const FlipQuestion& question, const std::function<Tensor(const Tensor&)>& scores,
               const Progress& progress = {});

}  // namespace limpid
