// SPDX-License-Identifier: Apache-2.0
#pragma once
// Finding an entry by its name, with an error that helps: the nearest name and the whole list.

#include <string>
#include <string_view>
#include <vector>

namespace limpid {

/// "a, b, c"
std::string listed(const std::vector<std::string>& names);

/// The name with the fewest edits to `wanted`; empty when none is near.
std::string nearest(std::string_view wanted, const std::vector<std::string>& names);

/// Throws the UsageError for a name that is not there: "no <kind> is called 'x'; did you mean 'y'? <kind>s are: …".
[[noreturn]] void refuse_name(std::string_view kind, std::string_view wanted, const std::vector<std::string>& names);

/// The entry of `entries` whose member `name` equals `wanted`.
template <class Entries>
const auto& lookup(std::string_view kind, std::string_view wanted, const Entries& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    if (entry.name == wanted) return entry;
    names.emplace_back(entry.name);
  }
  refuse_name(kind, wanted, names);
}

}  // namespace limpid
