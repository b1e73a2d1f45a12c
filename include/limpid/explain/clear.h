// SPDX-License-Identifier: Apache-2.0
#pragma once
// CLEAR: for every pixel the class that dominates it and how strongly (Kumar 2017).

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "limpid/core/progress.h"
#include "limpid/explain/composite.h"
#include "limpid/explain/propagate.h"

namespace limpid {

/// Response maps of some classes: [N, k] class indices (int64, on any device) → R(x|c), [N, k, C, H, W]; C is 1 for the
/// sum of the channels.
using ClassResponse = std::function<Tensor(const Tensor& classes)>;

/// R(x|c) of a head with one kernel a class, or global averaging and a dense layer: starts as the class map z_c, and
/// the first step back is the adjoint of the class's kernel (Kumar 2017, eq. 3). Throws for any other head.
/// Of `positive` class maps only the positive part starts: carried back, evidence against a class looks like evidence
/// for it (negative values times negative weights).
ClassResponse class_map_response(const Network& network, const Activations& activations, const Composite& composite,
                                 Channels channels = Channels::kEach, bool positive = false);

/// The same for any head, a reconstruction: with a the last feature map and g_c = ∂S_c/∂a, the class map is
/// z_c = Σ_k a_k g_ck and the signal at a is g_ck z_c.
ClassResponse logit_response(const Network& network, const Activations& activations, const Composite& composite,
                             Channels channels = Channels::kEach, bool positive = false);

/// Relevance walks that start as the logit's value (layer-wise relevance propagation, deep Taylor).
ClassResponse relevance_response(const Network& network, const Activations& activations, const Composite& composite,
                                 Channels channels = Channels::kEach);

struct ResponseHow {
  Channels channels = Channels::kSum;
  std::optional<bool> class_maps = {};  // whether signals start as class maps or at logits; where there are such maps
  bool positive = false;                // of class maps, only their positive part
  Tensor low = {}, high = {};           // bounds of the input, [C, 1, 1], for relevance rules that need them
};

/// linear, deconvnet, guided, gradient, lrp:<preset>, deep-taylor.
std::vector<std::string> response_names();

/// The response of that name; throws UsageError for any other.
ClassResponse named_response(const std::string& name, const Network& network, const Activations& activations,
                             const ResponseHow& how = {});

/// All classes of a network for each of `images` images, [N, K].
Tensor all_classes(const Network& network, int64_t images);

/// Whether class_map_response applies.
bool has_class_maps(const Network& network);

struct ClearOptions {
  bool l2 = false;                                         // channels by their L2 norm instead of their sum
  int64_t strongest = 1;                                   // how many classes to keep a pixel
  int64_t chunk = 16;                                      // classes walked at once
  std::function<void(const Tensor& responses)> each = {};  // gets every chunk, [N, k, H, W], classes ascending
  Progress progress = {};
};

/// N images. A pixel's classes are in falling order of their responses; ties go to the lowest class.
struct Clear {
  Tensor dominant;          // int32 [N, H, W]: Ĉ, the class (its index in the network); −1 where the level is ≤ 0
  Tensor level;             // [N, H, W]: D = R(x|Ĉ)
  Tensor strongest;         // int32 [N, s, H, W]: the s strongest classes
  Tensor strongest_levels;  // [N, s, H, W]: their responses
};

/// Compares the responses of `classes` [N, K], a chunk at a time: memory does not grow with K. An image's classes are
/// walked in ascending order, however they are listed.
Clear clear(const ClassResponse& response, const Tensor& classes, const ClearOptions& options);

/// A class's share of Σ D and of the pixels in one image, for every class that dominates a pixel, largest share first.
struct Share {
  int64_t index;
  double share, area;
};
std::vector<Share> shares(const Tensor& dominant, const Tensor& level);

}  // namespace limpid
