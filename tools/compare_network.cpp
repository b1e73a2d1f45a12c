// SPDX-License-Identifier: Apache-2.0
// limpid-compare FOLDER…: runs FOLDER/model.onnx on what another implementation left beside it, and prints one line of
// JSON a folder with relative errors ‖a − b‖/‖b‖. Files: shape (text, "N C H W"), input.bin (float32),
// scores.bin (float64), and optionally seed.bin and gradient.bin (float64): the gradient of Σ seed · scores.
#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/ATen.h>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/explain/propagate.h"
#include "limpid/net/canonize.h"
#include "limpid/net/onnx.h"

using namespace limpid;
namespace fs = std::filesystem;

namespace {

constexpr uint64_t kBytes = uint64_t{4} << 30;

Tensor stored(const fs::path& file, at::IntArrayRef shape, at::ScalarType type) {
  const std::string bytes = read_file(file, kBytes);
  Tensor values = at::empty(shape, type);
  if (values.nbytes() != bytes.size()) {
    fail(file.string(), " has ", bytes.size(), " bytes, not those of ", shape_text(shape));
  }
  std::copy(bytes.begin(), bytes.end(), static_cast<char*>(values.data_ptr()));
  return values;
}

Shape stored_shape(const fs::path& file) {
  std::istringstream text(read_file(file, 1000));
  Shape shape;
  for (int64_t size = 0; text >> size;) shape.push_back(size);
  return shape;
}

double error(const Tensor& got, const Tensor& expected) {
  const Tensor difference = got.to(at::kDouble) - expected;
  return difference.norm().item<double>() / std::max(expected.norm().item<double>(), 1e-300);
}

struct Reference {
  Tensor input, scores, seed, gradient;
};

Reference reference(const fs::path& folder, const Shape& shape, int64_t classes) {
  Reference values;
  values.input = dense(stored(folder / "input.bin", shape, at::kFloat));
  values.scores = stored(folder / "scores.bin", {shape[0], classes}, at::kDouble);
  if (fs::exists(folder / "gradient.bin")) {
    values.seed = stored(folder / "seed.bin", {shape[0], classes}, at::kDouble);
    values.gradient = stored(folder / "gradient.bin", shape, at::kDouble);
  }
  return values;
}

void compare(const Network& network, const Reference& expected, const std::string& prefix, nlohmann::json& report) {
  const Activations activations = forward(network, expected.input.to(at::kDouble));
  report[prefix + "scores64"] = error(activations[network.output], expected.scores);
  if (!expected.gradient.defined()) return;
  const Tensor gradient = Walk(network, gradient_composite(), network.output)(activations, expected.seed);
  report[prefix + "gradient64"] = error(gradient, expected.gradient);
}

nlohmann::json report_on(const fs::path& folder) {
  nlohmann::json report;
  report["folder"] = folder.string();
  try {
    const Shape shape = stored_shape(folder / "shape");
    const Shape image(shape.begin() + 1, shape.end());
    const Network network = load_onnx(folder / "model.onnx", image);
    require_finite(network);
    const Reference expected = reference(folder, shape, network.classes());
    report["nodes"] = network.size();
    const Tensor scores = logits(network, expected.input);
    report["scores"] = error(scores, expected.scores);
    const Network wide =
        moved(network, at::kCPU, Precision::kFloat64);  // before it is rewritten: nothing is rounded twice
    compare(wide, expected, "", report);
    compare(canonized(wide), expected, "canonized_", report);
    save_onnx(network, folder / "exported.onnx");
    const Network exported = load_onnx(folder / "exported.onnx", image);
    report["exported_scores"] = error(logits(exported, expected.input), scores.to(at::kDouble));
  } catch (const std::exception& failure) {
    report["error"] = failure.what();
  }
  return report;
}

}  // namespace

int main(int count, char** arguments) {
  for (int i = 1; i < count; ++i) std::cout << report_on(arguments[i]).dump() << std::endl;
}
