// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <tuple>

#include "net/spread.h"

namespace limpid {
namespace {

constexpr int64_t most_copies = 64;  // more at once gains nothing: layers are busy by then

/// What rows or columns of a box reach; boxes of a grid share them.
struct Line {
  Spans spans;
  int64_t length = 0;  // of all spans
};

class Lines {
 public:
  explicit Lines(const Spread& spread) : spread_(spread) {}

  const Line* of(size_t axis, Span changed) {
    Line& line = known_[{axis, changed.begin, changed.size}];
    if (line.spans.empty()) {
      line.spans = spread_.reached(axis, changed);
      for (const Span& span : line.spans) line.length += span.size;
    }
    return &line;
  }

 private:
  const Spread& spread_;
  std::map<std::tuple<size_t, int64_t, int64_t>, Line> known_;
};

struct Grouped {
  int64_t box;
  std::array<const Line*, 2> axes;
};
using Group = std::vector<Grouped>;

/// Splits boxes where smaller parts save more than another batch costs.
class Grouping {
 public:
  Grouping(const Spread& spread, int64_t copies, int64_t bytes) : spread_(spread), copies_(copies), bytes_(bytes) {}

  int64_t limit(Sizes sizes) const {
    spread_.choose_whole(sizes);
    return std::clamp<int64_t>(bytes_ / spread_.bytes(sizes), 1, most_copies);
  }

  Sizes sizes(const Group& group) const {
    Sizes sizes = spread_.no_sizes();
    for (const Grouped& one : group) include(sizes, one);
    return sizes;
  }

  void split(Group group, std::vector<Group>& into) const {
    double least = cost(sizes(group), group.size());
    size_t cut = 0, along = 0;
    for (size_t axis = 0; axis < 2; ++axis) {
      sort(group, axis);
      best_cut(group, axis, least, cut, along);
    }
    if (cut == 0) {
      into.push_back(std::move(group));
      return;
    }
    sort(group, along);
    const auto middle = group.begin() + static_cast<std::ptrdiff_t>(cut);
    split(Group(group.begin(), middle), into);
    split(Group(middle, group.end()), into);
  }

 private:
  double cost(Sizes sizes, size_t boxes) const {
    spread_.choose_whole(sizes);
    const double count = static_cast<double>(boxes) * static_cast<double>(copies_);
    const double batches = std::ceil(count / static_cast<double>(most_copies));
    return count * spread_.work(sizes) + batches * spread_.batch_work();
  }

  static void sort(Group& group, size_t axis) {
    std::sort(group.begin(), group.end(), [=](const Grouped& a, const Grouped& b) {
      return std::pair(a.axes[axis]->length, a.box) < std::pair(b.axes[axis]->length, b.box);
    });
  }

  static void include(Sizes& sizes, const Grouped& one) {
    for (size_t axis = 0; axis < 2; ++axis) Spread::include(sizes, axis, one.axes[axis]->spans);
  }

  /// The cut of a sorted group with the least cost, where it is less than `least`.
  void best_cut(const Group& group, size_t axis, double& least, size_t& cut, size_t& along) const {
    std::vector<double> behind(group.size(), 0);
    const auto may_cut = [&](size_t i) {
      return i > 0 && group[i].axes[axis]->length != group[i - 1].axes[axis]->length;
    };
    Sizes sizes = spread_.no_sizes();
    for (size_t i = group.size(); i-- > 0;) {
      include(sizes, group[i]);
      if (may_cut(i)) behind[i] = cost(sizes, group.size() - i);
    }
    sizes = spread_.no_sizes();
    for (size_t i = 0; i < group.size(); ++i) {
      if (may_cut(i) && cost(sizes, i) + behind[i] < least) {
        least = cost(sizes, i) + behind[i];
        cut = i;
        along = axis;
      }
      include(sizes, group[i]);
    }
  }

  const Spread& spread_;
  int64_t copies_, bytes_;
};

}  // namespace

std::vector<std::vector<int64_t>> PartialForward::batches(const std::vector<Box>& boxes, int64_t copies,
                                                          int64_t bytes) const {
  const Grouping grouping(*spread_, copies, bytes);
  Lines lines(*spread_);
  Group all;
  for (const Box& box : boxes)
    all.push_back(
        {static_cast<int64_t>(all.size()), {lines.of(0, {box.row, box.rows}), lines.of(1, {box.column, box.columns})}});
  std::vector<Group> groups;
  if (!all.empty()) grouping.split(std::move(all), groups);
  std::vector<std::vector<int64_t>> batches;
  for (const Group& group : groups) {
    const auto limit = static_cast<size_t>(grouping.limit(grouping.sizes(group)));
    batches.emplace_back();
    for (const Grouped& one : group)
      for (int64_t copy = 0; copy < copies; ++copy) {
        if (batches.back().size() == limit) batches.emplace_back();
        batches.back().push_back(one.box * copies + copy);
      }
  }
  return batches;
}

}  // namespace limpid
