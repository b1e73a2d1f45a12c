// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <random>

#include "explain/methods.h"
#include "explain/methods/common.h"
#include "explain/methods/patch_statistics.h"
#include "explain/methods/windows.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

constexpr int64_t fitted_patches = 20'000;

/// Fills a window with samples: [S, C, rows, columns] for window `index` of a plane [C, H, W].
using Sampler = std::function<Tensor(const Tensor& plane, const Box& window, uint64_t index)>;

uint64_t mixed(uint64_t seed, uint64_t index) {
  return (seed + 1) * 0x9E3779B97F4A7C15u ^ (index * 0xD1B54A32D192ED03u);
}

/// Windows cut from data: at the same place of other inputs, or, without data, anywhere in the image itself.
Sampler marginal_sampler(const std::vector<Tensor>& data, int64_t samples, uint64_t seed) {
  return [=](const Tensor& plane, const Box& window, uint64_t index) {
    std::mt19937_64 engine(mixed(seed, index));
    std::vector<Tensor> parts;
    for (int64_t s = 0; s < samples; ++s) {
      int64_t row = window.row, column = window.column;
      Tensor from = plane;
      if (data.empty()) {
        row = static_cast<int64_t>(engine() % static_cast<uint64_t>(plane.size(1) - window.rows + 1));
        column = static_cast<int64_t>(engine() % static_cast<uint64_t>(plane.size(2) - window.columns + 1));
      } else {
        from = as_plane(data[engine() % data.size()]);
      }
      parts.push_back(from.narrow(1, row, window.rows).narrow(2, column, window.columns).to(plane.options()));
    }
    return at::stack(parts);
  };
}

struct Patches {
  PatchGaussian gaussian;
  Tensor low, high;  // range of the data, [C, 1, 1]
};

Patches fitted(const std::vector<Tensor>& data, int64_t side, uint64_t seed) {
  std::vector<Tensor> planes;
  for (const Tensor& input : data) planes.push_back(as_plane(input));
  Tensor low = planes[0].amin({1, 2}, true), high = planes[0].amax({1, 2}, true);
  for (const Tensor& plane : planes) {
    low = at::minimum(low, plane.amin({1, 2}, true));
    high = at::maximum(high, plane.amax({1, 2}, true));
  }
  return {fit_patches(planes, side, fitted_patches, seed), low, high};
}

/// A Gaussian over the window given a frame of `pad` pixels, clipped to the data's range. What is fitted serves all
/// batches of a run.
Sampler conditional_sampler(const Subject& subject, int64_t side, int64_t pad, int64_t samples) {
  const uint64_t seed = subject.seed;
  const std::shared_ptr<Memo> memo = subject.memo;
  const std::string name = detail::joined("patches ", side + 2 * pad, " ", seed);
  const auto patches = memo->get<Patches>(name, [&] { return fitted(subject.data, side + 2 * pad, seed); });
  return [=](const Tensor& plane, const Box& window, uint64_t index) {
    const int64_t l = patches->gaussian.side;
    const int64_t row = std::clamp<int64_t>(window.row - pad, 0, plane.size(1) - l);
    const int64_t column = std::clamp<int64_t>(window.column - pad, 0, plane.size(2) - l);
    const int64_t above = window.row - row, left = window.column - column;
    const std::string place = detail::joined(name, " ", above, " ", left, " ", window.rows, " ", window.columns);
    const auto given = memo->get<Conditional>(
        place, [&] { return condition(patches->gaussian, plane.size(0), above, left, window.rows, window.columns); });
    const Tensor noise = normal_noise({samples, given->inside.size(0)}, mixed(seed, index));
    const Tensor patch = plane.narrow(1, row, l).narrow(2, column, l);
    const Tensor values = sample(*given, patch, noise, window.rows, window.columns).to(plane.options());
    return at::minimum(at::maximum(values, patches->low.to(plane.options())), patches->high.to(plane.options()));
  };
}

struct Plan {
  WindowGrid grid;
  Sampler sampler;
  int64_t samples;
};

