// SPDX-License-Identifier: Apache-2.0
#pragma once
// How every picture looks: sizes in pixels and colours.

#include "limpid/render/colormap.h"

namespace limpid::style {

inline constexpr int64_t kText = 13;     // letters of captions and legends
inline constexpr int64_t kHeading = 14;  // letters of headings
inline constexpr int64_t kMargin = 12;
inline constexpr int64_t kGap = 8;
inline constexpr int64_t kMostText = 280;  // longer names go on in the next line
inline constexpr Color kPaper = {255, 255, 255};
inline constexpr Color kInk = {38, 42, 50};
inline constexpr Color kFaint = {112, 118, 130};

}  // namespace limpid::style
