// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/onednn.h"

#ifdef LIMPID_ONEDNN

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <dnnl.hpp>
#include <map>
#include <memory>
#include <shared_mutex>

#include "limpid/core/error.h"
#include "net/kernels/halves.h"
#include "net/kernels/scratch.h"

namespace limpid {
namespace {

using dnnl::memory;
using Arguments = std::unordered_map<int, memory>;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

const dnnl::stream& stream() {
  thread_local const dnnl::stream here(engine());
  return here;
}

memory view(const memory::desc& what, const Tensor& tensor) { return {what, engine(), tensor.data_ptr()}; }

memory::dims dims(std::initializer_list<int64_t> sizes) { return {sizes}; }

/// What primitives are made for. `padded` is whether rows are: strips of a map bring their neighbours along.
struct Size {
  int64_t images, rows, columns;
  bool bias, rectified, padded = true;

  /// Primitives are made for a team of threads too.
  std::array<int64_t, 7> key() const {
    return {images, rows, columns, bias, rectified, padded, at::in_parallel_region()};
  }
};

/// What is computed for one size of input, `images` at a time.
struct Plan {
  int64_t images;
  dnnl::convolution_forward run;
  dnnl::convolution_forward::primitive_desc made;
  memory::desc outer_source, outer_result;  // channels-last
  dnnl::reorder enter = {}, leave = {};     // to the layout it computes in, where that is another
  memory weights;
  size_t work;  // bytes of scratch: the primitive's own, then source and result in the other layout

  bool reorders() const { return made.src_desc() != outer_source; }
};

/// Winograd's algorithm computes a tile of 4×4 values with 36 instead of 144 products a channel. It is at its best one
/// image at a time, when the transformed tiles stay in the caches; on smaller maps few of its tiles are full.
constexpr int64_t least_winograd_side = 8;

/// A plan's code takes up to 200 kB, and perturbed parts of maps come in hundreds of sizes.
constexpr size_t most_plans = 16;

}  // namespace

struct OneDnnConvolution::State {
  Tensor weight;  // as given, or three times as deep for kBf16x3
  ConvolutionGeometry geometry;
  Precision precision;
  mutable std::shared_mutex mutex;
  mutable std::map<std::array<int64_t, 7>, std::shared_ptr<const Plan>> plans;  // by Size::key
  mutable std::vector<memory> packed;                                           // weights in the layouts of the plans

  memory::data_type number() const {
    return precision == Precision::kFloat32 ? memory::data_type::f32 : memory::data_type::bf16;
  }
  memory::data_type result() const {
    return precision == Precision::kBfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
  }
  int64_t size_after(int64_t size, size_t axis) const {
    const int64_t reach = geometry.dilation[axis] * (weight.size(2 + static_cast<int64_t>(axis)) - 1);
    return (size + 2 * geometry.padding[axis] - reach - 1) / geometry.stride[axis] + 1;
  }

  bool winograd(int64_t rows, int64_t columns) const {
    const auto ones = [](const std::vector<int64_t>& values) { return values == std::vector<int64_t>{1, 1}; };
    return precision == Precision::kFloat32 && geometry.groups == 1 && weight.size(2) == 3 && weight.size(3) == 3 &&
           ones(geometry.stride) && ones(geometry.dilation) && geometry.padding[0] <= 1 && geometry.padding[1] <= 1 &&
           weight.size(0) >= 16 && weight.size(1) >= 16 && std::min(rows, columns) >= least_winograd_side;
  }

  /// Images to compute at once: one, for the caches' sake, unless its positions alone would not fill the registers.
  int64_t at_once(int64_t images, int64_t rows, int64_t columns) const {
    return winograd(rows, columns) || rows * columns >= least_winograd_side * least_winograd_side ? 1 : images;
  }

  memory::dims weight_dims() const {
    const int64_t groups = geometry.groups;
    if (groups == 1) return weight.sizes().vec();
    return {groups, weight.size(0) / groups, weight.size(1), weight.size(2), weight.size(3)};
  }

  dnnl::convolution_forward::primitive_desc describe(const Size& size, bool fast) const {
    using Tag = memory::format_tag;
    const auto tag = fast ? Tag::any : Tag::nhwc;
    const memory::dims stride = geometry.stride, padding = {size.padded ? geometry.padding[0] : 0, geometry.padding[1]};
    const memory::dims dilation = {geometry.dilation[0] - 1, geometry.dilation[1] - 1};
    const int64_t after = size_after(size.rows, 0) - (size.padded ? 0 : 2 * geometry.padding[0]);  // stride is 1
    const memory::desc source(dims({size.images, weight.size(1) * geometry.groups, size.rows, size.columns}), number(),
                              tag);
    const memory::desc target(dims({size.images, weight.size(0), after, size_after(size.columns, 1)}), result(), tag);
    const memory::desc weights(weight_dims(), number(), Tag::any);
    const memory::desc biases =
        size.bias ? memory::desc(dims({weight.size(0)}), memory::data_type::f32, Tag::x) : memory::desc();
    const auto algorithm = fast ? dnnl::algorithm::convolution_winograd : dnnl::algorithm::convolution_direct;
    const dnnl::convolution_forward::desc what(dnnl::prop_kind::forward_inference, algorithm, source, weights, biases,
                                               target, stride, dilation, padding, padding);
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    if (size.rectified) {
      dnnl::post_ops relu;
      relu.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
      attributes.set_post_ops(relu);
    }
    dnnl::convolution_forward::primitive_desc made(what, attributes, engine());
    // Of Winograd's tile sizes the larger one, whatever the number of images.
    while (fast && std::string(made.impl_info_str()).find("wino_4x3") == std::string::npos)
      if (!made.next_impl()) throw dnnl::error(dnnl_unimplemented, "no Winograd convolution with tiles of 4x4");
    return made;
  }

