// SPDX-License-Identifier: Apache-2.0
#include "train/rectify.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "train/elements.h"

namespace limpid {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

template <class Number>
LIMPID_INLINE inline Number positive(Number x) {
  return x <= 0 ? Number(0) : x;
}

/// Of bfloat16 as its bits: from −0 to −∞ they are 0x8000 to 0xFF80.
template <>
LIMPID_INLINE inline uint16_t positive(uint16_t x) {
  return static_cast<uint16_t>(static_cast<uint16_t>(x - 0x8000) <= 0x7F80 ? 0 : x);
}

template <class Number>
void rectify(Number* x, int64_t count) {
  each_element(count, [x](int64_t i) LIMPID_INLINE { x[i] = positive(x[i]); });
}

template <class Number>
void mask(const Number* signal, const Number* output, Number* __restrict result, int64_t count) {
  each_element(count, [=](int64_t i) LIMPID_INLINE {
    const Number value = signal[i], passes = output[i];
    result[i] = passes != 0 ? value : Number(0);
  });
}

bool is_ours(const Tensor& x) {
  return x.is_cpu() && x.is_non_overlapping_and_dense() &&
         (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

Tensor masked(const Tensor& signal, const Tensor& output) {
  if (!is_ours(output) || signal.scalar_type() != output.scalar_type() || signal.strides() != output.strides())
    return at::threshold_backward(signal, output, 0);
  Tensor result = at::empty_like(output);
  if (output.scalar_type() == at::kFloat)
    mask(signal.data_ptr<float>(), output.data_ptr<float>(), result.data_ptr<float>(), result.numel());
  else
    mask(static_cast<const uint16_t*>(signal.data_ptr()), static_cast<const uint16_t*>(output.data_ptr()),
         static_cast<uint16_t*>(result.data_ptr()), result.numel());
  return result;
}

struct InPlace : torch::autograd::Function<InPlace> {
  static Tensor forward(AutogradContext* context, Tensor x) {
    if (!is_ours(x))
      x.clamp_min_(0);
    else if (x.scalar_type() == at::kFloat)
      rectify(x.data_ptr<float>(), x.numel());
    else
      rectify(static_cast<uint16_t*>(x.data_ptr()), x.numel());
    context->mark_dirty({x});
    context->save_for_backward({x});
    return x;
  }

  static variable_list backward(AutogradContext* context, const variable_list& signals) {
    return {masked(signals[0], context->get_saved_variables()[0])};
  }
};

}  // namespace

Tensor rectified_in_place(const Tensor& x) { return InPlace::apply(x); }

}  // namespace limpid
