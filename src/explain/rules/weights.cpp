// SPDX-License-Identifier: Apache-2.0
#include "explain/rules/weights.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/parallel.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

void require_weight(const Layer& layer, const std::string& rule) {
  const Role role = layer.type->role;
  if (role != Role::kConvolution && role != Role::kDense)
    fail("rule '", rule, "' cannot explain a layer of type '", layer.type->name,
         "'; it needs a convolution or dense layer, others take gradient, pass or norm");
}

/// On a CPU: what ATen's seven operations below would read and write costs as much as the layer.
Tensor reciprocal_in_one_pass(const Tensor& z, double stabilizer) {
  const Tensor result = at::empty_like(z);
  AT_DISPATCH_FLOATING_TYPES(z.scalar_type(), "reciprocal", [&] {
    const scalar_t* from = z.data_ptr<scalar_t>();
    scalar_t* to = result.data_ptr<scalar_t>();
    const auto add = static_cast<scalar_t>(stabilizer);
    parallel_for(z.numel(), 1 << 15, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const scalar_t inverse = 1 / (from[i] < 0 ? from[i] - add : from[i] + add);
        to[i] = std::isinf(inverse) ? 0 : inverse;
      }
    });
  });
  return result;
}

/// back [N·S, 2C, …] by an image's two parts [N, C, …]: the first C channels times the positive one plus the others
/// times the negative one, dense.
Tensor joined(const Tensor& back, const Parts& x, int64_t seeds) {
  const int64_t channels = x.positive.size(1);
  return dense(times(back.narrow(1, 0, channels), x.positive, seeds) +
               times(back.narrow(1, channels, channels), x.negative, seeds));
}

/// The same in one pass over maps [N·S, 2C, rows, columns]; ATen would go four times through channels in pieces.
Tensor joined_in_one_pass(const Tensor& back, const Parts& x, int64_t seeds) {
  const Tensor from = dense(back), positive = dense(x.positive), negative = dense(x.negative);
  const int64_t channels = positive.size(1), rows = from.size(2), columns = from.size(3);
  const Tensor result =
      at::empty({from.size(0), channels, rows, columns}, from.options(), at::MemoryFormat::ChannelsLast);
  AT_DISPATCH_FLOATING_TYPES(from.scalar_type(), "joined", [&] {
    const scalar_t* signal = from.data_ptr<scalar_t>();
    const scalar_t *above = positive.data_ptr<scalar_t>(), *below = negative.data_ptr<scalar_t>();
    scalar_t* to = result.data_ptr<scalar_t>();
    parallel_for(from.size(0) * rows, 64, [=](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const int64_t own = (row / (rows * seeds) * rows + row % rows) * columns * channels;
        for (int64_t p = 0; p < columns; ++p) {
          const scalar_t* pair = signal + (row * columns + p) * 2 * channels;
          const int64_t at = own + p * channels;
          for (int64_t c = 0; c < channels; ++c)
            to[(row * columns + p) * channels + c] = pair[c] * above[at + c] + pair[channels + c] * below[at + c];
        }
      }
    });
  });
  return result;
}

}  // namespace

Tensor reciprocal(const Tensor& z, double stabilizer) {
  if (z.is_cpu()) return reciprocal_in_one_pass(dense(z), stabilizer);
  const Tensor inverse = at::reciprocal(at::where(z < 0, z - stabilizer, z + stabilizer));
  return inverse.masked_fill(at::isinf(inverse), 0);
}

Weights::Weights(const Layer& layer, const std::string& rule, std::string variant,
                 std::function<Tensor(const Tensor& weight)> change)
    : layer_(layer), name_(std::move(variant)), change_(std::move(change)) {
  require_weight(layer, rule);
}

std::shared_ptr<const Weights::Variant> Weights::made() const {
  Prepared* kept = prepared(layer_);
  return (kept ? kept->variants : *own_).get<Variant>(name_, [this] {
    Layer changed = layer_;
    changed.parameters = {change_(layer_.parameters[0]), Tensor()};
    prepare(changed);
    const Step adjoint = changed.type->adjoint(changed);
    return Variant{std::move(changed), adjoint};
  });
}

Tensor Weights::forward(const Tensor& input, const Tensor& bias) const {
  Layer biased = made()->layer;
  biased.parameters[1] = bias;
  return biased.type->forward(biased, {input}, nullptr);
}

Tensor Weights::adjoint(const Visit& visit, const Tensor& signal) const {
  return made()->adjoint({visit.inputs, visit.output, visit.memory, signal, visit.seeds})[0];
}

const Tensor& bias_of(const Layer& layer) {
  static const Tensor none;
  return layer.parameters.size() < 2 ? none : layer.parameters[1];
}

Tensor positive_part(const Tensor& t) { return t.defined() ? t.clamp_min(0) : t; }
Tensor negative_part(const Tensor& t) { return t.defined() ? t.clamp_max(0) : t; }

Parts parts_of(const Visit& visit) {
  const Tensor& input = visit.inputs[0];
  const Tensor least = visit.once(2, [&] { return at::amin(input); });  // at::min takes 25 times as long
  if (least.item<double>() >= 0) return {input, Tensor()};
  return {positive_part(input), negative_part(input)};
}

Shares::Shares(const Layer& layer, const std::string& rule, const Change& a, const Change& b)
    : of_positive_(layer, rule, a.name, a.of),
      of_negative_(layer, rule, b.name, b.of),
      both_(layer, rule, a.name + " beside " + b.name,
            [=](const Tensor& weight) {
              return dense(at::cat({a.of(weight), b.of(weight)}, 1));
            }),
      joins_(layer.type->name == "conv" && layer.attributes.integer("group", 1) == 1) {}

Tensor Shares::denominator(const Tensor& bias, const Parts& x) const {
  if (side_by_side(x)) return both_.forward(dense(at::cat({x.positive, x.negative}, 1)), bias);
  const Tensor z = of_positive_.forward(x.positive, bias);
  return x.negative.defined() ? z + of_negative_.forward(x.negative, {}) : z;
}

Tensor Shares::operator()(const Tensor& bias, const Parts& x, const Visit& visit, const Tensor& signal,
                          double stabilizer, size_t slot, Deferral left) const {
  const Tensor factor = visit.once(slot, [&] {
    const Tensor inverse = reciprocal(denominator(bias, x), stabilizer);
    return left.above ? dense(inverse * positive_part(visit.output)) : inverse;
  });
  const Tensor ratio = times(signal, factor, visit.seeds);
  if (side_by_side(x)) {
    const Tensor both = both_.adjoint(visit, ratio);
    const bool fast = both.is_cpu() && both.dim() == 4 && both.scalar_type() == x.positive.scalar_type();
    return fast ? joined_in_one_pass(both, x, visit.seeds) : joined(both, x, visit.seeds);
  }
  const Tensor back = of_positive_.adjoint(visit, ratio);
  if (left.below) return dense(back);
  const Tensor relevance = times_in_place(back, x.positive, visit.seeds);
  if (!x.negative.defined()) return dense(relevance);
  return dense(relevance + times_in_place(of_negative_.adjoint(visit, ratio), x.negative, visit.seeds));
}

}  // namespace limpid
