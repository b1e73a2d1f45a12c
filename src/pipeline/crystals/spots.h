// SPDX-License-Identifier: Apache-2.0
#pragma once
// How much of the evidence for each class lies on which Bragg spot of a fingerprint.

#include "limpid/crystal/bragg.h"
#include "limpid/net/network.h"
#include "limpid/render/table.h"

namespace limpid {

/// What each pixel of an image [3,64,64] adds to each class's logit, its gradient times the image:
/// [classes, 3, 64, 64]. The sum of a class's map is its logit less what the network's biases add.
Tensor class_evidence(const Network& network, const Tensor& image);

/// Of the nine pixels around a spot the largest value of its channel.
double spot_value(const Tensor& image, const BraggSpot& spot);

/// Which pixels belong to any spot: bool [3,64,64].
Tensor spot_support(const std::vector<BraggSpot>& spots, at::IntArrayRef shape);

/// Of the positive part of maps [n, 3, 64, 64], which share lies on each spot: float64 [n, spots]. A pixel within two
/// pixels of a spot belongs to the nearest one; spots at the same place share it. What is left lies on none.
Tensor spot_shares(const std::vector<BraggSpot>& spots, const Tensor& maps);

/// A row for each spot: channel and rotation, place, h, k, l, d, family, the image's value, and of each class's
/// evidence the share that lies on it.
Table spot_table(const std::vector<BraggSpot>& spots, const Tensor& image, const Tensor& shares,
                 const std::vector<std::string>& classes);

/// The three channels side by side, evidence for one class laid over them, and the spots: each tells its name under
/// the cursor, the strongest are labelled. SVG.
std::string spot_chart(const std::vector<BraggSpot>& spots, const Tensor& image, const Tensor& evidence,
                       const Tensor& shares, const std::vector<std::string>& classes, int64_t label);

}  // namespace limpid
