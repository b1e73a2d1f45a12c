// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/discovery.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "limpid/core/error.h"
#include "limpid/core/random.h"

namespace limpid {
namespace {

/// Squared distances of rows [N, F] to centres [k, F].
Tensor squared_distances(const Tensor& rows, const Tensor& squares, const Tensor& centres) {
  const Tensor products = at::mm(rows, centres.t());
  return (squares.unsqueeze(1) - 2 * products + centres.square().sum(1)).clamp_min(0);
}

/// k-means++: each centre a row, drawn with a probability that grows with the square of its distance from those before.
Tensor drawn_centres(const Tensor& rows, const Tensor& squares, int64_t count, Random& random) {
  std::vector<Tensor> centres = {rows[random.below(rows.size(0))]};
  Tensor nearest = squared_distances(rows, squares, centres.back().unsqueeze(0)).squeeze(1);
  while (static_cast<int64_t>(centres.size()) < count) {
    const Tensor sums = nearest.cumsum(0);
    const double all = sums[-1].item<double>();
    // all rows lie on centres: any will do
    const int64_t chosen =
        all > 0 ? at::searchsorted(sums, random.uniform() * all).item<int64_t>() : random.below(rows.size(0));
    centres.push_back(rows[std::min(chosen, rows.size(0) - 1)]);
    nearest = at::minimum(nearest, squared_distances(rows, squares, centres.back().unsqueeze(0)).squeeze(1));
  }
  return at::stack(centres);
}

/// The means of the rows of each cluster; of an empty one the farthest row, of several different ones.
Tensor moved_centres(const Tensor& rows, const Tensor& labels, const Tensor& nearest, int64_t count) {
  const Tensor sizes = at::bincount(labels, {}, count);
  Tensor centres = at::zeros({count, rows.size(1)}, rows.options());
  centres.index_add_(0, labels, rows);
  centres /= sizes.clamp_min(1).unsqueeze(1);
  const Tensor empty = (sizes == 0).nonzero().squeeze(1);
  if (empty.size(0) > 0) {
    const Tensor farthest = std::get<1>(nearest.topk(empty.size(0)));
    centres.index_copy_(0, empty, rows.index_select(0, farthest));
  }
  return centres;
}

Clusters clustered(const Tensor& rows, const Tensor& squares, const ClusterOptions& options, uint64_t start) {
  Random random(mixed_seed({options.seed, start}));
  Clusters found;
  found.centres = drawn_centres(rows, squares, options.count, random);
  for (int64_t step = 0; step < options.steps; ++step) {
    const auto [nearest, labels] = squared_distances(rows, squares, found.centres).min(1);
    if (found.labels.defined() && at::equal(labels, found.labels)) break;
    found.labels = labels;
    found.centres = moved_centres(rows, labels, nearest, options.count);
  }
  const auto [nearest, labels] = squared_distances(rows, squares, found.centres).min(1);
  found.labels = labels;
  found.distances = nearest.sqrt();
  found.inertia = nearest.sum().item<double>();
  return found;
}

}  // namespace

std::vector<int64_t> distinct_segments(const Segmentation& segments, double most) {
  const int64_t count = segments.count, ways = segments.labels.size(0);
  const Tensor areas = segment_areas(segments).to(at::kDouble);
  Tensor shared = at::zeros({count, count}, at::kDouble);
  for (int64_t a = 0; a < ways; ++a)
    for (int64_t b = a + 1; b < ways; ++b) {
      const Tensor one = segments.labels[a].to(at::kLong), other = segments.labels[b].to(at::kLong);
      const Tensor inside = (one >= 0).logical_and(other >= 0);
      const Tensor pairs = (one * count + other).masked_select(inside);
      shared += at::bincount(pairs, {}, count * count).reshape({count, count}).to(at::kDouble);
    }
  const Tensor overlaps = shared / (areas.unsqueeze(1) + areas - shared);  // [earlier, later]
  const double* const overlap = overlaps.data_ptr<double>();
  std::vector<int64_t> kept;
  for (int64_t later = 0; later < count; ++later) {
    const bool is_new = std::none_of(kept.begin(), kept.end(),
                                     [&](int64_t earlier) { return overlap[earlier * count + later] > most; });
    if (is_new) kept.push_back(later);
  }
  return kept;
}

Clusters k_means(const Tensor& rows, const ClusterOptions& options) {
  if (rows.dim() != 2 || rows.size(0) < options.count || options.count < 1)
    fail(options.count, " clusters are asked of rows ", shape_text(rows.sizes()), "; expected as many rows at least");
  require_finite(rows, "a number of what is clustered");
  const Tensor values = rows.to(at::kDouble), centred = values - values.mean(0);
  const Tensor squares = centred.square().sum(1);
  Clusters best;
  best.inertia = std::numeric_limits<double>::infinity();
  for (int64_t start = 0; start < options.starts; ++start) {
    Clusters one = clustered(centred, squares, options, static_cast<uint64_t>(start));
    if (one.inertia < best.inertia) best = std::move(one);
  }
  best.centres += values.mean(0);
  return best;
}

std::string concept_rule(int64_t segments, int64_t inputs, int64_t all_inputs) {
  if (2 * inputs > all_inputs) return "frequent";
  if (4 * inputs > all_inputs && segments > all_inputs) return "frequent and large";
  if (segments > 2 * all_inputs) return "large";
  return "";
}

}  // namespace limpid
