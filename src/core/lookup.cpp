// SPDX-License-Identifier: Apache-2.0
#include "limpid/core/lookup.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "limpid/core/error.h"

namespace limpid {
namespace {

size_t edits(std::string_view from, std::string_view to) {
  std::vector<size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= from.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= to.size(); ++j) {
      const size_t substitute = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, substitute}));
    }
  }
  return row.back();
}

}  // namespace

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string nearest(std::string_view wanted, const std::vector<std::string>& names) {
  size_t best = wanted.size() / 3 + 2;
  std::string found;
  for (const std::string& name : names) {
    const size_t distance = edits(wanted, name);
    if (distance < best) {
      best = distance;
      found = name;
    }
  }
  return found;
}

namespace {

/// study → studies, class → classes, method → methods
std::string plural(std::string word) {
  if (word.ends_with('y')) return word.replace(word.size() - 1, 1, "ies");
  return word + (word.ends_with('s') ? "es" : "s");
}

}  // namespace

void refuse_name(std::string_view kind, std::string_view wanted, const std::vector<std::string>& names) {
  const std::string near = nearest(wanted, names);
  refuse("no ", kind, " is called '", wanted, "'; ", near.empty() ? "" : "did you mean '" + near + "'? ",
         plural(std::string(kind)), " are: ", listed(names));
}

}  // namespace limpid
