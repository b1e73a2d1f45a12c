// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/maximization.h"

#include <ATen/ATen.h>

#include <array>
#include <cmath>

#include "limpid/core/error.h"
#include "limpid/core/random.h"
#include "limpid/explain/propagate.h"

namespace limpid {
namespace {

/// [C, H, W/2 + 1, 1]: one over the frequency in cycles a pixel, of the slowest at most; so that natural contrast costs
/// as much at every scale.
Tensor weights(int64_t height, int64_t width) {
  const Tensor rows = at::fft_fftfreq(height, 1.0, at::kFloat).unsqueeze(1);
  const Tensor columns = at::fft_rfftfreq(width, 1.0, at::kFloat).unsqueeze(0);
  const Tensor frequency = (rows.square() + columns.square()).sqrt();
  const double slowest = 1.0 / static_cast<double>(std::max(height, width));
  const Tensor raw = 1 / frequency.clamp_min(slowest);
  return (raw / raw.square().mean().sqrt()).unsqueeze(2);
}

/// How often each coefficient of the half spectrum stands in the whole one: the columns between stand twice.
Tensor repeats(int64_t width) {
  Tensor times = at::full({width / 2 + 1, 1}, 2, at::kFloat);
  times[0] = 1;
  if (width % 2 == 0) times[width / 2] = 1;
  return times;
}

/// Inputs shifted by their own numbers of rows and columns, around the border.
Tensor rolled(const Tensor& inputs, const std::vector<std::array<int64_t, 2>>& shifts, int64_t sign) {
  std::vector<Tensor> all;
  for (size_t n = 0; n < shifts.size(); ++n)
    all.push_back(inputs[static_cast<int64_t>(n)].roll({sign * shifts[n][0], sign * shifts[n][1]}, {1, 2}));
  return dense(at::stack(all));
}

/// A Gaussian along rows and columns; the border goes on beyond the border.
Tensor blurred(const Tensor& inputs, double deviation) {
  const auto radius = static_cast<int64_t>(std::ceil(3 * deviation));
  const Tensor distance = at::arange(-radius, radius + 1, inputs.options());
  Tensor kernel = (-(distance / deviation).square() / 2).exp();
  kernel = kernel / kernel.sum();
  const int64_t channels = inputs.size(1);
  const Tensor padded = at::replication_pad2d(inputs.contiguous(), {radius, radius, radius, radius});
  const Shape one = {1, 1}, none = {0, 0};
  const Tensor down = kernel.reshape({1, 1, -1, 1}).expand({channels, 1, -1, 1});
  const Tensor across = kernel.reshape({1, 1, 1, -1}).expand({channels, 1, 1, -1});
  return at::conv2d(at::conv2d(padded, down, {}, one, none, one, channels), across, {}, one, none, one, channels);
}

/// Adam (kingma2015) upwards.
struct Climber {
  Tensor mean, square;
  int64_t step = 0;

  Tensor move(const Tensor& gradient, double rate) {
    constexpr double keep = .9, keep_square = .999;
    if (step++ == 0) {
      mean = at::zeros_like(gradient);
      square = at::zeros_like(gradient);
    }
    mean = keep * mean + (1 - keep) * gradient;
    square = keep_square * square + (1 - keep_square) * gradient.square();
    const double count = static_cast<double>(step);
    return rate * (mean / (1 - std::pow(keep, count))) / ((square / (1 - std::pow(keep_square, count))).sqrt() + 1e-8);
  }
};

/// Parameters and the inputs that they stand for.
class Search {
 public:
  Search(const Network& network, const std::vector<uint64_t>& seeds, const MaximizeOptions& options)
      : options_(options), shape_(network.input_shape()), type_(options_of(network)) {
    low_ = options.low.to(type_);
    range_ = options.high.to(type_) - low_;
    std::vector<Tensor> noise;
    for (const uint64_t seed : seeds) {
      const Shape one = options.fourier ? Shape{shape_[0], shape_[1], shape_[2] / 2 + 1, 2} : shape_;
      noise.push_back(normal_noise(one, mixed_seed({options.seed, seed})) * (options.fourier ? .1 : .05));
    }
    parameters_ = at::stack(noise).to(type_);
    if (!options.fourier) parameters_ = parameters_ + .5;
  }

  Tensor inputs() const { return dense(low_ + range_ * shares()); }

