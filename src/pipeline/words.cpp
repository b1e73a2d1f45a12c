// SPDX-License-Identifier: Apache-2.0
#include "pipeline/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"

namespace limpid {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(trimmed(part));
  return parts;
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n"), end = text.find_last_not_of(" \t\r\n");
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

void require_least(const char* what, int64_t value, int64_t least) {
  if (value < least) refuse(what, " ", value, "; expected ", least, " or more");
}

void require_known(const char* kind, const std::string& word, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), word) == known.end()) refuse_name(kind, word, known);
}

bool is_number(const std::string& text) {
  return !text.empty() && text.size() <= 9 && text.find_first_not_of("0123456789") == std::string::npos;
}

std::pair<int64_t, int64_t> extent_of(const std::string& what, const std::string& text) {
  const std::vector<std::string> sides = split(text, 'x');
  const bool fits = (sides.size() == 1 || sides.size() == 2) && std::all_of(sides.begin(), sides.end(), is_number);
  if (!fits || text.ends_with('x') || std::stoll(sides.front()) < 1 || std::stoll(sides.back()) < 1)
    refuse(what, " is '", text, "'; expected rows x columns, such as 224x224, or one number for both");
  return {std::stoll(sides.front()), std::stoll(sides.back())};
}

std::string file_word(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c == '/' || c < 32 || c == 127; }, '_');
  return text;
}

std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (auto place = static_cast<int64_t>(digits.size()) - 3; place > 0; place -= 3)
    digits.insert(static_cast<size_t>(place), ",");
  return digits;
}

std::string first_names(const std::vector<std::string>& names) {
  constexpr size_t kNamesTold = 10;
  if (names.size() <= kNamesTold) return listed(names);
  return fmt::format("{}, … ({} in all)", listed({names.begin(), names.begin() + kNamesTold}), names.size());
}

}  // namespace limpid
