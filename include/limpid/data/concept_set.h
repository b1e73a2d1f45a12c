// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pictures in which concepts are marked by masks, as folders hold them.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "limpid/data/dataset.h"

namespace limpid {

/// A concept's pixels in one picture: uint8 [H, W], 1 where it is.
struct ConceptMask {
  int64_t concept_index;
  Tensor mask;
};

struct ConceptSet {
  std::string description;
  std::vector<std::string> concepts;              // names, sorted
  bool cut_out = false;                           // pictures of one concept each, on black
  Dataset pictures;                               // as they are; labels are −1 and there are no classes
  std::vector<std::vector<int64_t>> concepts_of;  // for each picture, those with a mask, ascending
  /// The masks of a picture, [H, W] its own. A mask of another size than its picture throws.
  std::function<std::vector<ConceptMask>(int64_t index)> masks;

  int64_t size() const { return pictures.size(); }
};

/// Two forms are read. images/<picture> with masks/<concept>/<picture's stem>.png: a mask is where that is not black;
/// a picture without a mask of a concept does not show it. Arrays [C, H, W] may stand among the pictures. Or
/// <concept>/<picture>, perhaps below a folder `segments`: cut-outs on black, each a picture of one concept, which is
/// where it is not black. "glyphs", "glyphs:500" and "marked-glyphs:500" are drawn (data/glyphs.h): glyphs, distractors
/// and the mark are the concepts. Throws for others.
ConceptSet open_concepts(const std::filesystem::path& folder, const DatasetLimits& limits = {});

/// The masks as the network sees them: resized and cropped as pictures are, 1 where at least half of a pixel is.
Tensor fitted_mask(const Tensor& mask, const Preprocess& how);

}  // namespace limpid
