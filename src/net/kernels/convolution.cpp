// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/kernels.h"

#include <ATen/ATen.h>

#include <mutex>
#include <optional>

#include "net/kernels/fourier.h"
#include "net/kernels/narrow.h"
#include "net/kernels/onednn.h"
#include "net/kernels/phases.h"
#include "net/kernels/winograd.h"

namespace limpid {
namespace {

/// The weight of the convolution that is the adjoint of a stride-1 one: axes in and out swapped within each group,
/// kernel rotated by 180 degrees.
Tensor flipped(const Tensor& weight, int64_t groups) {
  const int64_t axes = weight.dim() - 2;
  std::vector<int64_t> spatial;
  for (int64_t axis = 0; axis < axes; ++axis) spatial.push_back(3 + axis);
  return dense(weight.unflatten(0, {groups, -1}).transpose(1, 2).flip(spatial).flatten(0, 1));
}

/// Padding of that convolution; negative where it cannot be written as one.
std::vector<int64_t> flipped_padding(const Tensor& weight, const ConvolutionGeometry& geometry) {
  std::vector<int64_t> padding;
  for (size_t axis = 0; axis < geometry.padding.size(); ++axis) {
    const int64_t reach = geometry.dilation[axis] * (weight.size(2 + static_cast<int64_t>(axis)) - 1);
    padding.push_back(reach - geometry.padding[axis]);
  }
  return padding;
}

bool all(const std::vector<int64_t>& values, int64_t least, int64_t most) {
  return std::all_of(values.begin(), values.end(), [=](int64_t value) { return value >= least && value <= most; });
}

Tensor maybe_rectified(const Tensor& values, bool rectified) { return rectified ? at::relu(values) : values; }

Tensor strided_adjoint(const Tensor& signal, const Tensor& weight, const ConvolutionGeometry& geometry,
                       at::IntArrayRef positions) {
  Shape shape = {signal.size(0), weight.size(1) * geometry.groups};
  shape.insert(shape.end(), positions.begin(), positions.end());
  // Only the input's sizes and layout are read.
  const Tensor input = dense(at::empty(
      shape, signal.options(), shape.size() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous));
  const std::vector<int64_t> no_output_padding(geometry.stride.size(), 0);
  return std::get<0>(at::convolution_backward(signal, input, weight, c10::nullopt, geometry.stride, geometry.padding,
                                              geometry.dilation, false, no_output_padding, geometry.groups,
                                              {true, false, false}));
}

/// What is made at its first use: forward passes need no adjoint.
template <class Made>
class Later {
 public:
  explicit Later(std::function<Made()> make) : make_(std::move(make)) {}

  const Made& get() {
    std::call_once(once_, [this] { made_.emplace(make_()); });
    return *made_;
  }

