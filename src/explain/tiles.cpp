// SPDX-License-Identifier: Apache-2.0
#include "explain/tiles.h"

#include <ATen/ATen.h>

#include "core/parallel.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

/// The activations of some images of a batch.
Activations narrowed(const Activations& all, int64_t first, int64_t images) {
  Activations some{all.values, all.memory, images};
  for (std::vector<Tensor>* list : {&some.values, &some.memory})
    for (Tensor& value : *list)
      if (value.defined()) value = value.narrow(0, first, images);
  return some;
}

/// Cuts a signal into tiles of about `size` maps: several images with all their seeds, or some seeds of one image.
std::vector<Tile> cut(const std::shared_ptr<Images>& from, const Tensor& signal, int64_t size) {
  const Activations& all = from->activations;
  const int64_t seeds = signal.size(0) / all.images;
  const int64_t images_at_once = std::clamp<int64_t>(size / seeds, 1, all.images);
  const int64_t seeds_at_once = images_at_once > 1 ? seeds : std::min(seeds, size);
  std::vector<Tile> tiles;
  for (int64_t n = 0; n < all.images; n += images_at_once) {
    const int64_t count = std::min(images_at_once, all.images - n);
    const auto images = count == all.images ? from : images_of(narrowed(all, n, count));
    for (int64_t s = 0; s < seeds; s += seeds_at_once)
      tiles.push_back(
          {images, signal.narrow(0, n * seeds + s, count * std::min(seeds_at_once, seeds - s)), n * seeds + s});
  }
  return tiles;
}

}  // namespace

int64_t elements(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

std::shared_ptr<Images> images_of(const Activations& activations) {
  return std::make_shared<Images>(Images{activations, std::vector<Kept>(activations.values.size())});
}

Tensor in_tiles(const std::shared_ptr<Images>& images, const Tensor& signal, int64_t size,
                const std::function<Tensor(const Tile&)>& walk) {
  const int64_t count = images->activations.images;
  if (signal.size(0) % count)
    fail("a signal of ", signal.size(0), " maps is not a whole number of seeds for ", count, " images");
  const int64_t maps = signal.size(0), threads = available_threads();
  if (maps == 0) return walk({images, signal, 0});
  const int64_t share = (maps + threads - 1) / threads;
  std::vector<Tile> tiles = cut(images, signal, signal.is_cpu() ? std::min(size, share) : maps);
  std::vector<Tensor> parts(tiles.size());
  const auto walk_one = [&](size_t i) {
    parts[i] = walk(tiles[i]);
    tiles[i] = {};
  };
  if (static_cast<int64_t>(tiles.size()) < threads) {  // the threads share the work within a tile
    for (size_t i = 0; i < tiles.size(); ++i) walk_one(i);
  } else {
    for_each_parallel(tiles.size(), walk_one);
  }
  return dense(parts.size() == 1 ? parts[0] : at::cat(parts));
}

}  // namespace limpid
