// SPDX-License-Identifier: Apache-2.0
#pragma once
// What one node computes: a type with its forward pass and the adjoint of its Jacobian, and this node's parameters.

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "limpid/core/memo.h"
#include "limpid/core/tensor.h"
#include "limpid/net/kernels.h"

namespace limpid {

/// What a layer is to a rule or a composite.
enum class Role {
  kInput,
  kConvolution,  // linear in its input, with a weight and a bias: conv, conv_transpose
  kDense,        // linear in its input, with a weight and a bias: dense
  kAffine,       // scale and shift by constants, element by element: affine, batch_norm
  kActivation,   // element by element, not linear
  kMaxPool,
  kAveragePool,  // any mean over positions
  kSum,          // add, subtract
  kProduct,      // multiply, divide
  kConcat,
  kView,           // moves values without mixing them: reshape, slice, pad, transpose, resize
  kNormalization,  // normalised by statistics of the input itself
  kSoftmax,
};

/// Sizes, numbers and modes of a layer by name, as in ONNX.
class Attributes {
 public:
  using Value = std::variant<int64_t, double, std::string, std::vector<int64_t>, std::vector<double>, Tensor>;

  Attributes() = default;
  Attributes(std::initializer_list<std::pair<const std::string, Value>> values) : values_(values) {}

  bool has(const std::string& name) const { return values_.count(name) > 0; }
  void set(const std::string& name, Value value) { values_[name] = std::move(value); }
  int64_t integer(const std::string& name, int64_t fallback) const { return get(name, fallback); }
  double number(const std::string& name, double fallback) const { return get(name, fallback); }
  std::string text(const std::string& name, std::string fallback) const { return get(name, std::move(fallback)); }
  std::vector<int64_t> integers(const std::string& name, std::vector<int64_t> fallback = {}) const {
    return get(name, std::move(fallback));
  }
  const std::map<std::string, Value>& values() const { return values_; }

 private:
  template <class T>
  T get(const std::string& name, T fallback) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return fallback;
    const T* value = std::get_if<T>(&found->second);
    if (!value) wrong_type(name);
    return *value;
  }
  [[noreturn]] static void wrong_type(const std::string& name);

  std::map<std::string, Value> values_;
};

struct LayerType;

/// What is made once of a layer's weight; worth nothing for another weight.
struct Prepared {
  Tensor weight;
  std::shared_ptr<const PreparedConvolution> convolution = {};
  Memo variants = {};  // the layer with other weights, for rules
};

struct Layer {
  const LayerType* type = nullptr;
  Attributes attributes = {};
  std::vector<Tensor> parameters = {};        // in the order of type->parameters; undefined where absent
  Precision precision = Precision::kFloat32;  // of signals on the way back through it
  std::shared_ptr<Prepared> prepared = {};
};

/// What the seeds of an image share on the way back through a node, computed once for all of them: denominators, the
/// least input.
/// Safe to share between threads.
class Kept {
 public:
  template <class Make>
  const Tensor& get(size_t slot, const Make& make) {
    const std::lock_guard lock(mutex_);
    if (!values_[slot].defined()) values_[slot] = make();
    return values_[slot];
  }

 private:
  std::mutex mutex_;
  std::array<Tensor, 3> values_;
};

/// Where a layer over rows and columns looks: along each of these axes, position p of its output depends on no more of
/// an input than the `extent` positions from p·stride − before on, all alike.
struct Reach {
  Layer inside;                                           // it without padding, for parts that hold all it looks at
  std::vector<int64_t> extent = {1, 1}, stride = {1, 1};  // of rows, of columns
  std::vector<int64_t> before = {0, 0};
  double fill = 0;  // what it finds beyond the borders of its input
};

/// What a node has at hand when a signal comes back to it. N images, S seeds an image.
struct Visit {
  const std::vector<Tensor>& inputs;  // activations of its inputs, [N, …]
  const Tensor& output;               // its own activation, [N, …]
  const Tensor& memory;               // what its forward pass left for the way back (pooling switches)
  const Tensor& signal;               // [N·S, …], image-major
  int64_t seeds;                      // S
  Kept* kept = nullptr;               // of these very images; null: nothing is kept

  /// make(), or what an earlier visit of these images made in that slot.
  template <class Make>
  Tensor once(size_t slot, const Make& make) const {
    return kept ? kept->get(slot, make) : make();
  }
};

/// Hands the signal of a node to its inputs: one tensor [N·S, …] for each, undefined for an
/// input that gets nothing. Prepared once a network, safe to share.
using Step = std::function<std::vector<Tensor>(const Visit&)>;

struct Operator;       // net/operator.h: an ONNX node
class OperatorWriter;  // net/operator.h

/// A kind of layer. To add one: src/net/layers/<name>.cpp, and its line in src/net/layers.cpp.
struct LayerType {
  std::string name;
  std::string summary;
  Role role;
  std::vector<std::string> parameters;  // names

  /// inputs [N, …] → output [N, …]. Where `memory` is not null, what the adjoint needs beyond activations goes there.
  Tensor (*forward)(const Layer&, const std::vector<Tensor>& inputs, Tensor* memory);

  /// The transpose of the Jacobian at the visit's activations.
  Step (*adjoint)(const Layer&);

  std::vector<std::string> operators = {};  // ONNX operators that `read` understands
  /// The layer of an ONNX node; nothing when this type is not what the node's operands ask for.
  std::optional<Layer> (*read)(const Operator&) = nullptr;
  /// Writes the layer as ONNX operators of opset 13.
  void (*write)(const Layer&, OperatorWriter&) = nullptr;
  /// How it may be computed in parts; nothing when only as a whole. Null: element by element where the role says so,
  /// otherwise as a whole.
  std::optional<Reach> (*reach)(const Layer&) = nullptr;
  /// What its convolution is prepared as; null for types that are none.
  std::shared_ptr<const PreparedConvolution> (*prepare)(const Layer&) = nullptr;
  /// The forward pass of training, where it is another one: by the batch's statistics, which parameters keep track of.
  Tensor (*train)(const Layer&, const std::vector<Tensor>& inputs) = nullptr;
};

/// Prepares a layer for many passes, in place.
void prepare(Layer& layer);

/// What the layer was prepared as; null where it was not, or its weight changed since.
Prepared* prepared(const Layer& layer);
const PreparedConvolution* prepared_convolution(const Layer& layer);

/// Every layer type, in the order in which people should see them.
const std::vector<const LayerType*>& layer_types();
const LayerType& layer_type(const std::string& name);

/// signal [N·S, …] times activation [N, …], each image's activation for all of its seeds.
Tensor times(const Tensor& signal, const Tensor& activation, int64_t seeds);

/// The same, in the memory of a signal that nothing else holds, where the types allow it.
Tensor times_in_place(const Tensor& own, const Tensor& activation, int64_t seeds);

/// An activation [N, …] repeated for each of S seeds, [N·S, …], dense.
Tensor repeat_seeds(const Tensor& activation, int64_t seeds);

}  // namespace limpid
