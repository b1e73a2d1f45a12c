// SPDX-License-Identifier: Apache-2.0
#include "limpid/core/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"

namespace limpid {
namespace {

template <class Number>
bool parse(std::string_view text, Number& value) {
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc() && end == text.data() + text.size();
}

}  // namespace

Options::Options(std::vector<OptionSpec> specs, const std::map<std::string, std::string>& given) {
  for (const OptionSpec& spec : specs) values_[spec.name] = spec.fallback;
  for (const auto& [name, value] : given) {
    const OptionSpec& spec = lookup("option", name, specs);
    const auto& choices = spec.choices;
    if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end())
      refuse("option ", name, " is '", value, "'; it may be: ", listed(choices));
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
  const std::string& value = text(name);
  const size_t cross = value.find('x');
  const std::string_view rows = std::string_view(value).substr(0, cross);
  const std::string_view columns = cross == std::string::npos ? rows : std::string_view(value).substr(cross + 1);
  std::pair<int64_t, int64_t> extent;
  if (!parse(rows, extent.first) || !parse(columns, extent.second) || extent.first < 1 || extent.second < 1)
    refuse_value(name, "a size such as 8 or 8x4 (rows x columns)");
  return extent;
}

void Options::refuse_value(std::string_view name, std::string_view expected) const {
  refuse("option ", name, " is '", text(name), "'; expected ", expected);
}

}  // namespace limpid
