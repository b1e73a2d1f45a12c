// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which classes to explain: top1, topK, all, an index, a class name, or a list of these.

#include <string>
#include <vector>

#include "limpid/core/tensor.h"

namespace limpid {

/// The classes [N, T] (int64) that `wanted` means for logits [N, classes], image by image. Names count exactly first,
/// then whatever their case, then as the only name that contains them; a name that several classes have is an error
/// that tells their indices. A number is an index. Throws UsageError.
Tensor resolve_targets(const std::string& wanted, const std::vector<std::string>& labels, const Tensor& logits);

/// The classes that `wanted` means whatever the input: as above, without topK, which needs an input's scores.
std::vector<int64_t> named_classes(const std::string& wanted, const std::vector<std::string>& labels);

/// The words topK of `wanted` that ask for more classes than there are, which are then all explained.
std::vector<std::string> cut_targets(const std::string& wanted, const std::vector<std::string>& labels);

/// The index of the class that one name or number means.
int64_t class_index(const std::string& wanted, const std::vector<std::string>& labels);

}  // namespace limpid
