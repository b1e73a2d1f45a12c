// SPDX-License-Identifier: Apache-2.0
#pragma once
// One page for a run: a self-contained HTML file, made section by section so that a long run need not hold it in
// memory.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "limpid/render/clear_picture.h"

namespace limpid {

struct ReportPrediction {
  int64_t index = 0;
  std::string label;
  double logit = 0, probability = 0;
};

/// A CLEAR map, or another map of classes or units. With the tops, the page tells the responses of the strongest
/// classes under the cursor.
struct ReportClear {
  DominantMap map;
  std::vector<ClassColor> colors;
  Tensor top_classes;  // integer [T,H,W], best first: the strongest classes of each pixel; may be undefined
  Tensor top_values;   // float [T,H,W]: their responses
  std::vector<std::string> labels;    // of all classes, by index
  std::string share_of = "evidence";  // what the legend's shares are of; "area": every level is the same
};

/// One map of a method: what is defined of values and clear is drawn.
struct ReportMap {
  std::string method;
  std::string layer, target, kind;  // for the caption; may be empty
  Tensor values;                    // [H,W]: drawn with `colormap`, raw or over the input
  std::string colormap = "signed";  // one of colormaps()
  std::string scale_group;          // maps of one group share a scale; empty: those of a method
  std::optional<ReportClear> clear;
};

struct ReportInput {
  std::string name;
  std::string error;  // why there are no maps; empty: there are
  Tensor picture;     // [1|3,H,W] uint8, as large as the maps; undefined when it could not be read
  std::vector<ReportPrediction> predictions;
  std::vector<ReportMap> maps;
  std::vector<std::pair<std::string, double>> seconds;
  std::vector<std::pair<std::string, std::string>> notes = {};  // sentences about the maps of a method
};

struct ReportFacts {
  std::string subtitle;
  std::vector<std::pair<std::string, std::string>> model, parameters;
  std::vector<std::pair<std::string, double>> seconds;
  std::vector<std::pair<std::string, std::string>> preprocessing = {};  // may be empty, as the others
};

/// The page is report_begin, a report_section for each input, and report_end, one after the other.
std::string report_begin(const std::string& title);
std::string report_section(const ReportInput& input);
std::string report_end(const ReportFacts& facts);

/// All of it at once.
std::string report_page(const std::string& title, const ReportFacts& facts, const std::vector<ReportInput>& inputs);

}  // namespace limpid
