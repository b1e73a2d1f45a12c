// SPDX-License-Identifier: Apache-2.0
#include "limpid/core/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"

namespace limpid {
namespace {

constexpr std::string_view kSize = "a size such as 8 or 8x4 (rows x columns)";

template <class Number>
bool parse(std::string_view text, Number& value) {
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc() && end == text.data() + text.size();
}

struct Range {
  double least, most;
};

/// What a number of an option may be, whatever its type.
Range range_of(const OptionSpec& spec) {
  const bool reals = spec.type == OptionType::number || spec.type == OptionType::numbers;
  const double size = reals ? kMostNumber : static_cast<double>(kMostWhole);
  return {std::max(spec.least, -size), std::min(spec.most, size)};
}

template <class Number>
bool parse_within(std::string_view text, const Range& range, Number& value) {
  if (!parse(text, value)) return false;
  const auto number = static_cast<double>(value);
  return number >= range.least && number <= range.most;  // and no NaN
}

bool are_among(std::string_view text, const std::vector<std::string>& choices) {
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    if (std::find(choices.begin(), choices.end(), text.substr(0, comma)) == choices.end()) return false;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return true;
}

bool parse_numbers(std::string_view text, const Range& range) {
  while (true) {
    const size_t comma = text.find(',');
    double value = 0;
    if (!parse_within(text.substr(0, comma), range, value)) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

std::optional<std::pair<int64_t, int64_t>> parse_extent(std::string_view text) {
  const size_t cross = text.find('x');
  const std::string_view rows = text.substr(0, cross);
  const std::string_view columns = cross == std::string_view::npos ? rows : text.substr(cross + 1);
  std::pair<int64_t, int64_t> extent;
  const auto is_side = [](int64_t side) { return side >= 1 && side <= kMostWhole; };
  if (!parse(rows, extent.first) || !parse(columns, extent.second) || !is_side(extent.first) || !is_side(extent.second))
    return std::nullopt;
  return extent;
}

/// Whether a value is of an option's type.
bool fits(const OptionSpec& spec, const std::string& value) {
  double number = 0;
  int64_t whole = 0;
  switch (spec.type) {
    case OptionType::word:
      return spec.choices.empty();
    case OptionType::words:
      return are_among(value, spec.choices);
    case OptionType::number:
      return parse_within(value, range_of(spec), number);
    case OptionType::whole:
      return parse_within(value, range_of(spec), whole);
    case OptionType::numbers:
      return parse_numbers(value, range_of(spec));
    case OptionType::size:
      return parse_extent(value).has_value();
    case OptionType::layers:
    case OptionType::method:
    case OptionType::file:
      return true;
  }
  return true;
}

std::string expected(const OptionSpec& spec) {
  const Range range = range_of(spec);
  const auto whole = [](double number) { return std::to_string(static_cast<int64_t>(number)); };
  switch (spec.type) {
    case OptionType::number:
      return detail::joined("a number such as 0.25, from ", range.least, " to ", range.most);
    case OptionType::numbers:
      return detail::joined("a number, or several such as -2.1,-2,-1.8, from ", range.least, " to ", range.most);
    case OptionType::whole:
      return "a whole number from " + whole(range.least) + " to " + whole(range.most);
    default:
      return std::string(kSize) + ", sides from 1 to " + std::to_string(kMostWhole);
  }
}

std::string choices_of(const OptionSpec& spec) {
  std::vector<std::string> words;
  for (const std::string& word : spec.choices)
    if (!word.empty()) words.push_back(word);
  return listed(words);
}

void check(const OptionSpec& spec, const std::string& value) {
  const auto& choices = spec.choices;
  if (std::find(choices.begin(), choices.end(), value) != choices.end() || fits(spec, value)) return;
  const std::string words = choices_of(spec);
  if (spec.type == OptionType::word) refuse("option ", spec.name, " is '", value, "'; it may be: ", words);
  if (spec.type == OptionType::words)
    refuse("option ", spec.name, " is '", value, "'; expected some of these, with commas between them: ", words);
  refuse("option ", spec.name, " is '", value, "'; expected ", expected(spec), words.empty() ? "" : ", or: ", words);
}

}  // namespace

std::string name_of(OptionType type) {
  static const std::vector<std::string> names = {"word", "words",  "number", "whole", "numbers",
                                                 "size", "layers", "method", "file"};
  return names[static_cast<size_t>(type)];
}

Options::Options(const std::vector<OptionSpec>& specs, const std::map<std::string, std::string>& given) {
  for (const OptionSpec& spec : specs) values_[spec.name] = spec.fallback;
  for (const auto& [name, value] : given) {
    if (specs.empty()) refuse("no option is called '", name, "'; there is none to set here");
    const OptionSpec& spec = lookup("option", name, specs);
    check(spec, value);
    values_[name] = value;
  }
}

const std::string& Options::text(std::string_view name) const {
  const auto found = values_.find(std::string(name));
  if (found == values_.end()) fail("this method has no option '", name, "'");
  return found->second;
}

double Options::number(std::string_view name) const {
  double value = 0;
  if (!parse<double>(text(name), value) || !std::isfinite(value)) refuse_value(name, "a number such as 0.25");
  return value;
}

int64_t Options::integer(std::string_view name, int64_t least) const {
  int64_t value = 0;
  if (!parse(std::string_view(text(name)), value) || value < least)
    refuse_value(name, "a whole number of at least " + std::to_string(least));
  return value;
}

std::pair<int64_t, int64_t> Options::extent(std::string_view name) const {
  const auto extent = parse_extent(text(name));
  if (!extent) refuse_value(name, kSize);
  return *extent;
}

void Options::refuse_value(std::string_view name, std::string_view expected) const {
  refuse("option ", name, " is '", text(name), "'; expected ", expected);
}

}  // namespace limpid
