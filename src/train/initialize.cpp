// SPDX-License-Identifier: Apache-2.0
#include "train/initialize.h"

#include <ATen/ATen.h>

#include "limpid/core/random.h"

namespace limpid {
namespace {

Tensor uniform(const Shape& shape, double limit, uint64_t seed) {
  Random random(seed);
  Tensor values = at::empty(shape, at::kFloat);
  for (int64_t i = 0; i < values.numel(); ++i)
    values.data_ptr<float>()[i] = static_cast<float>(random.uniform(-limit, limit));
  return values;
}

/// Q of a QR decomposition, with the signs that make R's diagonal positive: uniform over orthogonal matrices.
Tensor orthogonal(int64_t rows, int64_t columns, uint64_t seed) {
  const Tensor noise = normal_noise({std::max(rows, columns), std::min(rows, columns)}, seed).to(at::kDouble);
  const auto [q, r] = at::linalg_qr(noise);
  const Tensor signed_q = q * r.diagonal().sign();
  return (rows >= columns ? signed_q : signed_q.t()).to(at::kFloat);
}

}  // namespace

Tensor initial_weight(Initializer how, const Shape& shape, uint64_t seed) {
  int64_t field = 1;
  for (size_t axis = 2; axis < shape.size(); ++axis) field *= shape[axis];
  const int64_t in = shape[1] * field, out = shape[0] * field;
  if (how == Initializer::orthogonal) return dense(orthogonal(shape[0], in, seed).reshape(shape));
  if (how == Initializer::glorot) return dense(uniform(shape, std::sqrt(6. / static_cast<double>(in + out)), seed));
  return dense(normal_noise(shape, seed) * std::sqrt(2. / static_cast<double>(in)));
}

}  // namespace limpid