  void climb(const Tensor& gradient, int64_t step) {
    const Tensor of_shares = gradient * range_;
    Tensor moved = of_shares;
    if (options_.fourier) {
      const Tensor share = shares();
      moved = coefficients_of_gradient(of_shares * share * (1 - share));
    }
    // one scale for each input, so that the rate does not depend on how large activations are
    const Tensor size = moved.flatten(1).square().mean(1).sqrt().clamp_min(1e-20);
    Shape column(static_cast<size_t>(moved.dim()), 1);
    column[0] = moved.size(0);
    parameters_ = parameters_ + climber_.move(moved / size.reshape(column), options_.rate);
    if (!options_.fourier) regularise(step);
  }

 private:
  /// Of the range, 0 to 1.
  Tensor shares() const {
    return options_.fourier ? image_of_coefficients(parameters_, shape_[2]).sigmoid() : parameters_.clamp(0, 1);
  }

  void regularise(int64_t step) {
    parameters_ = .5 + (parameters_ - .5) * (1 - options_.decay);
    if (options_.blur > 0 && step % 4 == 3 && 4 * step < 3 * options_.steps)
      parameters_ = blurred(parameters_, options_.blur);
    if (options_.norm > 0) {
      const Tensor distance = (parameters_ - .5).square().mean({1, 2, 3}, true).sqrt().clamp_min(1e-12);
      parameters_ = .5 + (parameters_ - .5) * (options_.norm / distance).clamp_max(1);
    }
    parameters_ = parameters_.clamp(0, 1);
  }

  const MaximizeOptions& options_;
  const Shape shape_;
  const at::TensorOptions type_;
  Tensor low_, range_, parameters_;
  Climber climber_;
};

}  // namespace

std::vector<double> objective_values(const Activations& activations, const std::vector<Objective>& objectives) {
  std::vector<double> values;
  for (size_t n = 0; n < objectives.size(); ++n) {
    const Objective& one = objectives[n];
    const Tensor map = activations[one.node][static_cast<int64_t>(n)][one.index];
    const Tensor value = one.target == Target::unit ? map[map.size(0) / 2][map.size(1) / 2] : map.mean();
    values.push_back(value.item<double>());
  }
  return values;
}

Tensor objective_gradients(const Network& network, const Activations& activations,
                           const std::vector<Objective>& objectives) {
  const int node = objectives.front().node;
  const Tensor signal = at::zeros_like(activations[node]);
  for (size_t n = 0; n < objectives.size(); ++n) {
    const Tensor map = signal[static_cast<int64_t>(n)][objectives[n].index];
    if (objectives[n].target == Target::unit)
      map[map.size(0) / 2][map.size(1) / 2].fill_(1);
    else
      map.fill_(1.0 / static_cast<double>(std::max<int64_t>(map.numel(), 1)));
  }
  return Walk(network, gradient_composite(), node)(activations, signal);
}

Tensor image_of_coefficients(const Tensor& coefficients, int64_t width) {
  const int64_t height = coefficients.size(2);
  const Tensor weighted =
      at::view_as_complex((coefficients * weights(height, width).to(coefficients.options())).contiguous());
  return at::fft_irfft2(weighted, at::IntArrayRef{height, width}, {-2, -1}, "ortho");
}

Tensor coefficients_of_gradient(const Tensor& gradient) {
  const int64_t height = gradient.size(2), width = gradient.size(3);
  const Tensor spectrum = at::view_as_real(at::fft_rfft2(gradient.contiguous(), c10::nullopt, {-2, -1}, "ortho"));
  return spectrum * (weights(height, width) * repeats(width)).to(gradient.options());
}

Tensor maximized(const Network& network, const std::vector<Objective>& objectives, const std::vector<uint64_t>& seeds,
                 const MaximizeOptions& options) {
  Search search(network, seeds, options);
  for (int64_t step = 0;; ++step) {
    if (options.progress) options.progress(step, options.steps, "steps");
    const Tensor inputs = search.inputs();
    const bool last = step == options.steps;
    std::vector<std::array<int64_t, 2>> shifts;
    for (const uint64_t seed : seeds) {
      Random random(mixed_seed({options.seed, seed, static_cast<uint64_t>(step)}));
      const auto draw = [&] { return last ? 0 : random.below(2 * options.jitter + 1) - options.jitter; };
      shifts.push_back({draw(), draw()});
    }
    const Activations activations = forward(network, rolled(inputs, shifts, 1));
    const std::vector<double> values = objective_values(activations, objectives);
    for (const double value : values)
      if (!std::isfinite(value)) fail("the objective is not finite at step ", step, "; a smaller rate may do");
    if (options.each) options.each(step, inputs, values);
    if (last) return inputs;
    search.climb(rolled(objective_gradients(network, activations, objectives), shifts, -1), step);
  }
}

}  // namespace limpid
