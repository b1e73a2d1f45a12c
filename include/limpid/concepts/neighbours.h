// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which examples of a stream a network sees most like some queries: exact search by the cosine of features, in memory
// that does not grow with the stream.

#include <optional>

#include "limpid/core/tensor.h"
#include "limpid/net/network.h"

namespace limpid {

class NearestExamples {
 public:
  /// features: [Q, F]; numbers: int64 [Q], examples that are the queries themselves and do not count; undefined: none.
  NearestExamples(const Tensor& features, int64_t most, const Tensor& numbers = {});

  /// The next examples: features [N, F] and their numbers, int64 [N].
  void add(const Tensor& features, const Tensor& numbers);

  /// Nearest first: int64 [Q, k] and float64 [Q, k], k at most `most`; −1 and −1 where a query has fewer. Of examples
  /// that are equally near the one that came first is nearer.
  const Tensor& numbers() const { return numbers_; }
  const Tensor& cosines() const { return cosines_; }

 private:
  Tensor queries_, own_, numbers_, cosines_;
  int64_t most_;
};

/// The node whose values stand for an input: those of the last hidden layer, before there are maps of the classes.
int embedding_node(const Network& network);

/// Its values [N, …] as features float64 [N, F]: the mean of a map over positions.
Tensor embedding(const Tensor& values);

}  // namespace limpid
