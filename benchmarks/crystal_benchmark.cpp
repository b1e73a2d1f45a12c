// SPDX-License-Identifier: Apache-2.0
// Fingerprints: the sum behind a pattern beside the naive loop and beside what the CPU can do, and the steps around it.
#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include "crystal/diffraction_tensors.h"
#include "crystal/pattern.h"
#include "limpid/crystal/defects.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/crystal/prototypes.h"
#include "limpid/crystal/symmetry.h"
#include "limpid/pipeline/model.h"
#include "support/naive_diffraction.h"

namespace limpid {
namespace {

/// 300 atoms.
const Structure& tungsten() {
  static const Structure crystal = standard_cluster(build_prototype("bcc", 74)).structure;
  return crystal;
}

/// 30 % vacancies, atoms moved by 0.1 Å.
const Structure& defective() {
  static const Structure crystal = [] {
    Random random(1);
    return displaced(with_vacancies(tungsten(), .3, random), .1, random);
  }();
  return crystal;
}

const double scale = 2.73;

void on_one_thread() { set_up_process(1); }

using Narrow = float __attribute__((vector_size(32)));
using Wide = float __attribute__((vector_size(64)));

template <typename Vector>
void multiply_adds(benchmark::State& state) {
  constexpr int64_t width = sizeof(Vector) / sizeof(float), registers = 12, steps = 4096;
  float factor = 1 + 1e-7f, term = 1e-9f, last = 0;
  benchmark::DoNotOptimize(factor);
  benchmark::DoNotOptimize(term);
  for (auto _ : state) {
    vectorized([&]() LIMPID_INLINE {
      const Vector factors = factor + Vector{}, terms = term + Vector{};
      Vector sums[registers] = {};
      for (int64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 12
        for (int64_t i = 0; i < registers; ++i) sums[i] = sums[i] * factors + terms;
      }
      for (int64_t i = 1; i < registers; ++i) sums[0] += sums[i];
      last = sums[0][0];
    });
    benchmark::DoNotOptimize(last);
  }
  state.counters["FLOP/s"] =
      benchmark::Counter(2. * width * registers * steps, benchmark::Counter::kIsIterationInvariantRate);
}

/// Independent multiply-adds in as many registers as keep both units busy: the CPU's peak.
void MultiplyAdds(benchmark::State& state) {
  if (widest_vector_units() == VectorUnits::avx512)
    multiply_adds<Wide>(state);
  else
    multiply_adds<Narrow>(state);
}
BENCHMARK(MultiplyAdds);

/// Multiplications and additions of an atom at eight mirrored pixels: five phases of 21 and 3 more to bring them into
/// one turn, 9 for their arguments, and 16 multiply-adds.
constexpr double kFlops = 5 * 24 + 9 + 2 * 16;

/// The patterns of the five rotations that differ.
void PatternSums(benchmark::State& state) {
  const auto units = static_cast<VectorUnits>(state.range(0));
  if (units > widest_vector_units()) return state.SkipWithError("this CPU lacks them");
  Scatterers atoms;
  const std::vector<float> ones(octant().across.size(), 1);
  atoms.form_factor = ones.data();
  for (const Eigen::Vector3d& r : tungsten().positions) {
    atoms.x.push_back(static_cast<float>(r.x() / scale));
    atoms.y.push_back(static_cast<float>(r.y() / scale));
    atoms.z.push_back(static_cast<float>(r.z() / scale));
  }
  OctantIntensities intensities;
  for (auto _ : state)
    for (int pattern = 0; pattern < 5; ++pattern) sum_pattern({atoms}, intensities, units);
  state.counters["FLOP/s"] =
      benchmark::Counter(5 * kFlops * static_cast<double>(octant().across.size() * atoms.x.size()),
                         benchmark::Counter::kIsIterationInvariantRate);
  state.SetLabel(std::array{"no vector units", "avx2", "avx512"}[static_cast<size_t>(units)]);
}
BENCHMARK(PatternSums)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

void NaiveLoop(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(testing::naive_intensities(tungsten(), scale).data_ptr());
}
BENCHMARK(NaiveLoop)->Unit(benchmark::kMillisecond);

void ByTensors(benchmark::State& state) {
  on_one_thread();
  for (auto _ : state) benchmark::DoNotOptimize(intensities_by_tensors({tungsten()}, {scale}, 0, at::kCPU).data_ptr());
}
BENCHMARK(ByTensors)->Unit(benchmark::kMillisecond);

void Simulation(benchmark::State& state) {
  on_one_thread();
  for (auto _ : state) benchmark::DoNotOptimize(simulate_diffraction(tungsten(), scale).data_ptr());
}
BENCHMARK(Simulation)->Unit(benchmark::kMillisecond);

void SimulationOfManyOnAllThreads(benchmark::State& state) {
  set_up_process(0);
  const std::vector<Structure> structures(256, tungsten());
  const std::vector<double> scales(structures.size(), scale);
  for (auto _ : state) benchmark::DoNotOptimize(simulate_diffraction(structures, scales).data_ptr());
  state.counters["structures/s"] =
      benchmark::Counter(static_cast<double>(structures.size()), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(SimulationOfManyOnAllThreads)->Unit(benchmark::kMillisecond)->UseRealTime();

template <Scaling scaling>
void LengthScale(benchmark::State& state) {
  on_one_thread();
  for (auto _ : state) benchmark::DoNotOptimize(length_scale(defective(), scaling));
}
BENCHMARK(LengthScale<Scaling::mean_nn>)->Unit(benchmark::kMillisecond);
BENCHMARK(LengthScale<Scaling::robust>)->Unit(benchmark::kMillisecond);

void LengthScaleOfManyAtoms(benchmark::State& state) {
  on_one_thread();
  const Structure crystal = standard_cluster(build_prototype("bcc", 74), state.range(0)).structure;
  for (auto _ : state) benchmark::DoNotOptimize(length_scale(crystal, Scaling::robust));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(LengthScaleOfManyAtoms)
    ->RangeMultiplier(10)
    ->Range(100, 100'000)
    ->Unit(benchmark::kMillisecond)
    ->Complexity();

/// Each time turned otherwise: spglib is asked.
void StandardCell(benchmark::State& state) {
  Random random(1);
  const Structure crystal = build_prototype("bcc", 74);
  for (auto _ : state) benchmark::DoNotOptimize(standard_cell(rotated(crystal, random_rotation(random))));
}
BENCHMARK(StandardCell)->Unit(benchmark::kMillisecond);

/// A crystal of the same shape was asked about before.
void StandardCellOfAKnownShape(benchmark::State& state) {
  const Structure crystal = build_prototype("bcc", 74);
  for (auto _ : state) benchmark::DoNotOptimize(standard_cell(crystal));
}
BENCHMARK(StandardCellOfAKnownShape)->Unit(benchmark::kMillisecond);

void StandardCellOfADefectiveSupercell(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(standard_cell(defective()));
}
BENCHMARK(StandardCellOfADefectiveSupercell)->Unit(benchmark::kMillisecond);

void FingerprintOfACell(benchmark::State& state) {
  on_one_thread();
  Random random(2);
  const Structure crystal = build_prototype("bcc", 74);
  for (auto _ : state) benchmark::DoNotOptimize(fingerprint(rotated(crystal, random_rotation(random))).data_ptr());
}
BENCHMARK(FingerprintOfACell)->Unit(benchmark::kMillisecond);

void FingerprintOfACellOfAKnownShape(benchmark::State& state) {
  on_one_thread();
  const Structure crystal = build_prototype("bcc", 74);
  for (auto _ : state) benchmark::DoNotOptimize(fingerprint(crystal).data_ptr());
}
BENCHMARK(FingerprintOfACellOfAKnownShape)->Unit(benchmark::kMillisecond);

void FingerprintOfADefectiveSupercell(benchmark::State& state) {
  on_one_thread();
  for (auto _ : state) benchmark::DoNotOptimize(fingerprint(defective()).data_ptr());
}
BENCHMARK(FingerprintOfADefectiveSupercell)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace limpid
