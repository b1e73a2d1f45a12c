// SPDX-License-Identifier: Apache-2.0
#pragma once
// The spots of classified structures as files: a table and a chart of each, and a page of all.

#include <filesystem>

#include "limpid/render/page.h"
#include "pipeline/crystals/classifier.h"

namespace limpid {

class SpotFiles {
 public:
  explicit SpotFiles(std::filesystem::path folder);

  /// Writes spots/<stem>.csv and .svg, whose names are returned; nothing where the crystal's cell is not known.
  std::vector<std::string> add(const CrystalClassifier& classifier, const CrystalView& view, int64_t label,
                               const std::string& stem);

  /// Writes spots.html with the charts of the first structures.
  void finish() const;

 private:
  std::filesystem::path folder_;
  Page page_;
  int64_t charts_ = 0;
};

}  // namespace limpid
