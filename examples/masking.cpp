// SPDX-License-Identifier: Apache-2.0
// masking MODEL IMAGES.npy LABELS.npy: is what speaks for the true class enough for the decision, and is it needed?
// IMAGES [N, C, H, W] as the network takes them, LABELS [N]. Prints one row a threshold, beside the random control.
#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <fmt/format.h>

#include <ATen/ATen.h>
#include <iostream>

#include "limpid/core/error.h"
#include "limpid/data/npy.h"
#include "limpid/explain/masking.h"
#include "limpid/net/canonize.h"
#include "limpid/net/onnx.h"

int main(int count, char** words) {
  using namespace limpid;
  if (count != 4) {
    std::cerr << "usage: masking MODEL IMAGES.npy LABELS.npy\n";
    return 2;
  }
  try {
    const Network network = moved(canonized(load_onnx(words[1])), at::kCPU);
    const Tensor images = read_npy(words[2]), labels = read_npy(words[3]).to(at::kLong);
    // Class maps start with their positive part, as behind the ReLU that networks made for CLEAR have there: carried
    // back, evidence against a class would count as evidence for it.
    const ResponseOf linear = [](const Network& n, const Activations& a) {
      return class_map_response(n, a, linear_composite(), Channels::kEach, /*positive=*/true);
    };
    fmt::print("{:>9} {:>6} {:>6} {:>8} {:>12} {:>15} {:>6}\n", "threshold", "full", "kept", "removed", "random kept",
               "random removed", "area");
    for (const MaskingResult& row : masking_experiment(network, images, labels, linear, {}))
      fmt::print("{:>9.2f} {:>6.3f} {:>6.3f} {:>8.3f} {:>12.3f} {:>15.3f} {:>6.3f}\n", row.threshold, row.full,
                 row.kept, row.removed, row.random_kept, row.random_removed, row.area);
  } catch (const Error& error) {
    std::cerr << "masking: " << error.what() << '\n';
    return 1;
  }
}