 private:
  std::function<Made()> make_;
  std::once_flag once_;
  std::optional<Made> made_;
};

}  // namespace

Tensor convolve(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvolutionGeometry& geometry) {
  const std::vector<int64_t> no_output_padding(geometry.stride.size(), 0);
  // ATen's path for a batch of no images takes row-major weights only.
  const Tensor kernel = x.size(0) == 0 ? weight.contiguous() : weight;
  return dense(at::convolution(x, kernel, bias, geometry.stride, geometry.padding, geometry.dilation, false,
                               no_output_padding, geometry.groups));
}

const std::vector<std::string>& precision_names() {
  static const std::vector<std::string> names = {"float32", "bf16x3", "bfloat16", "float64"};
  return names;
}

Convolution::Convolution(Tensor weight, ConvolutionGeometry geometry, Precision precision)
    : weight_(std::move(weight)), geometry_(std::move(geometry)), refusal_(onednn_refusal(weight_)) {
  // Of few channels nothing is gained by splitting their numbers.
  if (precision == Precision::kBf16x3 && (geometry_.groups != 1 || weight_.size(1) < 16))
    precision = Precision::kFloat32;
  if (WinogradConvolution::suits(weight_, geometry_, precision))
    winograd_ = std::make_shared<WinogradConvolution>(weight_, geometry_);
  else if (refusal_.empty())
    fast_ = std::make_shared<OneDnnConvolution>(weight_, geometry_, precision);
  if (FourierConvolution::suits(weight_, geometry_, precision))
    fourier_ = std::make_shared<FourierConvolution>(weight_, geometry_);
  if (precision == Precision::kBfloat16 && !weight_.is_cpu()) weight_ = weight_.to(at::kBFloat16);
}

Tensor Convolution::operator()(const Tensor& x, const Tensor& bias, bool rectified) const {
  const bool learns = at::GradMode::is_enabled() && (x.requires_grad() || weight_.requires_grad());
  const bool prepared = x.size(0) > 0 && !learns;
  if (fourier_ && prepared && fourier_->pays(x.size(2), x.size(3))) return (*fourier_)(x, bias, rectified);
  if (winograd_ && prepared) return (*winograd_)(x, bias, rectified);
  if (fast_ && prepared) return (*fast_)(x, bias, rectified);
  const Tensor out = convolve(x.to(weight_.scalar_type()), weight_, bias, geometry_);
  return maybe_rectified(out, rectified);
}

Implementation Convolution::implementation(at::IntArrayRef positions) const {
  if (fourier_ && fourier_->pays(positions[0], positions[1])) return {fourier_->implementation()};
  if (winograd_) return {winograd_->implementation()};
  if (fast_) return {"onednn " + fast_->implementation(positions[0], positions[1])};
  return {"aten", refusal_};
}

ConvolutionAdjoint::ConvolutionAdjoint(const Tensor& weight, const ConvolutionGeometry& geometry, Precision precision) {
  const bool fast = onednn_refusal(weight).empty();
  const bool half = precision == Precision::kBfloat16, thrice = precision == Precision::kBf16x3;
  const bool narrow = is_narrow(weight, geometry), strided = !all(geometry.stride, 1, 1);
  ConvolutionGeometry back = geometry;
  back.padding = flipped_padding(weight, geometry);
  if (fast && has_phases(weight, geometry) && (narrow ? half : strided && (half || thrice))) {
    const auto phases =
        std::make_shared<Later<PhasesAdjoint>>([=] { return PhasesAdjoint(weight, geometry, precision); });
    run_ = [phases](const Tensor& signal, at::IntArrayRef positions, bool rectified) {
      return phases->get()(signal, positions, rectified);
    };
    implementation_ = [phases](at::IntArrayRef positions) { return phases->get().implementation(positions); };
  } else if (narrow) {
    const Precision wanted = thrice ? Precision::kBf16x3 : Precision::kFloat32;
    run_ = [run = narrow_adjoint(weight, geometry, wanted)](const Tensor& signal, at::IntArrayRef positions,
                                                            bool rectified) {
      return maybe_rectified(run(signal, positions), rectified);
    };
    implementation_ = [fast](at::IntArrayRef) -> Implementation {
      return {fast ? "onednn and add" : "gemm and add", "few input channels"};
    };
  } else if (!strided && all(back.padding, 0, INT64_MAX)) {
    const auto turned = std::make_shared<Later<Convolution>>(
        [=] { return Convolution(flipped(weight, geometry.groups), back, precision); });
    run_ = [turned](const Tensor& signal, at::IntArrayRef, bool rectified) {
      return turned->get()(signal, {}, rectified);
    };
    implementation_ = [turned](at::IntArrayRef positions) { return turned->get().implementation(positions); };
  } else {
    const at::ScalarType type = weight.scalar_type();
    run_ = [=](const Tensor& signal, at::IntArrayRef positions, bool rectified) {
      return maybe_rectified(dense(strided_adjoint(signal.to(type), weight, geometry, positions)), rectified);
    };
    implementation_ = [](at::IntArrayRef) -> Implementation { return {"aten", "strided"}; };
  }
}

std::string cpu_instructions() {
  const std::string found = onednn_instructions();
  return found.empty() ? "built without oneDNN" : found;
}

Precision worthwhile_precision(Precision wanted, at::Device device) {
  const bool half = wanted == Precision::kBfloat16, thrice = wanted == Precision::kBf16x3;
  const bool native = device.is_cpu() ? onednn_instructions().find("amx") != std::string::npos : half;
  return (half || thrice) && !native ? Precision::kFloat32 : wanted;
}

}  // namespace limpid
