// SPDX-License-Identifier: Apache-2.0
#pragma once
// Appends layers one after the other, with first weights and names: conv1, relu1, pool1, conv2, ….

#include <map>

#include "limpid/net/network.h"
#include "limpid/train/architectures.h"
#include "train/initialize.h"

namespace limpid {

/// Each function appends to what `here()` is and returns the builder.
class Builder {
 public:
  Builder(const ArchitectureSize& size, Initializer convolutions, Initializer dense);
  /// Initializers as the option `init` says: `orthogonal` is for convolutions, dense layers then take Glorot's.
  Builder(const ArchitectureSize& size, const Options& options);

  Builder& conv(int64_t channels, int64_t kernel, int64_t stride = 1);  // padded to the size of its input
  Builder& relu();
  Builder& norm(double epsilon = 1e-5, double momentum = 0.1);  // batch normalisation
  Builder& pool(int64_t kernel = 2, int64_t stride = 2);        // the maximum
  Builder& dropout(double share);                               // of the values of the last layer, in training only
  Builder& flatten();
  Builder& dense(int64_t units);
  Builder& gap();  // mean over positions, flat
  Builder& class_kernels() { return conv(size_.classes, 1); }
  Builder& classes() { return dense(size_.classes); }

  /// Both branches end here: their sum.
  Builder& add(int other);
  int here() const { return network_.output; }
  Builder& from(int node);
  int64_t channels() const { return network_[here()].shape[0]; }
  Network network() const { return network_; }

 private:
  Builder& layer(const std::string& type, const std::string& name, Attributes attributes,
                 std::vector<Tensor> parameters = {});
  Tensor weight(Initializer how, const Shape& shape);

  ArchitectureSize size_;
  Initializer convolutions_, dense_;
  Network network_;
  std::map<std::string, int> counts_;
  uint64_t weights_ = 0;
};

}  // namespace limpid
