// SPDX-License-Identifier: Apache-2.0
// clear_timing MODEL INPUT.npy REPEATS THREADS: milliseconds of forward pass and CLEAR over all classes (deconvnet
// response), one line a repeat; the first is a warm-up and not printed. compare_captum.py reads them.
#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <chrono>
#include <iostream>

#include "limpid/data/npy.h"
#include "limpid/explain/clear.h"
#include "limpid/explain/propagate.h"
#include "limpid/net/canonize.h"
#include "limpid/net/onnx.h"
#include "limpid/pipeline/model.h"

int main(int count, char** words) {
  using namespace limpid;
  using Clock = std::chrono::steady_clock;
  if (count != 5) {
    std::cerr << "usage: clear_timing MODEL INPUT.npy REPEATS THREADS\n";
    return 2;
  }
  set_up_process(std::stoll(words[4]));
  const Network network = moved(canonized(load_onnx(words[1])), at::kCPU);
  const Tensor input = dense(read_npy(words[2]));
  const Tensor classes = all_classes(network, input.size(0));
  ClearOptions options;
  for (int repeat = 0; repeat <= std::stoi(words[3]); ++repeat) {
    const auto start = Clock::now();
    const Activations activations = forward(network, input);
    options.chunk = seeds_within(network, activations, int64_t{1} << 30);
    const Clear map =
        clear(class_map_response(network, activations, deconvnet_composite(), Channels::kSum), classes, options);
    const std::chrono::duration<double, std::milli> taken = Clock::now() - start;
    if (repeat > 0) std::cout << taken.count() << '\n';
  }
}
