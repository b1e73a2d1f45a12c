// SPDX-License-Identifier: Apache-2.0
#include "limpid/core/tensor.h"

#include <ATen/ATen.h>

#include <random>

#include "limpid/core/error.h"

namespace limpid {

std::string shape_text(at::IntArrayRef shape) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (const int64_t size : shape) {
    if (!text.empty()) text += 'x';
    text += std::to_string(size);
  }
  return text;
}

Tensor dense(const Tensor& tensor) {
  return tensor.contiguous(tensor.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

Tensor as_planes(const Tensor& batch) {
  if (batch.dim() == 4) return batch;
  return batch.dim() == 3 ? batch.unsqueeze(2) : batch.unsqueeze(1).unsqueeze(1);
}

Tensor normal_noise(at::IntArrayRef shape, uint64_t seed) {
  // Box-Muller on mt19937_64: the standard fixes the engine's numbers but not std::normal_distribution's.
  std::mt19937_64 engine(seed);
  const auto uniform = [&engine] { return (static_cast<double>(engine() >> 11) + 0.5) * 0x1p-53; };
  Tensor noise = at::empty(shape, at::kFloat);
  float* values = noise.data_ptr<float>();
  const int64_t count = noise.numel();
  for (int64_t i = 0; i < count; i += 2) {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    const double angle = 2 * M_PI * uniform();
    values[i] = static_cast<float>(radius * std::cos(angle));
    if (i + 1 < count) values[i + 1] = static_cast<float>(radius * std::sin(angle));
  }
  return noise;
}

void require_finite(const Tensor& tensor, const std::string& what) {
  if (!tensor.is_floating_point() || tensor.numel() == 0) return;
  // A sum over finite values is finite unless it overflows, so the slow search runs only when something may be wrong.
  if (std::isfinite(at::sum(tensor).item<double>())) return;
  const Tensor bad = at::nonzero(at::logical_not(at::isfinite(tensor)));
  if (bad.size(0) == 0) return;
  std::string position;
  for (int64_t d = 0; d < bad.size(1); ++d) position += (d ? ", " : "") + std::to_string(bad[0][d].item<int64_t>());
  fail(what, " has ", bad.size(0), " of ", tensor.numel(), " values that are NaN or infinite, the first at [", position,
       "]; expected finite numbers");
}

}  // namespace limpid
