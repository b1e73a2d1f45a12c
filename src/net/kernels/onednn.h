// SPDX-License-Identifier: Apache-2.0
#pragma once
// Convolutions by oneDNN: packed weights and primitives are kept, which ATen makes anew at every call.

#include "limpid/net/kernels.h"

namespace limpid {

/// Why oneDNN cannot run convolutions with this weight; empty where it can.
std::string onednn_refusal(const Tensor& weight);

/// The instructions that oneDNN generates code for on this CPU, such as "avx512_core_bf16"; empty in a build without
/// it.
std::string onednn_instructions();

/// A convolution over 2 axes on the CPU for which there is no refusal.
class OneDnnConvolution {
 public:
  OneDnnConvolution(const Tensor& weight, const ConvolutionGeometry& geometry, Precision precision);
  ~OneDnnConvolution();

  /// x [N, C, H, W], float32 or bfloat16, N ≥ 1. A map's values do not depend on the others in its batch.
  /// `rectified`: max(·, 0) of the result.
  Tensor operator()(const Tensor& x, const Tensor& bias, bool rectified) const;

  /// oneDNN's name of the code it generates for inputs of this size.
  std::string implementation(int64_t rows, int64_t columns) const;

 private:
  void by_strips(const Tensor& x, const Tensor& bias, bool rectified, const Tensor& out) const;

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace limpid
