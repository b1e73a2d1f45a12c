// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the study of anatomy measures: where a response lies, since when, and what a picture without a region is.

#include <string>
#include <vector>

#include "limpid/core/tensor.h"

namespace limpid::study_of_anatomy {

/// Of n maps in m regions, [n, m]. Only the positive part R⁺ of a response counts.
struct Localised {
  Tensor energy;  // double: Σ R⁺ in the region / Σ R⁺; NaN where no response is positive
  Tensor lift;    // double: energy / the region's share of the area: 1 for responses spread evenly
  Tensor hit;     // bool: the largest response, the first of equal ones, lies in the region
};

/// maps [n, H, W], masks bool [m, H, W].
Localised localised(const Tensor& maps, const Tensor& masks);

inline constexpr double kLeastLift = 2, kLeastShare = 0.5;  // of the onset and of a unit that is selective

/// The share of the lifts that reach kLeastLift; NaN, no response at all, does not.
double share_reached(const std::vector<double>& lifts);

/// The first of `epochs` at which kLeastShare of the pictures' lifts (a list for each epoch) reach kLeastLift; NaN
/// where there is none.
double onset(const std::vector<double>& epochs, const std::vector<std::vector<double>>& lifts);

/// What fills a region: the mean of the picture, the mean of its outermost pixels, or black.
std::vector<std::string> fills();

/// The picture uint8 [C, H, W] with the region (bool [H, W]) filled, each channel by its own value.
Tensor without(const Tensor& picture, const Tensor& region, const std::string& fill);

/// Mean absolute difference over all pixels, in gray levels.
double change(const Tensor& picture, const Tensor& other);

/// How steep a picture is at each pixel: the length of its central differences, channels averaged, [H, W].
Tensor edges(const Tensor& picture);

/// How far each pixel is above the mean of the outermost ones, 0 where it is not, [H, W].
Tensor brightness(const Tensor& picture);

}  // namespace limpid::study_of_anatomy
