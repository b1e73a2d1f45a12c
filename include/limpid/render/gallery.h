// SPDX-License-Identifier: Apache-2.0
#pragma once
// A page of thousands of small cards that people sort, filter and look into: units of a network, concepts.

#include <string>
#include <utility>
#include <vector>

#include "limpid/core/tensor.h"
#include "limpid/render/page.h"

namespace limpid {

/// A part of one of the page's pictures.
struct GalleryShot {
  int64_t picture;                     // its number, from 0
  int64_t row, column, rows, columns;  // in the picture's own pixels; it may hang over
  double value;
};

struct GalleryCard {
  size_t group;
  std::string title, words;     // words: what is searched beside the title
  std::vector<double> numbers;  // a gallery's `numbers`; NaN: none
  std::vector<GalleryShot> shots;
  /// uint8 [n, h, w]: over the first n shots, stretched to them; 0 nothing, 255 the most. Undefined: none.
  Tensor heat = {};
};

struct GalleryPlan {
  std::string title, subtitle;
  std::string group;                                         // what the groups are: "layer"
  std::vector<std::string> groups;                           // names
  std::vector<std::pair<std::string, std::string>> numbers;  // their names, and what they mean in one line
  std::string heat;                                          // what the heat is: "response"
  std::string value;                                         // what a shot's value is: "activation"
  size_t on_card = 4;     // so many of the numbers stand on a card; the one sorted by does too
  bool outlined = false;  // heat as the outline of what is over its half, not as a glow
};

// The page, in parts, so that it need not be held in memory: gallery_begin, gallery_picture for each, gallery_cards,
// gallery_card for each, gallery_end. `about` stands above the cards.
std::string gallery_begin(const GalleryPlan& plan, const Page& about);
/// `jpeg`: the file's bytes; rows and columns are those that shots count in, which may be more than the file's.
std::string gallery_picture(const std::string& name, const std::string& jpeg, int64_t rows, int64_t columns);
std::string gallery_cards();
std::string gallery_card(const GalleryCard& card);
std::string gallery_end();

}  // namespace limpid
