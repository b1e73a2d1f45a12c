// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of `limpid concepts discover`.

#include <map>

#include "limpid/concepts/discovery.h"
#include "limpid/render/table.h"
#include "pipeline/concepts/setting.h"

namespace limpid {

/// A segment of one of the inputs; `number` among all segments of that input.
struct FoundSegment {
  int64_t input, number;
  double area;  // share of the input
};

/// Segments of all inputs and how the layer sees each.
struct SegmentCollection {
  std::vector<FoundSegment> segments;
  Tensor features;  // float32 [segments, units], means over positions
};

/// A cluster that is a concept.
struct DiscoveredConcept {
  std::string name;  // concept01, … by size
  int64_t cluster;
  int64_t size, inputs;  // its segments, and of how many inputs they are
  std::string rule;
  std::vector<int64_t> members;           // segments, those nearest to the centre, nearest first
  std::map<std::string, Cell> test = {};  // of the table of tcav(), by column
};

struct DiscoverRun {
  const DiscoverRequest& request;
  const Setting& setting;  // of one layer
  std::string class_name;
  Dataset inputs;  // normalised
  Tensor canvas;   // [C, 1, 1]

  std::filesystem::path folder() const { return request.output; }
  Segmentation segments_of(int64_t input) const;
};

struct DiscoverFound {
  SegmentCollection all;
  Clusters clusters;
  std::vector<DiscoveredConcept> concepts;  // the highest score first
};

/// Cuts the inputs and looks at the segments.
SegmentCollection collect_segments(const DiscoverRun& run, const Progress& progress);

/// What the rules keep of the clusters.
std::vector<DiscoveredConcept> concepts_of(const DiscoverRun& run, const SegmentCollection& all,
                                           const Clusters& clusters);

/// A member of a concept as the network was shown it, and where it is: the input, pale and gray but for it.
struct MemberPictures {
  Tensor cut_out, place;
};

/// Writes the members of the concepts as concepts/<name>/<place among them>.png; the pictures of the first of each.
std::vector<std::vector<MemberPictures>> write_members(const DiscoverRun& run, const DiscoverFound& found);

/// NaN where the cell is no number.
double number_in(const std::map<std::string, Cell>& row, const std::string& column);

Table concept_table(const DiscoverRun& run, const DiscoverFound& found);
Table segment_table(const DiscoverRun& run, const DiscoverFound& found);

void write_discover_page(const DiscoverRun& run, const DiscoverFound& found,
                         const std::vector<std::vector<MemberPictures>>& pictures,
                         const std::vector<std::string>& notes);

}  // namespace limpid