Plan plan_of(const Subject& subject, const Options& options) {
  std::string mode = options.text("mode");
  const Shape plane = as_plane(subject.input()[0]).sizes().vec();
  const bool picture = subject.input().dim() == 4;
  if (mode.empty()) mode = subject.data.empty() || !picture ? "marginal" : "conditional";
  auto window = options.extent("window");
  if (mode == "univariate") window = {1, 1};
  window = {std::min(window.first, plane[1]), std::min(window.second, plane[2])};
  auto stride = std::make_pair((window.first + 1) / 2, (window.second + 1) / 2);
  if (!options.text("stride").empty()) stride = options.extent("stride");
  const int64_t samples = options.integer("samples", 1);
  Plan plan{window_grid(plane, window, stride), marginal_sampler(subject.data, samples, subject.seed), samples};
  if (mode == "conditional") {
    if (subject.data.empty())
      refuse(
          "mode conditional fits patches of data and got none; name a folder of inputs with --data, or set "
          "mode=marginal");
    if (!picture)
      refuse("mode conditional takes pictures, not inputs of shape ", shape_text(subject.network.input_shape()),
             "; set mode=marginal");
    if (window.first != window.second) refuse("mode conditional takes square windows, not ", options.text("window"));
    const int64_t pad = options.integer("pad", 0);
    if (window.first + 2 * pad > std::min(plane[1], plane[2]))
      refuse("window ", window.first, " with pad ", pad, " does not fit an input of ", plane[1], "x", plane[2]);
    plan.sampler = conditional_sampler(subject, window.first, pad, samples);
  }
  return plan;
}

/// p(c | x without the window) of some classes [T]: the mean over samples, [windows, T].
Tensor without_windows(const Subject& subject, int64_t n, const Plan& plan, const Tensor& classes) {
  const Tensor plane = as_plane(subject.input()[n]);
  const auto windows = static_cast<int64_t>(plan.grid.windows.size());
  int64_t drawn_for = -1;
  Tensor drawn, sums = at::zeros({windows, classes.size(0)}, plane.options());
  perturbed(
      subject, n, plan.grid.windows, plan.samples, {subject.network.output},
      [&](int64_t number) {
        const int64_t index = number / plan.samples;
        const Box& window = plan.grid.windows[static_cast<size_t>(index)];
        if (drawn_for != index) drawn = plan.sampler(plane, window, static_cast<uint64_t>(drawn_for = index));
        return drawn[number % plan.samples];
      },
      [&](const std::vector<Tensor>& values, const std::vector<int64_t>& numbers) {
        const Tensor p = probabilities(subject.network, values[0]).index_select(1, classes);
        const Tensor of = at::tensor(numbers, at::kLong).div(plan.samples, "floor");
        sums.index_add_(0, of.to(p.device()), p);
      });
  return sums / plan.samples;
}

/// Laplace's correction p ← (pN + 1)/(N + K) keeps the logarithms finite; K classes, of which a single score tells two.
Tensor corrected(const Tensor& p, double instances, int64_t classes) {
  return (p * instances + 1) / (instances + static_cast<double>(classes));
}

Tensor difference(const Tensor& p, const Tensor& without, int64_t classes, const Options& options) {
  if (options.is("score", "probability")) return p - without;
  const double instances = options.number("instances");
  const Tensor a = corrected(p, instances, classes), b = corrected(without, instances, classes);
  if (options.is("score", "information")) return at::log2(a) - at::log2(b);
  return at::log2(a / (1 - a)) - at::log2(b / (1 - b));
}

std::vector<Attribution> run(const Subject& subject, const Options& options) {
  const Plan plan = plan_of(subject, options);
  const Shape plane = as_plane(subject.input()[0]).sizes().vec();
  const Tensor p = probabilities(subject.network, subject.activations[subject.network.output]);
  const Tensor targets = subject.targets.to(p.device());
  std::vector<Tensor> maps;
  for (int64_t n = 0; n < subject.images(); ++n) {
    const Tensor without = without_windows(subject, n, plan, targets[n]);
    const Tensor change =
        difference(p[n].index_select(0, targets[n]), without, std::max<int64_t>(2, p.size(1)), options);
    maps.push_back(mean_over_windows(change.t(), plan.grid, plane));
  }
  return per_target(subject, over_input(at::stack(maps), subject.input()[0]));
}

}  // namespace

const Method prediction_difference = {
    "prediction-difference",
    "how the probability changes when a window is not known",
    "zintgraf2017, robnik2008",
    "any network; statistics of data for mode conditional",
    {{"mode",
      "",
      "how unknown pixels are drawn: one pixel at a time, windows of data, or a Gaussian given their surroundings; "
      "empty: conditional for pictures with --data, else marginal",
      {"univariate", "marginal", "conditional", ""}},
     {"window", "10", "size of the window, N or HxW", {}, OptionType::size},
     {"stride",
      "",
      "step of the window; empty: half of it, for speed; 1, as published, is finest and slowest",
      {""},
      OptionType::size},
     {"pad", "2", "pixels around the window that condition it", {}, OptionType::whole, 0},
     {"samples", "10", "samples a window", {}, OptionType::whole, 1, 1e6},
     {"score", "weight-of-evidence", "the difference's measure", {"weight-of-evidence", "probability", "information"}},
     {"instances", "1000000", "N in Laplace's correction: the size of the training set", {}, OptionType::number, 0}},
    never,
    run};

}  // namespace limpid
