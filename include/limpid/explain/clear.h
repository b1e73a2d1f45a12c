// SPDX-License-Identifier: Apache-2.0
#pragma once
// CLEAR: for every pixel the class that dominates it and how strongly (Kumar 2017).

#include <string>
#include <vector>

#include "limpid/core/progress.h"
#include "limpid/explain/composite.h"

namespace limpid {

enum class Head {
  kClassMaps,  // one kernel a class before global averaging: the paper's formula
  kLogits,     // any other head: class maps from the gradient of the logit at the last convolution (a reconstruction)
};

struct ClearOptions {
  Head head = Head::kClassMaps;
  bool l2 = false;                    // channels by their L2 norm instead of their sum
  int64_t memory = int64_t{1} << 30;  // bytes for signals
  Progress progress = {};
};

/// N images, K classes.
struct Clear {
  Tensor dominant;   // int32 [N, H, W]: Ĉ, the class (its index in the network); −1 where the level is ≤ 0
  Tensor level;      // [N, H, W]: D = R(x|Ĉ)
  Tensor classes;    // int64 [N, K]: the classes compared
  Tensor responses;  // [N, K, H, W]: R(x|c), channels summed; undefined unless asked for
};

/// Whether the network has one kernel a class (possibly after rewriting its head by class_convolution).
bool has_class_maps(const Network& network);

/// The class-enhanced response of `classes` [N, K]. `keep` keeps every class's response map.
Clear clear(const Network& network, const Activations& activations, const Composite& composite, const Tensor& classes,
            const ClearOptions& options, bool keep = false);

/// The same from response maps computed in any other way, [N, K, H, W].
Clear clear_of(const Tensor& responses, const Tensor& classes);

/// Each class's share of Σ D and of the pixels, for one image: [K] each, in the order of `classes`.
struct Shares {
  std::vector<double> share, area;
};
Shares shares(const Clear& clear, int64_t image);

}  // namespace limpid
