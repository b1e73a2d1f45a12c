// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/unit_statistics.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "data/formats/formats.h"
#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::gap_network;
using limpid::testing::random;

/// A network ready to run, and `count` inputs for it with labels 0, 1, 2, 0, ….
struct Sample {
  Network network = moved(gap_network(), at::kCPU);
  std::vector<Probe> probes = probes_of(network, {});
  Tensor inputs;
  std::vector<int64_t> labels;
  Dataset data;

  explicit Sample(int64_t count) : inputs(random({count, 2, 8, 8}, 5).to(at::kFloat)) {
    for (int64_t i = 0; i < count; ++i) labels.push_back(i % 3);
    data = dataset_in_memory(inputs, labels, {"a", "b", "c"}, "sample");
  }

  UnitStatistics statistics(const Dataset& of, int64_t batch = 4, int64_t top = 3) const {
    UnitStatistics all(probes, 3, top);
    ProbePlan plan;
    plan.batch = batch;
    probe(network, probes, of, plan, [&](const ProbeBatch& seen) { all.add(seen, seen.labels); });
    return all;
  }
};

TEST(UnitStatistics, AreThoseOfTheWholeFeatureMaps) {
  const Sample sample(23);
  const UnitStatistics statistics = sample.statistics(sample.data);
  const Activations activations = forward(sample.network, sample.inputs);
  ASSERT_EQ(statistics.layers.size(), 2U);
  for (size_t i = 0; i < 2; ++i) {
    const Tensor maps = activations[sample.probes[i].node].to(at::kDouble);
    for (int64_t k = 0; k < maps.size(1); ++k) {
      const UnitSummary unit = summary_of(statistics, i, k);
      const Tensor values = maps.select(1, k).flatten(1);
      EXPECT_NEAR(unit.mean, values.mean().item<double>(), 1e-6);
      EXPECT_NEAR(unit.deviation, values.std(false).item<double>(), 1e-5);
      EXPECT_NEAR(unit.sparsity, (values <= 0).to(at::kDouble).mean().item<double>(), 1e-12);
      EXPECT_EQ(unit.largest, values.max().item<double>());
      const auto [largest, place] = values.max(1);
      const Tensor order = std::get<1>(largest.sort(0, /*descending=*/true));
      for (int64_t rank = 0; rank < 3; ++rank) {
        EXPECT_EQ(statistics.layers[i].top_images[k][rank].item<int64_t>(), order[rank].item<int64_t>());
        EXPECT_EQ(statistics.layers[i].top_places[k][rank].item<int64_t>(),
                  place[order[rank].item<int64_t>()].item<int64_t>());
      }
      const Tensor means = values.mean(1);
      std::vector<double> of_class;
      for (int64_t c = 0; c < 3; ++c)
        of_class.push_back(means.index_select(0, at::arange(c, 23, 3)).mean().item<double>());
      const auto best = std::max_element(of_class.begin(), of_class.end());
      const double rest = (of_class[0] + of_class[1] + of_class[2] - *best) / 2;
      if (*best > 0) {
        EXPECT_NEAR(unit.selectivity, (*best - rest) / (*best + rest), 1e-5);
        EXPECT_EQ(unit.favourite, best - of_class.begin());
      }
    }
  }
}

TEST(UnitStatistics, OrderOfInputsAndSizeOfBatchesChangeNothing) {
  const Sample sample(17);
  std::vector<int64_t> backwards;
  for (int64_t i = 16; i >= 0; --i) backwards.push_back(i);
  Dataset reversed = sample.data;
  for (int64_t i = 0; i < 17; ++i) reversed.examples[static_cast<size_t>(i)] = sample.data[16 - i];
  reversed.read = [read = sample.data.read](int64_t index, uint64_t epoch) { return read(16 - index, epoch); };
  const UnitStatistics one = sample.statistics(sample.data), other = sample.statistics(reversed, 7);
  for (size_t i = 0; i < one.layers.size(); ++i) {
    EXPECT_TRUE(at::allclose(one.layers[i].sum, other.layers[i].sum, 1e-6));
    EXPECT_TRUE(at::allclose(one.layers[i].class_sums, other.layers[i].class_sums, 1e-6));
    EXPECT_TRUE(at::equal(one.layers[i].active, other.layers[i].active));
    EXPECT_TRUE(at::allclose(one.layers[i].top_values, other.layers[i].top_values));
    EXPECT_TRUE(at::equal(one.layers[i].top_images, 16 - other.layers[i].top_images));
  }
}

TEST(UnitStatistics, GoOnFromTheirStateAsIfTheyHadNotStopped) {
  const Sample sample(19);
  const UnitStatistics whole = sample.statistics(sample.data);
  UnitStatistics first(sample.probes, 3, 3), rest(sample.probes, 3, 3);
  struct Stop {};
  ProbePlan plan;
  plan.batch = 4;
  const auto stopping = [&](const ProbeBatch& seen) {
    if (seen.first == 8) throw Stop();
    first.add(seen, seen.labels);
  };
  EXPECT_THROW(probe(sample.network, sample.probes, sample.data, plan, stopping), Stop);
  rest.restore(first.state());
  plan.first = 2;
  probe(sample.network, sample.probes, sample.data, plan, [&](const ProbeBatch& seen) { rest.add(seen, seen.labels); });
  const auto expected = whole.state(), got = rest.state();
  ASSERT_EQ(expected.size(), got.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_TRUE(at::equal(expected[i].second, got[i].second)) << expected[i].first;
}

TEST(UnitStatistics, AUnitThatOneClassAloneDrivesIsSelectiveForIt) {
  Network network = network_with_input("input", {2, 4, 4});
  Layer copy = limpid::testing::random_conv(2, 2, 1, 1);  // each channel is its own unit
  copy.parameters = {at::eye(2, at::kDouble).reshape({2, 2, 1, 1}), at::zeros({2}, at::kDouble)};
  const int conv = append(network, "conv", copy, {0});
  const int relu = append(network, "relu", {&layer_type("relu")}, {conv});
  append(network, "flatten", {&layer_type("reshape"), {{"shape", std::vector<int64_t>{32}}}}, {relu});
  network = moved(network, at::kCPU);
  Tensor inputs = at::zeros({12, 2, 4, 4});
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < 12; ++i) {
    labels.push_back(i % 2);
    inputs[i][0].fill_(1);                       // whatever the class
    inputs[i][1].fill_(i % 2 == 0 ? 2.F : 0.F);  // of class 0 alone
  }
  const std::vector<Probe> probes = probes_of(network, {});
  UnitStatistics statistics(probes, 2, 1);
  const Dataset data = dataset_in_memory(inputs, labels, {"a", "b"}, "planted");
  probe(network, probes, data, {}, [&](const ProbeBatch& seen) { statistics.add(seen, seen.labels); });
  EXPECT_DOUBLE_EQ(summary_of(statistics, 0, 0).selectivity, 0);
  EXPECT_DOUBLE_EQ(summary_of(statistics, 0, 1).selectivity, 1);
  EXPECT_EQ(summary_of(statistics, 0, 1).favourite, 0);
  EXPECT_DOUBLE_EQ(summary_of(statistics, 0, 1).sparsity, .5);
  EXPECT_EQ(summary_of(statistics, 0, 1, 7).favourite, -1) << "six examples are too few where seven are asked for";
}

}  // namespace
}  // namespace limpid
