// SPDX-License-Identifier: Apache-2.0
// Forward pass and walks of the All-CNN, batch 1 and 16.
#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include "limpid/explain/clear.h"
#include "limpid/explain/propagate.h"
#include "networks.h"

namespace limpid {
namespace {

struct Setting {
  explicit Setting(int64_t images) : input(dense(normal_noise({images, 3, 32, 32}, 1))) {}
  Network network = benchmarks::all_cnn();
  Tensor input;
};

void Forward(benchmark::State& state) {
  const Setting setting(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(forward(setting.network, setting.input).values.data());
}
BENCHMARK(Forward)->Arg(1)->Arg(16)->Unit(benchmark::kMillisecond);

void GradientWalk(benchmark::State& state) {
  const Setting setting(state.range(0));
  const Activations activations = forward(setting.network, setting.input);
  const Walk walk(setting.network, gradient_composite(), setting.network.output);
  const Tensor seeds = one_hot(at::zeros({state.range(0)}, at::kLong), 10, activations[setting.network.output]);
  for (auto _ : state) benchmark::DoNotOptimize(walk(activations, seeds).data_ptr());
}
BENCHMARK(GradientWalk)->Arg(1)->Arg(16)->Unit(benchmark::kMillisecond);

void ClearTenClasses(benchmark::State& state) {
  const Setting setting(state.range(0));
  const Tensor classes = all_classes(setting.network, state.range(0));
  ClearOptions options;
  options.chunk = state.range(1);
  for (auto _ : state) {
    const Activations activations = forward(setting.network, setting.input);
    const Clear map = clear(class_map_response(setting.network, activations, deconvnet_composite()), classes, options);
    benchmark::DoNotOptimize(map.level.data_ptr());
  }
}
BENCHMARK(ClearTenClasses)
    ->ArgNames({"images", "chunk"})
    ->Args({1, 1})
    ->Args({1, 5})
    ->Args({1, 10})
    ->Args({16, 1})
    ->Args({16, 10})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace limpid
