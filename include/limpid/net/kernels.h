// SPDX-License-Identifier: Apache-2.0
#pragma once
// The few operations that nearly all time goes into, channels-last. Each has an implementation in ATen, for any device
// and floating-point type, and for CPUs a faster one, which is taken where it can be had.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "limpid/core/tensor.h"

namespace limpid {

/// What the walk back computes with. Forward passes take float64 for kFloat64 and float32 for all others: low
/// precision there would flip switches and masks, which costs far more than it saves.
enum class Precision {
  kFloat32,
  kBf16x3,    // products of bfloat16 pairs, high and low part, without low · low; sums in float32: error ≈ 1e-5
  kBfloat16,  // signals in bfloat16, sums in float32: error ≈ 5e-3
  kFloat64,
};

/// The names of the precisions, in the order of the enumeration.
const std::vector<std::string>& precision_names();

/// Sizes of a convolution over d = 1 or 2 axes, d numbers each.
struct ConvolutionGeometry {
  std::vector<int64_t> stride, padding, dilation;  // padding is the same on both sides of an axis
  int64_t groups = 1;
};

/// The reference, in ATen: x [N, C, …], weight [K, C/groups, …], bias [K] or undefined → [N, K, …].
Tensor convolve(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvolutionGeometry& geometry);

/// What runs and, where that is ATen on a CPU, why.
struct Implementation {
  std::string name;
  std::string reason = {};
};

class FourierConvolution;   // net/kernels/fourier.h
class OneDnnConvolution;    // net/kernels/onednn.h
class WinogradConvolution;  // net/kernels/winograd.h

/// A convolution prepared once for a weight. May be called from several threads.
class Convolution {
 public:
  Convolution(Tensor weight, ConvolutionGeometry geometry, Precision precision = Precision::kFloat32);

  /// x [N, C, …] → [N, K, …], or max(·, 0) of that. With kBfloat16 on a CPU, x may be bfloat16 and the result is.
  Tensor operator()(const Tensor& x, const Tensor& bias = {}, bool rectified = false) const;

  const Tensor& weight() const { return weight_; }
  /// For inputs with these sizes.
  Implementation implementation(at::IntArrayRef positions) const;

 private:
  Tensor weight_;
  ConvolutionGeometry geometry_;
  std::string refusal_;  // why ATen runs it
  std::shared_ptr<const OneDnnConvolution> fast_;
  std::shared_ptr<const WinogradConvolution> winograd_;
  std::shared_ptr<const FourierConvolution> fourier_;  // for maps that are large enough
};

/// The transpose of a convolution without its bias, prepared once for a weight. May be called from several threads.
class ConvolutionAdjoint {
 public:
  ConvolutionAdjoint(const Tensor& weight, const ConvolutionGeometry& geometry,
                     Precision precision = Precision::kFloat32);

  /// A signal [M, K, …] → [M, C, …] with the spatial size `positions`, or max(·, 0) of that.
  Tensor operator()(const Tensor& signal, at::IntArrayRef positions, bool rectified = false) const {
    return run_(signal, positions, rectified);
  }

  /// For signals with these sizes.
  Implementation implementation(at::IntArrayRef positions) const { return implementation_(positions); }

 private:
  std::function<Tensor(const Tensor&, at::IntArrayRef, bool rectified)> run_;
  std::function<Implementation(at::IntArrayRef)> implementation_;
};

/// Windows over rows and columns, 2 numbers each. Padding is no maximum; with `ceil_mode` windows may hang over the
/// end.
struct PoolingGeometry {
  std::vector<int64_t> kernel, stride, dilation, before, after;  // padding before and after the plane
  bool ceil_mode = false;
};

/// A max pooling over 2 axes: on a CPU through the vector units, by ATen elsewhere and for windows of more than 256
/// positions.
class MaxPooling {
 public:
  explicit MaxPooling(PoolingGeometry geometry);

  /// x [N, C, H, W] → [N, C, h, w]: of equal maxima the first, NaN before all numbers. `switches` gets which position
  /// each was, for the adjoint: in its window (uint8) or, from ATen, in its padded plane (int64).
  Tensor operator()(const Tensor& x, Tensor* switches = nullptr) const;

  /// Places each value of signal [N·S, C, h, w] at its switch [N, C, h, w] and adds where windows overlap:
  /// [N·S, C, rows, columns], or max(·, 0) of that.
  Tensor adjoint(const Tensor& signal, const Tensor& switches, at::IntArrayRef positions, bool rectified = false) const;

  Implementation implementation(at::Device device) const;

 private:
  PoolingGeometry geometry_;
  std::string refusal_;  // why ATen runs it on a CPU too
};

/// The instructions that oneDNN generates code for on this CPU, such as "avx512_core_amx", or why it is not called.
std::string cpu_instructions();

/// The precision to take where one is asked for: float32 in place of a low one that is slower on this device.
Precision worthwhile_precision(Precision wanted, at::Device device);

/// Both ways of a convolution, prepared for one weight.
struct PreparedConvolution {
  Convolution forward;
  ConvolutionAdjoint adjoint;
};

}  // namespace limpid
