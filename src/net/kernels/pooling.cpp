// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <limits>

#include "limpid/net/kernels.h"
#include "net/kernels/pool_channels.h"

namespace limpid {
namespace {

int64_t reach(const PoolingAxis& axis) { return axis.dilation * (axis.kernel - 1) + 1; }

/// Windows are counted as ATen does it: with `ceil_mode` one more hangs over the end where there is a rest, if it
/// begins before the padding behind the plane.
PoolingAxis axis_of(const PoolingGeometry& geometry, size_t a, int64_t size) {
  PoolingAxis axis{size, 0, geometry.kernel[a], geometry.stride[a], geometry.dilation[a], geometry.before[a]};
  const int64_t rest = geometry.ceil_mode ? axis.stride - 1 : 0;
  const int64_t room = size + axis.before + geometry.after[a] - reach(axis) + rest;
  TORCH_CHECK(room >= 0, "a window over ", reach(axis), " positions is larger than the padded input");
  const int64_t last = room / axis.stride;
  axis.to = geometry.ceil_mode && last * axis.stride >= size + axis.before ? last : last + 1;
  return axis;
}

/// Padding that ATen does not take is written out: what is uneven or more than half a kernel.
bool written_out(const PoolingGeometry& geometry) {
  bool out = geometry.before != geometry.after;
  for (size_t a = 0; a < 2; ++a) out = out || geometry.before[a] > geometry.kernel[a] / 2;
  return out;
}

/// How much to write out on each side, for at::constant_pad_nd: so much that the last windows end with the plane.
std::vector<int64_t> padding(const PoolingAxis& rows, const PoolingAxis& columns) {
  const auto behind = [](const PoolingAxis& axis) {
    return (axis.to - 1) * axis.stride + reach(axis) - axis.from - axis.before;
  };
  return {columns.before, behind(columns), rows.before, behind(rows)};
}

Tensor channels_last(const Shape& shape, const at::TensorOptions& options) {
  return at::empty(shape, options, at::MemoryFormat::ChannelsLast);
}

/// By ATen.
std::tuple<Tensor, Tensor> reference(const Tensor& x, const PoolingGeometry& g, const PoolingAxis& rows,
                                     const PoolingAxis& columns) {
  if (!written_out(g)) return at::max_pool2d_with_indices(x, g.kernel, g.stride, g.before, g.dilation, g.ceil_mode);
  const Tensor padded = at::constant_pad_nd(x, padding(rows, columns), -std::numeric_limits<double>::infinity());
  return at::max_pool2d_with_indices(padded, g.kernel, g.stride, {0, 0}, g.dilation, false);
}

Tensor reference_adjoint(const Tensor& signal, const Tensor& switches, const PoolingGeometry& geometry,
                         const PoolingAxis& rows, const PoolingAxis& columns) {
  std::vector<int64_t> pads = {0, 0, 0, 0};
  if (written_out(geometry)) pads = padding(rows, columns);
  const Shape shape = {signal.size(0), signal.size(1), rows.from + pads[2] + pads[3], columns.from + pads[0] + pads[1]};
  const int64_t seeds = signal.size(0) / std::max<int64_t>(switches.size(0), 1);
  const Tensor index = switches.repeat_interleave(seeds, 0).flatten(2);
  const Tensor zeros = at::zeros({shape[0], shape[1], shape[2] * shape[3]}, signal.options());
  const Tensor all = zeros.scatter_add(2, index, signal.flatten(2)).reshape(shape);
  for (int64_t& pad : pads) pad = -pad;
  return dense(at::constant_pad_nd(all, pads));
}

}  // namespace

MaxPooling::MaxPooling(PoolingGeometry geometry) : geometry_(std::move(geometry)) {
  const int64_t positions = geometry_.kernel[0] * geometry_.kernel[1];
  if (positions > most_switches) refusal_ = "a window of more than " + std::to_string(most_switches) + " positions";
}

Tensor MaxPooling::operator()(const Tensor& x, Tensor* switches) const {
  const PoolingAxis rows = axis_of(geometry_, 0, x.size(2)), columns = axis_of(geometry_, 1, x.size(3));
  const bool floats =
      x.scalar_type() == at::kFloat || x.scalar_type() == at::kDouble || x.scalar_type() == at::kBFloat16;
  const bool learns = at::GradMode::is_enabled() && x.requires_grad();
  Tensor values, places;
  if (x.is_cpu() && floats && refusal_.empty() && !learns) {
    const Shape shape = {x.size(0), x.size(1), rows.to, columns.to};
    values = channels_last(shape, x.options());
    places = channels_last(shape, x.options().dtype(at::kByte));
    pool_channels(rows, columns, dense(x), values, places);
  } else {
    std::tie(values, places) = reference(x, geometry_, rows, columns);
  }
  if (switches) *switches = dense(places);
  return dense(values);
}

Tensor MaxPooling::adjoint(const Tensor& signal, const Tensor& switches, at::IntArrayRef positions,
                           bool rectified) const {
  const PoolingAxis rows = axis_of(geometry_, 0, positions[0]), columns = axis_of(geometry_, 1, positions[1]);
  if (switches.scalar_type() == at::kByte) {
    const Tensor out = channels_last({signal.size(0), signal.size(1), rows.from, columns.from}, signal.options());
    unpool_channels(rows, columns, dense(signal), switches, rectified, out);
    return out;
  }
  const Tensor out = reference_adjoint(signal, switches, geometry_, rows, columns);
  return rectified ? at::relu(out) : out;
}

Implementation MaxPooling::implementation(at::Device device) const {
  const std::string reason = device.is_cpu() ? refusal_ : "on the device " + device.str();
  if (!reason.empty()) return {"aten", reason};
  return {"channels " + pooling_instructions()};
}

}  // namespace limpid