  /// Weights in a layout; packed once for all plans that take the same.
  memory packed_as(const memory::desc& layout) const {
    for (const memory& kept : packed)
      if (kept.get_desc() == layout) return kept;
    const auto plain = geometry.groups == 1 ? memory::format_tag::oihw : memory::format_tag::goihw;
    const Tensor values = weight.contiguous();
    memory from = view({weight_dims(), number(), plain}, values);
    memory to(layout, engine());
    dnnl::reorder(from, to).execute(stream(), from, to);
    stream().get();
    packed.push_back(to);
    return to;
  }

  dnnl::convolution_forward::primitive_desc choose(const Size& size) const {
    if (winograd(size.rows, size.columns)) {
      try {
        return describe(size, true);
      } catch (const dnnl::error&) {  // this CPU or size has none
      }
    }
    return describe(size, false);
  }

  Plan plan(const Size& size) const {
    const auto made = choose(size);
    const auto nhwc = memory::format_tag::nhwc;
    Plan plan{size.images, dnnl::convolution_forward(made), made, memory::desc(made.src_desc().dims(), number(), nhwc),
              memory::desc(made.dst_desc().dims(), result(), nhwc)};
    plan.work = made.scratchpad_desc().get_size();
    if (plan.reorders()) {
      plan.enter = dnnl::reorder({engine(), plan.outer_source, engine(), made.src_desc()});
      plan.leave = dnnl::reorder({engine(), made.dst_desc(), engine(), plan.outer_result});
      plan.work += made.src_desc().get_size() + made.dst_desc().get_size();
    }
    plan.weights = packed_as(made.weights_desc());
    return plan;
  }

  std::shared_ptr<const Plan> plan_for(const Size& size) const {
    const auto key = size.key();
    {
      const std::shared_lock lock(mutex);
      if (const auto found = plans.find(key); found != plans.end()) return found->second;
    }
    const std::unique_lock lock(mutex);
    if (const auto found = plans.find(key); found != plans.end()) return found->second;
    if (plans.size() == most_plans) plans.clear();
    return plans.emplace(key, std::make_shared<const Plan>(plan(size))).first->second;
  }

