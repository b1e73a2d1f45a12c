// SPDX-License-Identifier: Apache-2.0
#pragma once
// The architectures, each defined in src/train/architectures/ and listed in src/train/architectures.cpp.

#include "train/builder.h"

namespace limpid {

extern const Architecture all_cnn, gap_cnn, lenet;
extern const Architecture anatomy_shallow, anatomy_deep, sisc, crystal;
extern const Architecture vgg_small, resnet_small;

/// The option `init` that all of them have.
OptionSpec init_option(const std::string& fallback = "he");

/// A whole number of at least 1, and a share for dropout.
OptionSpec whole_option(const std::string& name, const std::string& fallback, const std::string& summary);
OptionSpec dropout_option(const std::string& fallback);

/// The option `width`, a number of at least 1, of which all sizes of a network are multiples.
OptionSpec width_option(const std::string& fallback, const std::string& summary);
class Width {
 public:
  explicit Width(const Options& options);
  /// Rounded down: between whole widths are networks of sizes between theirs.
  int64_t times(double factor) const;

 private:
  double width_;
};

}  // namespace limpid
