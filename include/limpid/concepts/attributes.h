// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether what speaks for a class lies on attributes that an expert named: attribute-prior alignment, a reconstruction
// of the human-attribute priors of kumar2020, chapter 6. E1 … E8 are its steps, see docs/concepts.md.

#include <vector>

#include "limpid/core/random.h"
#include "limpid/core/tensor.h"

namespace limpid {

/// An input in pieces.
struct Segmentation {
  Tensor labels;  // int32 [L, H, W]: L ways to divide it; numbers 0 … count − 1, each in one of them; −1: in none
  int64_t count = 0;
};

/// Superpixels at several scales: about so many of each.
Segmentation superpixel_segments(const Tensor& picture, const std::vector<int64_t>& counts);

/// Connected regions where the positive part of a response [H, W], smoothed over squares of `side` pixels (odd) twice,
/// exceeds `threshold` of its maximum, of at least `least` pixels.
Segmentation response_segments(const Tensor& response, double threshold = .1, int64_t least = 4, int64_t side = 1);

/// Pixels of each segment, int64 [count].
Tensor segment_areas(const Segmentation& segments);

/// What of an input [C, H, W] a mask (bool [H, W], not empty) shows, as large as the input allows: the smallest box of
/// the input's aspect about it, a tenth wider than it, all else `canvas` [C, 1, 1].
Tensor cut_out(const Tensor& input, const Tensor& mask, const Tensor& canvas);

/// Segments first, first + 1, … cut out so, [n, C, H, W].
Tensor cut_outs(const Tensor& input, const Segmentation& segments, int64_t first, int64_t n, const Tensor& canvas);

/// The mean of a layer's map [K, h, w] of the whole input over each segment, float32 [count, K]: positions count by the
/// share of them that lies in it.
Tensor segment_means(const Tensor& map, const Segmentation& segments);

/// E1: what an attribute looks like in a layer.
struct Prototypes {
  Tensor vectors;     // float32 [A, F], of length 1: the mean direction of an attribute's exemplars from the centre
  Tensor thresholds;  // float32 [A]: between what 95 % of random segments and 5 % of its exemplars do not reach
  Tensor centre;      // float32 [F]: the mean of random segments
  std::vector<Tensor> cosines;  // double: of each exemplar with the mean of its attribute's others
  Tensor random;                // double [R, A]: of random segments with the prototypes
};

/// features: float32 [N, F]; rows: those of each attribute's exemplars, at least two each; random: float32 [R, F], of
/// segments of anything. strictness: where the threshold is, 0 at what 95 % of the random segments do not reach, 1 at
/// what 5 % of the exemplars do not reach; never below the former, so that a network to whose layer the exemplars are
/// not alike finds them nearly nowhere. Rows in another order give the same to rounding.
Prototypes prototypes(const Tensor& features, const std::vector<std::vector<int64_t>>& rows, const Tensor& random,
                      double strictness = .5);

/// E3: shares of the attributes and, last, of none of them in segments with these features [S, F], float32 [S, A + 1]:
/// softmax of (cosine − threshold) / temperature, none having 0.
Tensor attribute_shares(const Tensor& features, const Prototypes& prototypes, double temperature = .05);

/// How much of each pixel belongs to each attribute, float32 [A, H, W]: the mean of their shares over the segments that
/// cover it; 0 where none does.
Tensor membership(const Segmentation& segments, const Tensor& shares);

/// The same where places are known: masks [A, H, W], a pixel in several being shared among them.
Tensor membership_of_masks(const Tensor& masks);

/// E4: Σ H⁺ · membership / Σ H⁺ for each response [M, H, W] and attribute, double [M, A]; 0 where H⁺ is 0. A response
/// of ones gives the shares of the area.
Tensor evidence_shares(const Tensor& responses, const Tensor& membership);

/// Where most of a pixel belongs to an attribute, and last to any of them: bool [A + 1, H, W].
Tensor attribute_regions(const Tensor& membership);

/// As many pixels as a region has, of random whole segments beside it and a part of one: bool [H, W]. All that there is
/// beside it where that is less.
Tensor control_region(const Tensor& region, const Segmentation& segments, Random& random);

/// What stands where something was removed.
const std::vector<std::string>& removal_fills();

/// The input [C, H, W] with everything removed: each channel's mean, a coarse blur (a sixteenth of the resolution), or
/// `plain`.
Tensor filled(const Tensor& input, const std::string& fill, const Tensor& plain);

/// E7: copies of an input without each region (bool [R, H, W]), then with it alone, [2 R, C, H, W].
Tensor removals(const Tensor& input, const Tensor& regions, const Tensor& filled);

}  // namespace limpid
