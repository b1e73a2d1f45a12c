// SPDX-License-Identifier: Apache-2.0
#include "explain/strongest.h"

#include <ATen/ATen.h>

#include "core/parallel.h"
#include "core/vectorized.h"

namespace limpid {
namespace {

/// By ATen, on any device.
void sort_in(Strongest& best, const Tensor& maps, const Tensor& names, int64_t count) {
  Shape column(static_cast<size_t>(maps.dim()), 1);
  column[0] = maps.size(0);
  column[1] = maps.size(1);
  const Tensor labels = names.to(maps.device(), at::kInt).reshape(column).expand_as(maps);
  const Tensor values = best.levels.defined() ? at::cat({best.levels, maps}, 1) : maps;
  const Tensor all = best.levels.defined() ? at::cat({best.names, labels}, 1) : labels;
  const int64_t kept = std::min(count, values.size(1));
  const Tensor order = std::get<1>(at::sort(values, /*stable=*/true, 1, /*descending=*/true)).narrow(1, 0, kept);
  best.levels = values.gather(1, order);
  best.names = all.gather(1, order);
}

/// Room for as many as there were, with nothing in what is new.
void make_room(Strongest& best, const Tensor& maps, int64_t count) {
  const int64_t there = best.levels.defined() ? best.levels.size(1) : 0, more = std::min(count - there, maps.size(1));
  if (more <= 0) return;
  Shape shape = maps.sizes().vec();
  shape[1] = more;
  const Tensor levels = at::zeros(shape, maps.options()), names = at::full(shape, -1, maps.options().dtype(at::kInt));
  best.levels = (there > 0 ? at::cat({best.levels, levels}, 1) : levels).contiguous();
  best.names = (there > 0 ? at::cat({best.names, names}, 1) : names).contiguous();
}

/// Hands a map down the ranks of some pixels: from where it is the stronger one, all others move down. NaN is above all
/// numbers.
template <class Number>
LIMPID_INLINE inline void insert(const Number* map, int32_t name, int64_t pixels, int64_t ranks, int64_t stride,
                                 Number* levels, int32_t* names) {
  constexpr int64_t most = 256;
  Number value[most];
  int32_t label[most], moves[most];
  for (int64_t begin = 0; begin < pixels; begin += most) {
    const int64_t count = std::min(most, pixels - begin);
    for (int64_t p = 0; p < count; ++p) value[p] = map[begin + p];
    for (int64_t p = 0; p < count; ++p) label[p] = name;
    for (int64_t p = 0; p < count; ++p) moves[p] = 0;
    for (int64_t r = 0; r < ranks; ++r) {
      Number* level = levels + r * stride + begin;
      int32_t* owner = names + r * stride + begin;
      for (int64_t p = 0; p < count; ++p) {
        const Number here = level[p], there = value[p];
        const int32_t mine = owner[p], yours = label[p];
        const bool better = (moves[p] != 0) | (there > here) | ((there != there) & (here == here)) | (mine < 0);
        moves[p] = better;
        level[p] = better ? there : here;
        owner[p] = better ? yours : mine;
        value[p] = better ? here : there;
        label[p] = better ? mine : yours;
      }
    }
  }
}

void insert_all(Strongest& best, const Tensor& maps, const Tensor& names) {
  const int64_t images = maps.size(0), count = maps.size(1), ranks = best.levels.size(1);
  const int64_t pixels = maps.numel() / std::max<int64_t>(1, images * count);
  const Tensor values = maps.contiguous(), labels = names.to(at::kCPU, at::kInt).contiguous();
  constexpr int64_t piece = 4096;
  const int64_t pieces = (pixels + piece - 1) / piece;
  AT_DISPATCH_FLOATING_TYPES(maps.scalar_type(), "keep_strongest", [&] {
    const auto* map = values.data_ptr<scalar_t>();
    auto* level = best.levels.data_ptr<scalar_t>();
    const auto* label = labels.data_ptr<int32_t>();
    auto* owner = best.names.data_ptr<int32_t>();
    parallel_for(images * pieces, 1, [&](int64_t begin, int64_t end) {
      vectorized([&]() LIMPID_INLINE {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t n = i / pieces, first = i % pieces * piece, some = std::min(piece, pixels - first);
          const int64_t at = n * ranks * pixels + first;
          for (int64_t k = 0; k < count; ++k)
            insert(map + (n * count + k) * pixels + first, label[n * count + k], some, ranks, pixels, level + at,
                   owner + at);
        }
      });
    });
  });
}

}  // namespace

void keep_strongest(Strongest& best, const Tensor& maps, const Tensor& names, int64_t count) {
  if (!maps.is_cpu()) return sort_in(best, maps, names, count);
  make_room(best, maps, count);
  insert_all(best, maps, names);
}

}  // namespace limpid
