// SPDX-License-Identifier: Apache-2.0
#pragma once
// The numbers of `limpid concepts attributes`: what is told of all inputs, how sure it is, and how two compare.

#include <optional>

#include "limpid/concepts/paired.h"
#include "pipeline/concepts/attributes.h"

namespace limpid {

inline constexpr const char* kAllAttributes = "all attributes";

/// A number of a method and an attribute, or of all of them where that is their count.
struct AttributeStatistic {
  std::string name;
  bool overall = false;  // of all attributes together alone
  bool each = true;      // whether it is a mean of numbers that each input has
  /// Of rows [.., columns], or of their means: [..], or [.., draws] where each of several networks has such a number.
  Tensor (*of)(const Tensor& rows, const AttributeColumns& columns, int64_t method, int64_t attribute);
};

/// Those of an attribute, in the order of the table.
const std::vector<AttributeStatistic>& attribute_statistics();
/// One of these, or unexplained or score.
const AttributeStatistic& statistic_named(const std::string& name);

struct AttributeEstimate {
  double value;
  Interval interval;  // 95 %, bootstrap over inputs; of several networks' numbers all together
};

/// Of one subject.
class AttributeEstimates {
 public:
  AttributeEstimates(const AttributesRun& run, size_t subject);
  AttributeEstimate of(const AttributeStatistic& statistic, int64_t method, int64_t attribute) const;

 private:
  AttributeColumns columns_;
  Tensor means_, draws_;
};

/// Two networks by one method, or two methods of one network.
struct AttributeComparison {
  struct Side {
    std::string name;
    size_t subject;
    int64_t method;
  };
  Side one, other;
  std::vector<std::string> measures;
};
std::vector<AttributeComparison> attribute_comparisons(const AttributesRun& run);

struct AttributeDifference {
  double one, other;
  Interval interval;          // of the difference, the same inputs drawn for both
  std::optional<TTest> test;  // where each input has such a number
  double wilcoxon = 1;
};
AttributeDifference difference_of(const AttributesRun& run, const AttributeComparison& pair,
                                  const AttributeStatistic& statistic, int64_t attribute);

}  // namespace limpid
