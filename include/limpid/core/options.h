// SPDX-License-Identifier: Apache-2.0
#pragma once
// Named options of methods: what may be set, and what was set.

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace limpid {

/// What an option's values are.
enum class OptionType {
  word,     // one of the choices; any text where there are none
  words,    // some of the choices, or none: linear,guided
  number,   // 0.25
  whole,    // 4
  numbers,  // one number, or several: -2.1,-2,-1.8
  size,     // N or HxW
  layers,   // names of layers, a list
  method,   // the name of a method
  file,     // a path
};

constexpr double kMostNumber = std::numeric_limits<float>::max();  // in size: networks compute in float32
constexpr int64_t kMostWhole = 1'000'000'000;                      // products of a few of these are no overflow

struct OptionSpec {
  std::string name;
  std::string fallback;              // the value when nothing is set, as it would be typed
  std::string summary;               // one line for help
  std::vector<std::string> choices;  // words that are accepted, for a type other than word beside its values
  OptionType type = OptionType::word;
  double least = -std::numeric_limits<double>::infinity();  // of numbers
  double most = std::numeric_limits<double>::infinity();    // likewise; kMost… bound all of their type
};

/// "word", "number", …
std::string name_of(OptionType type);

/// The values of one method's options: every spec has one, given or fallback.
class Options {
 public:
  Options() = default;
  /// Throws UsageError for a name without a spec and for a value that is neither among a spec's choices nor of its
  /// type. Whether layers, methods and files are there is not known here.
  Options(const std::vector<OptionSpec>& specs, const std::map<std::string, std::string>& given);

  const std::string& text(std::string_view name) const;
  double number(std::string_view name) const;
  /// Throws UsageError unless the value is a whole number of at least `least`.
  int64_t integer(std::string_view name, int64_t least) const;
  bool is(std::string_view name, std::string_view value) const { return text(name) == value; }
  /// "HxW" or "N" (both).
  std::pair<int64_t, int64_t> extent(std::string_view name) const;

  const std::map<std::string, std::string>& values() const { return values_; }

 private:
  [[noreturn]] void refuse_value(std::string_view name, std::string_view expected) const;
  std::map<std::string, std::string> values_;
};

}  // namespace limpid
