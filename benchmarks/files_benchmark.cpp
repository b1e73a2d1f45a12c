// SPDX-License-Identifier: Apache-2.0
// Decoding inputs, encoding pictures, and writing the page.
#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include "limpid/core/files.h"
#include "limpid/data/image.h"
#include "limpid/render/colormap.h"
#include "limpid/render/png.h"
#include "limpid/render/report.h"

namespace limpid {
namespace {

/// Smooth enough to compress as a photograph does.
Tensor photograph(int64_t channels, int64_t rows, int64_t columns) {
  const Tensor coarse = normal_noise({1, channels, rows / 8, columns / 8}, 1);
  const Tensor smooth = at::upsample_bilinear2d(coarse, {rows, columns}, false)[0];
  return (smooth * 50 + 128 + normal_noise({channels, rows, columns}, 2) * 3).clamp(0, 255).to(at::kByte);
}

void DecodePng(benchmark::State& state) {
  const std::string bytes = encode_png(photograph(3, 256, 256));
  for (auto _ : state) benchmark::DoNotOptimize(decode_image(bytes, "benchmark").data_ptr());
}
BENCHMARK(DecodePng)->Unit(benchmark::kMillisecond);

void EncodePng(benchmark::State& state) {
  const Tensor picture = photograph(3, 227, 227);
  for (auto _ : state) benchmark::DoNotOptimize(encode_png(picture));
}
BENCHMARK(EncodePng)->Unit(benchmark::kMillisecond);

void ReportSection(benchmark::State& state) {
  ReportInput input;
  input.name = "benchmark";
  input.picture = photograph(3, 227, 227);
  for (int map = 0; map < 4; ++map) {
    ReportMap entry;
    entry.method = "gradient";
    entry.values = normal_noise({227, 227}, static_cast<uint64_t>(map));
    input.maps.push_back(entry);
  }
  for (auto _ : state) benchmark::DoNotOptimize(report_section(input));
}
BENCHMARK(ReportSection)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace limpid
