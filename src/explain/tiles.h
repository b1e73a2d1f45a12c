// SPDX-License-Identifier: Apache-2.0
#pragma once
// Walks go in tiles of maps that fit the caches, one a thread.

#include <functional>
#include <memory>

#include "limpid/net/network.h"

namespace limpid {

/// What a tile of maps of the largest layer may take: measured, a walk is fastest when a layer's maps before and behind
/// stay in a core's caches.
constexpr int64_t cache_bytes = int64_t{4} << 20;

int64_t elements(const Shape& shape);

/// Some images of a batch, and what their seeds share at each node.
struct Images {
  Activations activations;
  std::vector<Kept> kept;
};

/// Some seeds of some images, walked back together.
struct Tile {
  std::shared_ptr<Images> images;
  Tensor signal;
  int64_t first;  // the number of its first map
};

/// Nothing is kept yet.
std::shared_ptr<Images> images_of(const Activations& activations);

/// walk(tile) for tiles of about `size` maps of a signal [N·S, …], put together again. A tile may be cut into tiles
/// again.
Tensor in_tiles(const std::shared_ptr<Images>& images, const Tensor& signal, int64_t size,
                const std::function<Tensor(const Tile&)>& walk);

}  // namespace limpid
