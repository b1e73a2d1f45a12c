// SPDX-License-Identifier: Apache-2.0
// Forward pass, walks and windows of the All-CNN.
#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include "limpid/explain/clear.h"
#include "limpid/explain/method.h"
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

void Occlusion(benchmark::State& state) {
  const Setting setting(1);
  const Activations activations = forward(setting.network, setting.input);
  const Subject subject{setting.network, activations, all_classes(setting.network, 1)};
  const Options options(method("occlusion").options, {});
  for (auto _ : state) benchmark::DoNotOptimize(method("occlusion").run(subject, options).data());
}
BENCHMARK(Occlusion)->Unit(benchmark::kMillisecond);

/// What Occlusion is measured against: each of its 49 copies through the whole network.
void WholeCopies(benchmark::State& state) {
  const Setting setting(49);
  for (auto _ : state) benchmark::DoNotOptimize(logits(setting.network, setting.input).data_ptr());
}
BENCHMARK(WholeCopies)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace limpid
