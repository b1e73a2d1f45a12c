// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/dissection.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/parallel.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

constexpr double kLeastPositive = 0x1p-20;

/// Along one axis: for each position of the map, the pixels that lie between it and the next; and of each pixel, how
/// far it lies from the first to the second. The first and last positions go on to the border.
struct Axis {
  std::vector<int64_t> begin;  // of cell −1, 0, … size − 1, and the end
  std::vector<float> part;     // of each pixel
  int64_t size;

  Axis(int64_t size, int64_t pixels)
      : begin(static_cast<size_t>(size) + 2), part(static_cast<size_t>(pixels)), size(size) {
    std::fill(begin.begin(), begin.end(), pixels);
    int64_t cell = -2;
    for (int64_t p = 0; p < pixels; ++p) {
      const double at = (static_cast<double>(p) + .5) * static_cast<double>(size) / static_cast<double>(pixels) - .5;
      const auto lower = std::clamp(static_cast<int64_t>(std::floor(at)), int64_t{-1}, size - 1);
      for (; cell < lower; ++cell) begin[static_cast<size_t>(cell + 2)] = p;
      part[static_cast<size_t>(p)] = static_cast<float>(at - std::floor(at));
    }
  }
  /// The positions on both sides of a cell.
  int64_t first(int64_t cell) const { return std::max<int64_t>(cell, 0); }
  int64_t second(int64_t cell) const { return std::min(cell + 1, size - 1); }
};

/// Calls found(pixel) for each pixel of a map's mask.
template <class Found>
void each_pixel(const float* map, float threshold, const Axis& rows, const Axis& columns, int64_t width,
                const Found& found) {
  const auto at = [&](int64_t row, int64_t column) { return map[row * columns.size + column]; };
  for (int64_t r = -1; r < rows.size; ++r) {
    const int64_t r0 = rows.first(r), r1 = rows.second(r);
    float left_above = at(r0, 0), left_below = at(r1, 0);
    for (int64_t c = -1; c < columns.size; ++c) {
      const int64_t c1 = columns.second(c);
      const float right_above = at(r0, c1), right_below = at(r1, c1);
      if (std::max(std::max(left_above, left_below), std::max(right_above, right_below)) >= threshold)
        for (int64_t y = rows.begin[static_cast<size_t>(r + 1)]; y < rows.begin[static_cast<size_t>(r + 2)]; ++y) {
          const float down = rows.part[static_cast<size_t>(y)];
          const float left = left_above + (left_below - left_above) * down;
          const float right = right_above + (right_below - right_above) * down;
          for (int64_t x = columns.begin[static_cast<size_t>(c + 1)]; x < columns.begin[static_cast<size_t>(c + 2)];
               ++x)
            if (left + (right - left) * columns.part[static_cast<size_t>(x)] >= threshold) found(y * width + x);
        }
      left_above = right_above;
      left_below = right_below;
    }
  }
}

/// For each pixel which concepts are there, a bit each.
std::vector<uint64_t> concept_bits(const Tensor& masks) {
  if (masks.size(0) > 64) fail("a picture shows ", masks.size(0), " concepts; up to 64 work");
  const int64_t pixels = masks.size(1) * masks.size(2);
  std::vector<uint64_t> bits(static_cast<size_t>(pixels), 0);
  const Tensor dense = masks.contiguous();
  for (int64_t c = 0; c < masks.size(0); ++c) {
    const uint8_t* const mask = dense.data_ptr<uint8_t>() + c * pixels;
    for (int64_t p = 0; p < pixels; ++p) bits[static_cast<size_t>(p)] |= uint64_t{mask[p] != 0} << c;
  }
  return bits;
}

}  // namespace

Tensor dissection_thresholds(const LayerStatistics& layer, double rate) {
  const int64_t units = layer.histogram.units();
  Tensor thresholds = at::empty({units}, at::kDouble);
  for (int64_t k = 0; k < units; ++k) {
    const double value = layer.histogram.quantile(k, 1 - rate);
    thresholds.data_ptr<double>()[k] = std::abs(value) < kLeastPositive ? kLeastPositive : value;
  }
  return thresholds;
}

