// SPDX-License-Identifier: Apache-2.0
#pragma once
// Data sets made of data sets: parts of them, in another order, augmented, normalised, kept in memory.

#include "limpid/core/options.h"
#include "limpid/data/dataset.h"

namespace limpid {

/// The examples with these indices, in that order; an index may come several times.
Dataset subset(const Dataset& data, const std::vector<int64_t>& indices);

/// The examples of several data sets, one set after the other; classes of one name are one class, in the order in which
/// they first come. At least one.
Dataset joined(const std::vector<Dataset>& parts);

/// At most so many examples, of each class the same share, evenly chosen along their order.
Dataset thinned(const Dataset& data, int64_t most);

struct Split {
  Dataset rest, held_out;
};

/// Holds out about `share` of each class, 0 < share < 1. Groups stay whole; both sides keep the order. Throws where one
/// side would be empty.
Split split(const Dataset& data, double share, uint64_t seed);

/// Folds 0 … count − 1 for all examples: each about as large and with about the same classes; groups stay whole.
Dataset with_folds(const Dataset& data, int64_t count, uint64_t seed);

/// Holds out the examples of one fold. Throws when there are none, and when a group stands in this fold and in others.
Split split_fold(const Dataset& data, int64_t fold);

/// The examples of one fold. Throws when there are none.
Dataset only_fold(const Dataset& data, int64_t fold);

Dataset shuffled(const Dataset& data, uint64_t seed);

/// Examples of rarer classes several times, drawn without replacement as far as they go, until all classes are as
/// frequent as the most frequent one.
Dataset balanced(const Dataset& data, uint64_t seed);

/// Pictures preprocessed to float32; arrays as they are.
Dataset normalised(const Dataset& data, const Preprocess& how);

/// Reading an input of another shape throws.
Dataset shaped(const Dataset& data, const Shape& shape);

/// Mean and standard deviation of each channel (values · scale) over at most `most` examples, evenly chosen.
Preprocess statistics_of(const Dataset& data, Preprocess how, int64_t most = 10'000);

/// Keeps inputs in memory once they were read, up to `bytes`. For data before augmentation: the epoch is not looked at.
Dataset cached(const Dataset& data, uint64_t bytes);

/// Random changes of an input, each uniform in its range.
struct Augmentation {
  bool flip = false, flip_rows = false;  // left and right, top and bottom, each with probability 1/2
  double rotate = 0;                     // ± degrees
  double shift = 0;                      // ± pixels, along each axis
  double scale = 0;                      // factor 1/(1 + scale) … 1 + scale, uniform in its logarithm
  double noise = 0;                      // standard deviation, of pictures as a share of 255
  double brightness = 0;                 // ± added to all values, of pictures as a share of 255

  bool operator==(const Augmentation&) const = default;
};

/// From "flip,rotate=15,shift=2"; throws UsageError for what is not known.
Augmentation augmentation_of(const std::string& text);

/// Inputs [C,H,W] changed anew in each epoch: bilinear, 0 beyond the borders; the type stays. Draws depend on the seed,
/// the epoch and the index alone.
Dataset augmented(const Dataset& data, const Augmentation& how, uint64_t seed);

}  // namespace limpid
