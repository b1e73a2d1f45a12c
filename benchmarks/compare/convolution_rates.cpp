// SPDX-License-Identifier: Apache-2.0
// convolution_rates MODEL [threads]
//
// What each convolution of a network reaches beside a matrix product of this machine, in GFLOP/s: one JSON document.
// A multiply-add counts as two operations, as a direct convolution does them: Winograd's algorithm needs fewer and may
// go beyond the matrix product. Forwards for one image; back for ten seeds, in the tiles that walks take. Each is timed
// in turn with the matrix product; rates are medians. The walk is the whole one, deconvnet rule, ten seeds at the last
// convolution.
#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/ATen.h>

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "limpid/core/error.h"
#include "limpid/explain/arm.h"
#include "limpid/explain/propagate.h"
#include "limpid/pipeline/model.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t seeds = 10;
constexpr int repeats = 15;

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<int64_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

template <class Work>
double seconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// GFLOP/s of some work and of a matrix product, in turn.
struct Rates {
  double work, product;
};

template <class Work>
Rates rates(double multiply_adds, const Work& work) {
  constexpr int64_t side = 512;
  static const Tensor a = normal_noise({side, side}, 1), b = normal_noise({side, side}, 2);
  std::vector<double> own, products;
  work();
  for (int i = 0; i < repeats; ++i) {
    own.push_back(seconds(work));
    products.push_back(seconds([&] { at::mm(a, b); }));
  }
  return {2e-9 * multiply_adds / median(own), 2e-9 * side * side * side / median(products)};
}

Json json_of(const Rates& rates, const Implementation& implementation) {
  return {{"rate", rates.work}, {"product", rates.product}, {"name", implementation.name}};
}

Tensor noise(const Shape& shape, int64_t maps) {
  Shape whole = shape;
  whole.insert(whole.begin(), maps);
  return dense(normal_noise(whole, 3));
}

Json convolution(const Network& network, const Node& node, double multiply_adds, int64_t tile) {
  const PreparedConvolution& prepared = *prepared_convolution(node.layer);
  const Shape &from = network[node.inputs[0]].shape, &to = node.shape;
  const auto positions = [](const Shape& shape) { return at::IntArrayRef(shape).slice(1); };
  const Tensor x = noise(from, 1), signal = noise(to, seeds);
  const auto tiles = signal.split(tile);
  const Rates forward = rates(multiply_adds, [&] { prepared.forward(x); });
  const Rates back = rates(multiply_adds * seeds, [&] {
    for (const Tensor& tile : tiles) prepared.adjoint(tile, positions(from));
  });
  return {{"layer", node.name},
          {"from", from},
          {"to", to},
          {"multiply_adds", multiply_adds},
          {"forward", json_of(forward, prepared.forward.implementation(positions(from)))},
          {"back", json_of(back, prepared.adjoint.implementation(positions(to)))}};
}

Json measured(const Network& network) {
  Json layers = Json::array();
  double all = 0;
  const int last = last_convolution(network);
  const Walk walk(network, deconvnet_composite(), last);
  for (int i = 1; i <= last; ++i) {
    if (!prepared_convolution(network[i].layer)) continue;
    const auto multiply_adds_here = static_cast<double>(multiply_adds(network, i));
    all += multiply_adds_here;
    layers.push_back(convolution(network, network[i], multiply_adds_here, walk.tile(i)));
  }
  const Tensor input = noise(network.input_shape(), 1), signal = noise(network[last].shape, seeds);
  const Activations activations = forward(network, input);
  const Rates forwards = rates(all, [&] { forward(network, input); });
  const Rates back = rates(all * seeds, [&] { walk(activations, signal); });
  return {{"forward", json_of(forwards, {})}, {"walk", json_of(back, {})}, {"layers", layers}};
}

}  // namespace
}  // namespace limpid

int main(int count, char** words) {
  try {
    if (count < 2) limpid::refuse("a model is expected");
    limpid::set_up_process(count > 2 ? std::stoll(words[2]) : 1);
    limpid::ModelRequest request;
    request.precision = "float32";
    request.path = words[1];
    const c10::InferenceMode guard;
    std::cout << limpid::measured(limpid::open_model(request).network).dump() << '\n';
  } catch (const std::exception& error) {
    std::cerr << "convolution_rates: " << error.what() << '\n';
    return 1;
  }
}
