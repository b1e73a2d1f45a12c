// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/stretch.h"

#include <ATen/ATen.h>

#include <map>

#include "core/parallel.h"
#include "net/kernels/patches.h"

namespace limpid {
namespace {

/// Numbers the different values in order of appearance.
template <class Value>
class Kinds {
 public:
  size_t operator()(const Value& value) { return numbers_.emplace(value, numbers_.size()).first->second; }

 private:
  std::map<Value, size_t> numbers_;
};

/// Every way an impulse takes through one convolution: x [P, C, w, w'] → [P, K, w + dilation·(k − 1), …].
Tensor spread(const Tensor& x, const Tensor& weight, const StretchPart& part) {
  const Tensor matrix = weight.flip({2, 3}).permute({1, 0, 2, 3}).reshape({weight.size(1), -1});
  const Tensor columns = at::mm(x.permute({0, 2, 3, 1}).reshape({-1, x.size(1)}), matrix);
  const Shape size = {x.size(2) + part.dilation[0] * (part.kernel[0] - 1),
                      x.size(3) + part.dilation[1] * (part.kernel[1] - 1)};
  return at::col2im(columns.reshape({x.size(0), x.size(2) * x.size(3), -1}).transpose(1, 2), size, part.kernel,
                    part.dilation, {0, 0}, {1, 1});
}

/// Positions of a signal whose patches come from one matrix, a stretch of rows and one of columns.
struct Block {
  std::array<std::array<int64_t, 2>, 2> range;
  Tensor matrix;  // [K, rows · columns · channels of a patch]
};

template <class Number>
void add_block(const Block& block, const Tensor& signal, Patches patches, std::array<int64_t, 2> size, Number* images) {
  constexpr int64_t cache = 1 << 18;  // numbers of patches at once: they stay in a core's second-level cache
  const auto [rows, columns] = block.range;
  const int64_t width = columns[1] - columns[0], height = rows[1] - rows[0], maps = signal.size(0);
  const int64_t one = width * block.matrix.size(1), step = size[0] * size[1] * patches.channels;
  const int64_t rows_at_once = std::clamp<int64_t>(cache / one, 1, height);
  const int64_t maps_at_once = std::clamp<int64_t>(cache / (one * rows_at_once), 1, maps);
  const int64_t top = patches.top;
  patches.left += columns[0];
  for (int64_t m = 0; m < maps; m += maps_at_once)
    for (int64_t y = rows[0]; y < rows[1]; y += rows_at_once) {
      const int64_t some = std::min(maps_at_once, maps - m), count = std::min(rows_at_once, rows[1] - y);
      const Tensor part = signal.narrow(0, m, some).narrow(1, y, count).narrow(2, columns[0], width);
      const Tensor values = at::mm(part.reshape({-1, signal.size(3)}), block.matrix);
      patches.top = top + y;
      for (int64_t k = 0; k < some; ++k)
        add_patches(values.data_ptr<Number>() + k * count * one, patches, count, width, images + (m + k) * step,
                    size[0], size[1]);
    }
}

}  // namespace

Stretch::Stretch(int64_t channels, std::array<int64_t, 2> size, std::vector<StretchPart> parts)
    : channels_(channels), size_(size), parts_(std::move(parts)), axes_{axis(0), axis(1)} {}

/// Positions are alike when the ways from them leave the maps in between alike.
Stretch::Axis Stretch::axis(size_t which) const {
  Axis axis;
  std::vector<int64_t> low = {0}, high = {0}, sizes = {size_[which]};
  for (const StretchPart& part : parts_) {
    low.push_back(low.back() + part.before[which] - part.dilation[which] * (part.kernel[which] - 1));
    high.push_back(high.back() + part.before[which]);
    sizes.push_back(part.size[which]);
  }
  const size_t top = parts_.size();
  for (size_t l = 0; l <= top; ++l) axis.extents.push_back(high[l] - low[l] + 1);
  axis.lowest = low;
  axis.first = -high[top];
  axis.extent = axis.extents[top];
  const auto cut = [&](int64_t from, const auto& begin, const auto& end) {
    std::vector<int64_t> cuts;
    for (size_t l = 1; l < top; ++l) {
      cuts.push_back(std::max<int64_t>(0, -(from + begin(l))));
      cuts.push_back(std::max<int64_t>(0, from + end(l) - (sizes[l] - 1)));
    }
    return cuts;
  };
  Kinds<std::vector<int64_t>> kinds, ranges;
  std::vector<int64_t> kind_at;
  for (int64_t p = 0; p < sizes[0]; ++p) {
    kind_at.push_back(static_cast<int64_t>(kinds(cut(
        p, [&](size_t l) { return low[l]; }, [&](size_t l) { return high[l]; }))));
    if (kind_at.back() == static_cast<int64_t>(axis.targets.size())) axis.targets.push_back(p);
  }
  for (int64_t s = 0; s < sizes[top]; ++s) {
    const size_t range = ranges(cut(
        s, [&](size_t l) { return high[l] - high[top]; }, [&](size_t l) { return low[l] - low[top]; }));
    if (range == axis.sources.size()) axis.sources.push_back({s, s});
    axis.sources[range][1] = s + 1;
  }
  for (const auto& [begin, end] : axis.sources) {
    axis.kind.emplace_back();
    for (int64_t d = axis.first; d < axis.first + axis.extent; ++d) {
      const int64_t s = std::max(begin, -d);  // one of them that has a position there; where none has, any will do
      axis.kind.back().push_back(s < end && s + d < sizes[0] ? kind_at[static_cast<size_t>(s + d)] : 0);
    }
  }
  return axis;
}

double Stretch::multiply_adds() const { return values_added() * static_cast<double>(parts_.back().channels); }

double Stretch::values_added() const {
  const std::array<int64_t, 2>& size = parts_.back().size;
  return static_cast<double>(size[0] * size[1] * axes_[0].extent * axes_[1].extent * channels_);
}

double Stretch::preparation() const {
  double sum = 0;
  for (size_t l = 1; l < parts_.size(); ++l)
    sum += static_cast<double>(axes_[0].extents[l] * axes_[1].extents[l] * parts_[l].kernel[0] * parts_[l].kernel[1] *
                               parts_[l].channels * parts_[l - 1].channels);
  return sum * static_cast<double>(axes_[0].targets.size() * axes_[1].targets.size() * static_cast<size_t>(channels_));
}

/// By kind of target and step upwards: 1 where a level has that position.
Tensor Stretch::inside(size_t which, size_t level) const {
  const Axis& axis = axes_[which];
  const Tensor at = (at::tensor(axis.targets, at::kLong) + axis.lowest[level]).unsqueeze(1) +
                    at::arange(axis.extents[level], at::kLong);
  return (at >= 0).logical_and(at < parts_[level - 1].size[which]);
}

/// [ranges of rows, ranges of columns, K, rows · columns · channels of a patch]
Tensor Stretch::matrices(const std::vector<Tensor>& weights) const {
  const auto rows = static_cast<int64_t>(axes_[0].targets.size()),
             columns = static_cast<int64_t>(axes_[1].targets.size());
  Tensor x = at::eye(channels_, weights[0].options()).reshape({channels_, channels_, 1, 1});
  x = spread(x, weights[0], parts_[0]);
  x = x.expand({rows, columns, -1, -1, -1, -1});
  for (size_t l = 1; l < parts_.size(); ++l) {
    x = x * inside(0, l).reshape({rows, 1, 1, 1, -1, 1}) * inside(1, l).reshape({1, columns, 1, 1, 1, -1});
    x = spread(x.flatten(0, 2), weights[l], parts_[l]).unflatten(0, {rows, columns, channels_});
  }
  std::vector<Tensor> kinds, steps;  // as indices [rows, columns of ranges, rows, columns of a patch]
  for (size_t a = 0; a < 2; ++a) {
    std::vector<Tensor> list;
    for (const auto& kind : axes_[a].kind) list.push_back(at::tensor(kind, at::kLong));
    kinds.push_back(at::stack(list).unsqueeze(a == 0 ? 1 : 0).unsqueeze(a == 0 ? 3 : 2));
    steps.push_back(at::arange(axes_[a].extent - 1, -1, -1, at::kLong).unsqueeze(a == 0 ? 1 : 0));
  }
  const Tensor patches = x.permute({0, 1, 4, 5, 2, 3}).index({kinds[0], kinds[1], steps[0], steps[1]});
  return patches.permute({0, 1, 5, 2, 3, 4}).flatten(3).contiguous();  // from [rows, columns, …, C, K]
}

std::function<Tensor(const Tensor&)> Stretch::adjoint(const std::vector<Tensor>& weights) const {
  const Tensor all = matrices(weights);
  std::vector<Block> blocks;
  for (size_t a = 0; a < axes_[0].sources.size(); ++a)
    for (size_t b = 0; b < axes_[1].sources.size(); ++b)
      blocks.push_back(
          {{axes_[0].sources[a], axes_[1].sources[b]}, all[static_cast<int64_t>(a)][static_cast<int64_t>(b)]});
  Patches patches{axes_[0].extent, axes_[1].extent, channels_};
  patches.top = axes_[0].first;
  patches.left = axes_[1].first;
  return [blocks, patches, size = size_](const Tensor& given) {
    const Tensor signal = dense(given.to(blocks[0].matrix.scalar_type()));
    const Tensor out = at::empty({signal.size(0), patches.channels, size[0], size[1]}, signal.options(),
                                 at::MemoryFormat::ChannelsLast)
                           .zero_();
    AT_DISPATCH_FLOATING_TYPES(signal.scalar_type(), "stretch", [&] {
      parallel_for(signal.size(0), 1, [&](int64_t begin, int64_t end) {
        scalar_t* images = out.data_ptr<scalar_t>() + begin * size[0] * size[1] * patches.channels;
        const Tensor mine = signal.narrow(0, begin, end - begin).permute({0, 2, 3, 1});
        for (const Block& block : blocks) add_block(block, mine, patches, size, images);
      });
    });
    return out;
  };
}

}  // namespace limpid
