// SPDX-License-Identifier: Apache-2.0
#include "support/matrix_rules.h"

#include <ATen/ATen.h>

namespace limpid::matrix {
namespace {

constexpr double stabilizer = 1e-6;

int64_t count_of(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

Tensor run(const Layer& layer, const std::vector<Shape>& shapes, const Tensor& rows) {
  std::vector<Tensor> inputs;
  int64_t begin = 0;
  for (const Shape& shape : shapes) {
    Shape batch = shape;
    batch.insert(batch.begin(), rows.size(0));
    inputs.push_back(dense(rows.narrow(1, begin, count_of(shape)).reshape(batch)));
    begin += count_of(shape);
  }
  return layer.type->forward(layer, inputs, nullptr).flatten(1);
}

/// Σ_j share_ji R_j with share_ji = z_ji / (sum_j ± ε).
Tensor shared(const Tensor& z, const Tensor& sums, const Tensor& relevance, double epsilon = stabilizer) {
  const Tensor sign = at::where(sums < 0, at::full_like(sums, -1), at::full_like(sums, 1));
  const Tensor share = z / (sums + epsilon * sign).unsqueeze(1);
  return at::nan_to_num(share, 0).t().mv(relevance);  // 0 / 0 has no share
}

}  // namespace

Linear linear_of(const Layer& layer, const std::vector<Shape>& inputs) {
  int64_t size = 0;
  for (const Shape& shape : inputs) size += count_of(shape);
  const Tensor bias = run(layer, inputs, at::zeros({1, size}, at::kDouble));
  const Tensor columns = run(layer, inputs, at::eye(size, at::kDouble)) - bias;
  return {columns.t().contiguous(), bias[0]};
}

Tensor epsilon(const Linear& layer, const Tensor& a, const Tensor& relevance, double epsilon) {
  const Tensor z = layer.weight * a;
  return shared(z, z.sum(1) + layer.bias, relevance, epsilon);
}

Tensor alpha_beta(const Linear& layer, const Tensor& a, const Tensor& relevance, double alpha, double beta) {
  const Tensor plus = (layer.weight * a).clamp_min(0), minus = (layer.weight * a).clamp_max(0);
  return alpha * shared(plus, plus.sum(1) + layer.bias.clamp_min(0), relevance) -
         beta * shared(minus, minus.sum(1) + layer.bias.clamp_max(0), relevance);
}

Tensor gamma(const Linear& layer, const Tensor& a, const Tensor& relevance, double gamma) {
  const Tensor z = layer.weight * a, &b = layer.bias;
  const Tensor up = z + gamma * z.clamp_min(0), down = z + gamma * z.clamp_max(0);
  const Tensor output = z.sum(1) + b;
  return shared(up, up.sum(1) + b + gamma * b.clamp_min(0), relevance * (output > 0)) +
         shared(down, down.sum(1) + b + gamma * b.clamp_max(0), relevance * (output < 0));
}

Tensor z_box(const Linear& layer, const Tensor& a, const Tensor& relevance, const Tensor& low, const Tensor& high) {
  const Tensor& w = layer.weight;
  const Tensor z = w * a - w.clamp_min(0) * low - w.clamp_max(0) * high;
  return shared(z, z.sum(1), relevance);  // b − b⁺ − b⁻ = 0
}

Tensor w_square(const Linear& layer, const Tensor& relevance) {
  const Tensor squares = layer.weight.square();
  return shared(squares, squares.sum(1), relevance);  // no bias: nothing is absorbed
}

Tensor flat(const Linear& layer, const Tensor& relevance) {
  const Tensor connected = (layer.weight != 0).to(at::kDouble);
  return shared(connected, connected.sum(1), relevance);
}

Tensor proportional(const Linear& windows, const Tensor& a, const Tensor& relevance) {
  const Tensor values = (windows.weight != 0) * a;
  return shared(values, values.sum(1), relevance);
}

}  // namespace limpid::matrix
