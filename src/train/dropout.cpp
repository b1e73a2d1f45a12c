// SPDX-License-Identifier: Apache-2.0
#include "train/dropout.h"

#include <ATen/ATen.h>

#include "limpid/core/random.h"
#include "train/elements.h"

namespace limpid {
namespace {

/// The finish of MurmurHash3: each bit of x changes each bit of the result half of the time.
LIMPID_INLINE inline uint32_t finished(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x85ebca6b;
  x = (x ^ (x >> 13)) * 0xc2b2ae35;
  return x ^ (x >> 16);
}

/// The number of a place under a key.
LIMPID_INLINE inline uint32_t drawn(uint32_t place, uint32_t low, uint32_t high) {
  return finished(finished(place + high) + low);
}

template <class Number>
void draw(Number* mask, int64_t count, Number kept, double share, uint64_t seed) {
  const uint64_t key = mixed_seed({seed});  // far from those of seeds nearby
  const auto limit = static_cast<uint32_t>(share * 0x1p32), low = static_cast<uint32_t>(key),
             high = static_cast<uint32_t>(key >> 32);
  each_element(count, [=](int64_t i) LIMPID_INLINE {
    mask[i] = drawn(static_cast<uint32_t>(i), low, high) < limit ? Number(0) : kept;
  });
}

}  // namespace

Tensor left_out(const Tensor& values, double share, uint64_t seed) {
  const double scale = 1 / (1 - share);
  const Tensor mask = at::empty_like(values, at::kCPU);
  if (values.scalar_type() == at::kBFloat16)
    draw(static_cast<uint16_t*>(mask.data_ptr()), mask.numel(), bfloat16_of_float(static_cast<float>(scale)), share,
         seed);
  else
    AT_DISPATCH_FLOATING_TYPES(mask.scalar_type(), "left_out", [&] {
      draw(mask.data_ptr<scalar_t>(), mask.numel(), static_cast<scalar_t>(scale), share, seed);
    });
  return values * mask.to(values.device());
}

}  // namespace limpid
