// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tensor type of the whole library and the few things every layer of it asks of a tensor.

#include <ATen/core/ivalue.h>  // first: clang 14 in C++20 needs it before Tensor.h

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <string>
#include <vector>

namespace limpid {

using Tensor = at::Tensor;
using Shape = std::vector<int64_t>;

/// "1x3x224x224"; "scalar" for a tensor without dimensions.
std::string shape_text(at::IntArrayRef shape);

/// The same values, dense: channels-last for four dimensions, row-major for others.
Tensor dense(const Tensor& tensor);

/// A batch [N, C, L] or [N, F] as planes [N, C, 1, L] or [N, 1, 1, F]; four dimensions stay. A view.
Tensor as_planes(const Tensor& batch);

/// Standard normal numbers, float32 on the CPU; the same seed gives the same numbers on every machine.
Tensor normal_noise(at::IntArrayRef shape, uint64_t seed);

/// Throws an Error that begins with `what` when any value is NaN or infinite, naming the first such position.
void require_finite(const Tensor& tensor, const std::string& what);

}  // namespace limpid
