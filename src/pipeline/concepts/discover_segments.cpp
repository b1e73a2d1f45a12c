// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/explain/arm.h"
#include "limpid/render/picture.h"
#include "limpid/render/png.h"
#include "pipeline/concepts/discover.h"

namespace limpid {
namespace {

constexpr double kPale = .35;  // how much is left of what is beside a segment

Tensor picture_of(const DiscoverRun& run, const Tensor& input) {
  const Tensor picture = unprocess(input, run.setting.model.preprocess);
  return picture.size(0) == 1 ? picture.expand({3, picture.size(1), picture.size(2)}).contiguous() : picture;
}

Tensor mean_over_positions(const Tensor& maps) { return maps.mean({2, 3}).to(at::kCPU, at::kFloat); }

/// The layer's means of some segments, cut out and looked at each on its own.
Tensor looked_at_alone(const DiscoverRun& run, const Tensor& input, const Segmentation& segments,
                       const Tensor& numbers) {
  const int64_t batch = run.setting.batch;
  std::vector<Tensor> parts;
  for (const Tensor& some : numbers.split(batch)) {
    std::vector<Tensor> shown;
    const auto* const number = some.data_ptr<int64_t>();
    for (int64_t i = 0; i < some.size(0); ++i) shown.push_back(cut_outs(input, segments, number[i], 1, run.canvas));
    const ProbeBatch seen = probed(run.setting.model.network, run.setting.probes, at::cat(shown));
    parts.push_back(mean_over_positions(seen.features.front()));
  }
  return at::cat(parts);
}

Tensor place_picture(const Tensor& picture, const Tensor& mask) {
  const Tensor pale = 255 - (255 - grayed(picture).to(at::kFloat)) * kPale;
  return at::where(mask, picture, pale.to(at::kByte)).contiguous();
}

Tensor mask_of(const Segmentation& segments, int64_t number) {
  return (segments.labels == static_cast<int32_t>(number)).any(0);
}

}  // namespace

Segmentation DiscoverRun::segments_of(int64_t input) const {
  return superpixel_segments(picture_of(*this, inputs.read(input, 0)), request.superpixels);
}

SegmentCollection collect_segments(const DiscoverRun& run, const Progress& progress) {
  SegmentCollection all;
  std::vector<Tensor> features;
  for (int64_t i = 0; i < run.inputs.size(); ++i) {
    if (progress) progress(i, run.inputs.size(), "segments");
    const Tensor input = run.inputs.read(i, 0);
    const Segmentation segments = run.segments_of(i);
    const std::vector<int64_t> distinct = distinct_segments(segments);
    const Tensor numbers = at::tensor(distinct, at::kLong);
    const Tensor areas = segment_areas(segments).to(at::kDouble) / static_cast<double>(input.size(1) * input.size(2));
    for (const int64_t number : distinct) all.segments.push_back({i, number, areas[number].item<double>()});
    if (run.request.fast) {
      const ProbeBatch seen = probed(run.setting.model.network, run.setting.probes, input.unsqueeze(0), i);
      features.push_back(segment_means(seen.features.front()[0], segments).index_select(0, numbers));
    } else {
      features.push_back(looked_at_alone(run, input, segments, numbers));
    }
  }
  all.features = at::cat(features);
  return all;
}

std::vector<DiscoveredConcept> concepts_of(const DiscoverRun& run, const SegmentCollection& all,
                                           const Clusters& clusters) {
  const auto* const labels = clusters.labels.data_ptr<int64_t>();
  const auto* const distances = clusters.distances.data_ptr<double>();
  std::vector<std::vector<int64_t>> members(static_cast<size_t>(run.request.clusters));
  for (size_t s = 0; s < all.segments.size(); ++s)
    members[static_cast<size_t>(labels[s])].push_back(static_cast<int64_t>(s));
  std::vector<DiscoveredConcept> kept;
  for (size_t c = 0; c < members.size(); ++c) {
    std::vector<int64_t>& own = members[c];
    std::set<int64_t> inputs;
    for (const int64_t segment : own) inputs.insert(all.segments[static_cast<size_t>(segment)].input);
    const auto size = static_cast<int64_t>(own.size()), seen = static_cast<int64_t>(inputs.size());
    const std::string rule = concept_rule(size, seen, run.inputs.size());
    if (rule.empty()) continue;
    std::stable_sort(own.begin(), own.end(), [&](int64_t a, int64_t b) { return distances[a] < distances[b]; });
    own.resize(static_cast<size_t>(std::min(size, run.request.members)));
    kept.push_back({"", static_cast<int64_t>(c), size, seen, rule, own});
  }
  std::stable_sort(kept.begin(), kept.end(),
                   [](const DiscoveredConcept& a, const DiscoveredConcept& b) { return a.size > b.size; });
  for (size_t i = 0; i < kept.size(); ++i) kept[i].name = fmt::format("concept{:02}", i + 1);
  return kept;
}

std::vector<std::vector<MemberPictures>> write_members(const DiscoverRun& run, const DiscoverFound& found) {
  struct Place {
    size_t concept_index, member;
    int64_t number;
  };
  std::map<int64_t, std::vector<Place>> by_input;  // each input is cut once
  std::vector<std::vector<MemberPictures>> pictures(found.concepts.size());
  for (size_t c = 0; c < found.concepts.size(); ++c) {
    const std::vector<int64_t>& members = found.concepts[c].members;
    pictures[c].resize(std::min(members.size(), static_cast<size_t>(run.request.shown)));
    make_folder(run.folder() / "concepts" / found.concepts[c].name);
    for (size_t m = 0; m < members.size(); ++m) {
      const FoundSegment& segment = found.all.segments[static_cast<size_t>(members[m])];
      by_input[segment.input].push_back({c, m, segment.number});
    }
  }
  for (const auto& [input, places] : by_input) {
    const Tensor values = run.inputs.read(input, 0);
    const Segmentation segments = run.segments_of(input);
    for (const Place& place : places) {
      const Tensor cut_out = picture_of(run, cut_outs(values, segments, place.number, 1, run.canvas)[0]);
      write_png(run.folder() / "concepts" / found.concepts[place.concept_index].name /
                    fmt::format("{:03}.png", place.member + 1),
                cut_out);
      auto& shown = pictures[place.concept_index];
      if (place.member < shown.size())
        shown[place.member] = {cut_out, place_picture(picture_of(run, values), mask_of(segments, place.number))};
    }
  }
  return pictures;
}

}  // namespace limpid