  /// x as the primitives read it: channels-last, in the number type, split for kBf16x3.
  Tensor prepared(const Tensor& x) const {
    switch (precision) {
      case Precision::kBf16x3:
        return split_in_three(x.to(at::kFloat), false);
      case Precision::kBfloat16:
        return as_bfloat16(x);
      default:
        return dense(x.to(at::kFloat));
    }
  }
};

namespace {

/// Runs a plan over a batch, in channels-last memory on both sides.
void execute(const Plan& plan, const void* x, int64_t images, const Tensor& bias, void* out) {
  auto* work = static_cast<char*>(scratch(plan.work));
  const memory own(plan.made.scratchpad_desc(), engine(), work);
  work += plan.made.scratchpad_desc().get_size();
  memory source(plan.outer_source, engine(), nullptr), result(plan.outer_result, engine(), nullptr);
  memory inner_source = source, inner_result = result;
  if (plan.reorders()) {
    inner_source = memory(plan.made.src_desc(), engine(), work);
    inner_result = memory(plan.made.dst_desc(), engine(), work + plan.made.src_desc().get_size());
  }
  Arguments arguments = {{DNNL_ARG_SRC, inner_source},
                         {DNNL_ARG_WEIGHTS, plan.weights},
                         {DNNL_ARG_DST, inner_result},
                         {DNNL_ARG_SCRATCHPAD, own}};
  if (bias.defined()) arguments.emplace(DNNL_ARG_BIAS, view(plan.made.bias_desc(), bias));
  auto* from = static_cast<char*>(const_cast<void*>(x));
  auto* to = static_cast<char*>(out);
  for (int64_t i = 0; i < images; i += plan.images) {
    source.set_data_handle(from);
    result.set_data_handle(to);
    if (plan.reorders()) plan.enter.execute(stream(), source, inner_source);
    plan.run.execute(stream(), arguments);
    if (plan.reorders()) plan.leave.execute(stream(), inner_result, result);
    from += plan.outer_source.get_size();
    to += plan.outer_result.get_size();
  }
}

}  // namespace

/// For kBf16x3 at stride 1: what is split stays in a core's caches until it is multiplied.
void OneDnnConvolution::by_strips(const Tensor& x, const Tensor& bias, bool rectified, const Tensor& out) const {
  constexpr int64_t strip_bytes = int64_t{1} << 20;
  const State& state = *state_;
  const int64_t columns = x.size(3), line = 3 * x.size(1) * columns, after = out.size(2);
  const int64_t reach = x.size(2) + 2 * state.geometry.padding[0] - after;  // rows of neighbours that a strip needs
  const int64_t rows = std::clamp<int64_t>(strip_bytes / (2 * line) - reach, std::min<int64_t>(8, after), after);
  const Tensor strip = at::empty({(rows + reach) * line}, x.options().dtype(at::kBFloat16));
  auto* split = static_cast<uint16_t*>(strip.data_ptr());
  auto* result = out.data_ptr<float>();
  for (int64_t n = 0; n < x.size(0); ++n)
    for (int64_t first = 0; first < after; first += rows) {
      const int64_t count = std::min(rows, after - first);
      split_rows(x, n, first - state.geometry.padding[0], count + reach, split);
      const auto plan = state.plan_for({1, count + reach, columns, bias.defined(), rectified, /*padded=*/false});
      execute(*plan, split, 1, bias, result + (n * after + first) * out.size(3) * out.size(1));
    }
}

std::string onednn_refusal(const Tensor& weight) {
  if (!weight.is_cpu()) return "on the device " + weight.device().str();
  if (weight.scalar_type() != at::kFloat) return "float64";
  if (weight.dim() != 4) return "over one axis";
  if (weight.numel() == 0) return "an empty weight";
  if (dnnl::get_effective_cpu_isa() < dnnl::cpu_isa::avx512_core) return "oneDNN is no faster without AVX-512";
  return {};
}

std::string onednn_instructions() {
  using dnnl::cpu_isa;
  static const std::map<cpu_isa, std::string> names = {
      {cpu_isa::sse41, "sse41"},
      {cpu_isa::avx, "avx"},
      {cpu_isa::avx2, "avx2"},
      {cpu_isa::avx2_vnni, "avx2_vnni"},
      {cpu_isa::avx512_core, "avx512_core"},
      {cpu_isa::avx512_core_vnni, "avx512_core_vnni"},
      {cpu_isa::avx512_core_bf16, "avx512_core_bf16"},
      {cpu_isa::avx512_core_amx, "avx512_core_amx"},
  };
  const auto found = names.find(dnnl::get_effective_cpu_isa());
  return found == names.end() ? "unknown instructions" : found->second;
}

OneDnnConvolution::OneDnnConvolution(const Tensor& weight, const ConvolutionGeometry& geometry, Precision precision)
    : state_(new State{}) {
  state_->geometry = geometry;
  state_->precision = precision;
  state_->weight = weight;
  if (precision == Precision::kBf16x3) state_->weight = split_in_three(weight, true);
  if (precision == Precision::kBfloat16) state_->weight = weight.to(at::kBFloat16);
}

OneDnnConvolution::~OneDnnConvolution() = default;

Tensor OneDnnConvolution::operator()(const Tensor& x, const Tensor& bias, bool rectified) const {
  const State& state = *state_;
  const int64_t rows = x.size(2), columns = x.size(3);
  const auto type = state.precision == Precision::kBfloat16 ? at::kBFloat16 : at::kFloat;
  const Tensor out =
      at::empty({x.size(0), state.weight.size(0), state.size_after(rows, 0), state.size_after(columns, 1)},
                x.options().dtype(type), at::MemoryFormat::ChannelsLast);
  if (state.precision == Precision::kBf16x3 && state.geometry.stride == std::vector<int64_t>{1, 1}) {
    by_strips(x.to(at::kFloat), bias, rectified, out);
  } else {
    const int64_t images = state.at_once(x.size(0), rows, columns);
    const Tensor source = state.prepared(x);
    execute(*state.plan_for({images, rows, columns, bias.defined(), rectified}), source.data_ptr(), x.size(0), bias,
            out.data_ptr());
  }
  return out;
}

std::string OneDnnConvolution::implementation(int64_t rows, int64_t columns) const {
  return state_->plan_for({1, rows, columns, false, false})->made.impl_info_str();
}

}  // namespace limpid

#else

namespace limpid {

struct OneDnnConvolution::State {};

std::string onednn_refusal(const Tensor&) { return "built without oneDNN"; }
std::string onednn_instructions() { return {}; }
OneDnnConvolution::OneDnnConvolution(const Tensor&, const ConvolutionGeometry&, Precision) {}
OneDnnConvolution::~OneDnnConvolution() = default;
Tensor OneDnnConvolution::operator()(const Tensor&, const Tensor&, bool) const { return {}; }
void OneDnnConvolution::by_strips(const Tensor&, const Tensor&, bool, const Tensor&) const {}
std::string OneDnnConvolution::implementation(int64_t, int64_t) const { return {}; }

}  // namespace limpid

#endif
