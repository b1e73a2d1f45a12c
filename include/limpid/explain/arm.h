// SPDX-License-Identifier: Apache-2.0
#pragma once
// Attentive response maps: what the units of a convolutional layer answer to, carried back to the input.

#include <optional>
#include <string>
#include <vector>

#include "limpid/explain/composite.h"

namespace limpid {

/// The convolutions between input and output, in order.
std::vector<int> convolutions(const Network& network);

/// What a layer's name stands for, wherever one is given: a convolution's (its own, one of a layer folded into it, or
/// that of the activation behind it) for the convolution's feature map, any other for what the layer itself gives. Maps
/// and files are named after the convolution. Of several convolutions with one feature map the activation's name is the
/// first one's.
struct NamedLayer {
  std::string name;
  int node;                          // that gives the values
  std::optional<int> convolution{};  // whose feature map they are
};
NamedLayer layer_named(const Network& network, const std::string& name);
NamedLayer feature_layer(const Network& network, int convolution);
/// The layer that a node belongs to.
NamedLayer layer_of(const Network& network, int node);

/// Its values for a batch.
Tensor values_of(const Network& network, const Activations& activations, const NamedLayer& layer);

/// The convolutions of these names; "all" is every one. Throws a UsageError that lists the convolutions.
std::vector<int> convolutions_named(const Network& network, const std::vector<std::string>& names);

/// What activations may do on the way back of a response: linear, deconvnet, guided, gradient, authors; and how.
const std::vector<std::string>& arm_modes();
Composite arm_composite(const std::string& mode);

/// Whether there is one with more than one position.
bool has_maps(const Network& network);

/// The last of those with more than one position, whose maps class activation methods read. Throws when there is none.
int last_convolution(const Network& network);

/// The node whose values are a convolution's feature map z: the activation behind it (a batch normalisation or sum may
/// lie between), or the convolution itself where there is none.
int feature_map(const Network& network, int convolution);

/// A convolution's feature map z of a batch. A ReLU behind a max pooling counts too: it might as well stand before it.
Tensor features_of(const Network& network, const Activations& activations, int convolution);

/// The node at which the signal of a unit's map starts: what enters the activation, so that the first step back is the
/// adjoint of the convolution (G_L^f z_L).
int response_start(const Network& network, int convolution);

struct ResponseOptions {
  int64_t top = 4;    // units an image; 0: all
  bool peak = false;  // start from the single largest position of a unit's map instead of the whole map
  int64_t memory = int64_t{1} << 30;
};

/// R(x|f) for the top activated units f of one layer (Kumar 2020, eq. 3.1–3.3). N images, n units.
struct Responses {
  Tensor units;  // int64 [N, n]: channels by falling sum of their maps, ties to the lower one
  Tensor maps;   // [N, n, C, H, W]
  Tensor index;  // int32 [N, H, W]: the unit with the largest response, channels summed
  Tensor level;  // [N, H, W]: that response
};

/// Attentive response maps of a convolution for a batch's activations.
Responses attentive_responses(const Network& network, const Activations& activations, const Composite& composite,
                              int convolution, const ResponseOptions& options);

}  // namespace limpid