MaskCounts count_masks(const Tensor& maps, const Tensor& thresholds, const Tensor& masks) {
  const int64_t units = maps.size(0), concepts = masks.size(0), width = masks.size(2);
  const Axis rows(maps.size(1), masks.size(1)), columns(maps.size(2), width);
  const std::vector<uint64_t> bits = concept_bits(masks);
  const Tensor values = maps.to(at::kFloat).contiguous();
  const int64_t positions = maps.size(1) * maps.size(2);
  MaskCounts counts{at::zeros({units}, at::kLong), at::zeros({units, concepts}, at::kLong)};
  parallel_for(units, 16, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      int64_t mask = 0;
      int64_t* const shared = counts.shared.data_ptr<int64_t>() + k * concepts;
      const auto threshold = static_cast<float>(thresholds.data_ptr<double>()[k]);
      each_pixel(values.data_ptr<float>() + k * positions, threshold, rows, columns, width, [&](int64_t pixel) {
        ++mask;
        for (uint64_t left = bits[static_cast<size_t>(pixel)]; left != 0; left &= left - 1)
          ++shared[std::countr_zero(left)];
      });
      counts.mask.data_ptr<int64_t>()[k] = mask;
    }
  });
  return counts;
}

Tensor unit_mask(const Tensor& map, double threshold, int64_t rows, int64_t columns) {
  Tensor mask = at::zeros({rows, columns}, at::kByte);
  const Tensor values = map.to(at::kCPU, at::kFloat).contiguous();
  each_pixel(values.data_ptr<float>(), static_cast<float>(threshold), Axis(map.size(0), rows),
             Axis(map.size(1), columns), columns, [&](int64_t pixel) { mask.data_ptr<uint8_t>()[pixel] = 1; });
  return mask;
}

Dissection::Dissection(const std::vector<Probe>& probes, std::vector<Tensor> thresholds, int64_t concepts)
    : marked(at::zeros({concepts}, at::kLong)),
      examples(at::zeros({concepts}, at::kLong)),
      thresholds_(std::move(thresholds)) {
  for (const Probe& probe : probes)
    sums.push_back({at::zeros({probe.units}, at::kLong), at::zeros({probe.units, concepts}, at::kLong)});
}

void Dissection::add(const ProbeBatch& batch, int64_t n, const std::vector<ConceptMask>& masks) {
  if (masks.empty()) return;
  std::vector<Tensor> planes;
  for (const ConceptMask& one : masks) {
    planes.push_back(one.mask);
    marked[one.concept_index] += one.mask.sum(at::kLong);
    examples[one.concept_index] += 1;
  }
  const Tensor all = at::stack(planes);
  for (size_t i = 0; i < sums.size(); ++i) {
    const MaskCounts counts = count_masks(batch.features[i][n].cpu(), thresholds_[i], all);
    sums[i].mask.add_(counts.mask);
    for (size_t c = 0; c < masks.size(); ++c)
      sums[i].shared.select(1, masks[c].concept_index).add_(counts.shared.select(1, static_cast<int64_t>(c)));
  }
}

Tensor Dissection::iou(size_t layer) const {
  const Tensor together = sums[layer].mask.unsqueeze(1) + marked.unsqueeze(0) - sums[layer].shared;
  return sums[layer].shared.to(at::kDouble) / together.to(at::kDouble);
}

std::vector<Detector> best_concepts(const Tensor& iou) {
  std::vector<Detector> best;
  for (int64_t k = 0; k < iou.size(0); ++k) {
    Detector one{k, -1, 0};
    for (int64_t c = 0; c < iou.size(1); ++c)
      if (const double here = iou[k][c].item<double>(); here > one.iou) one = {k, c, here};
    best.push_back(one);
  }
  return best;
}

}  // namespace limpid
