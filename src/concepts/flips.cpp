// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/flips.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "limpid/core/error.h"

namespace limpid {
namespace {

using Segments = std::vector<int64_t>;

struct Tried {
  Segments segments;
  double margin;  // below 0 where the decision is another
  Tensor logits;
};

/// Asks the network about inputs with some of their segments replaced.
class Trials {
 public:
  Trials(const FlipQuestion& question, const std::function<Tensor(const Tensor&)>& scores, const Progress& progress)
      : question_(question), scores_(scores), progress_(progress), count_(question.labels.max().item<int64_t>() + 1) {}

  int64_t segments() const { return count_; }
  int64_t done() const { return done_; }
  int64_t left() const { return question_.evaluations - done_; }

  /// Of all sets the one with the lowest margin, the first of several; nothing where they are more than what is left.
  std::optional<Tried> best_of(const std::vector<Segments>& sets) {
    if (sets.empty() || static_cast<int64_t>(sets.size()) > left()) return {};
    std::optional<Tried> best;
    const auto batch = static_cast<size_t>(question_.batch);
    for (size_t first = 0; first < sets.size(); first += batch) {
      if (progress_) progress_(done_, question_.evaluations, "sets of segments");
      const std::vector<Segments> part(
          sets.begin() + static_cast<std::ptrdiff_t>(first),
          sets.begin() + static_cast<std::ptrdiff_t>(std::min(first + batch, sets.size())));
      const Tensor logits = logits_of(part);
      for (size_t i = 0; i < part.size(); ++i) {
        const Tensor row = logits[static_cast<int64_t>(i)];
        const double margin = margin_of(row);
        if (!best || margin < best->margin) best = Tried{part[i], margin, row.clone()};
      }
      done_ += static_cast<int64_t>(part.size());
    }
    return best;
  }

 private:
  Tensor logits_of(const std::vector<Segments>& sets) const {
    Tensor chosen = at::zeros({static_cast<int64_t>(sets.size()), count_}, at::kBool);
    for (size_t i = 0; i < sets.size(); ++i)
      for (const int64_t segment : sets[i]) chosen[static_cast<int64_t>(i)][segment] = true;
    const Tensor mask = chosen.index_select(1, question_.labels.flatten())
                            .reshape({chosen.size(0), 1, question_.labels.size(0), question_.labels.size(1)});
    return scores_(at::where(mask.to(question_.input.device()), question_.other, question_.input))
        .to(at::kCPU, at::kDouble);
  }

  /// How far the classes that it must not be lie above the best one that it may become.
  double margin_of(const Tensor& logits) const {
    Tensor rest = logits.clone();
    const int64_t one = question_.toward.value_or(question_.decided);
    rest[one] = -std::numeric_limits<double>::infinity();
    const double difference = logits[one].item<double>() - rest.max().item<double>();
    return question_.toward ? -difference : difference;
  }

  const FlipQuestion& question_;
  const std::function<Tensor(const Tensor&)>& scores_;
  const Progress& progress_;
  int64_t count_, done_ = 0;
};

/// Every set of one segment more.
std::vector<Segments> grown(const Segments& segments, int64_t count) {
  std::vector<Segments> sets;
  for (int64_t s = 0; s < count; ++s) {
    if (std::binary_search(segments.begin(), segments.end(), s)) continue;
    Segments more = segments;
    more.insert(std::upper_bound(more.begin(), more.end(), s), s);
    sets.push_back(std::move(more));
  }
  return sets;
}

/// Every set of one segment less.
std::vector<Segments> shrunk(const Segments& segments) {
  std::vector<Segments> sets;
  for (size_t i = 0; i < segments.size(); ++i) {
    Segments less = segments;
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
    sets.push_back(std::move(less));
  }
  return sets;
}

/// Every set of `size` of `count` segments; nothing where there are more than `most`.
std::optional<std::vector<Segments>> all_sets(int64_t count, int64_t size, int64_t most) {
  double number = 1;
  for (int64_t i = 0; i < size; ++i) number *= static_cast<double>(count - i) / static_cast<double>(i + 1);
  if (size > count || number > static_cast<double>(most) + .5) return {};
  std::vector<Segments> sets;
  Segments set(static_cast<size_t>(size));
  std::iota(set.begin(), set.end(), 0);
  while (true) {
    sets.push_back(set);
    auto i = size - 1;
    while (i >= 0 && set[static_cast<size_t>(i)] == count - size + i) --i;
    if (i < 0) return sets;
    std::iota(set.begin() + i, set.end(), set[static_cast<size_t>(i)] + 1);
  }
}

/// The set that the greedy search ends with: one that flips and needs all of its segments, or the nearest to flipping.
Tried greedy(Trials& trials, const Tried& single) {
  Tried current = single, nearest = single;
  while (current.margin >= 0) {
    const auto next = trials.best_of(grown(current.segments, trials.segments()));
    if (!next) return nearest;
    current = *next;
    if (current.margin < nearest.margin) nearest = current;
  }
  while (current.segments.size() > 1) {
    const auto less = trials.best_of(shrunk(current.segments));
    if (!less || less->margin >= 0) break;
    current = *less;
  }
  return current;
}

void check(const FlipQuestion& question) {
  const auto image = question.input.sizes();
  if (question.input.dim() != 3 || question.other.sizes() != image || question.labels.dim() != 2 ||
      question.labels.sizes() != image.slice(1))
    refuse("segments ", shape_text(question.labels.sizes()), " and a replacement ", shape_text(question.other.sizes()),
           " do not fit an input ", shape_text(question.input.sizes()));
  if (question.labels.min().item<int64_t>() < 0) refuse("a pixel is in no segment; expected every pixel in one");
  if (question.evaluations <= question.labels.max().item<int64_t>())
    refuse(question.evaluations, " evaluations are fewer than the ", question.labels.max().item<int64_t>() + 1,
           " segments; each has to be tried once at least");
}

}  // namespace

Flip find_flip(const FlipQuestion& question, const std::function<Tensor(const Tensor&)>& scores,
               const Progress& progress) {
  check(question);
  Trials trials(question, scores, progress);
  Tried best = *trials.best_of(grown({}, trials.segments()));
  int64_t excluded = 0;
  if (best.margin >= 0) {
    excluded = 1;
    best = greedy(trials, best);
    while (best.margin >= 0 || static_cast<int64_t>(best.segments.size()) > excluded + 1) {
      const auto sets = all_sets(trials.segments(), excluded + 1, trials.left());
      if (!sets) break;
      const Tried next = *trials.best_of(*sets);
      if (next.margin < best.margin || next.margin < 0) best = next;
      if (next.margin < 0) break;
      ++excluded;
    }
  }
  return {best.margin < 0, best.segments, best.logits, trials.done(), excluded};
}

}  // namespace limpid
