// SPDX-License-Identifier: Apache-2.0
#pragma once
// Small readings of what people type.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace limpid {

std::vector<std::string> split(const std::string& text, char separator);

/// Without white space at both ends.
std::string trimmed(const std::string& text);

/// Throws the UsageError "<what> 0; expected 1 or more".
void require_least(const char* what, int64_t value, int64_t least);

/// Throws the UsageError of refuse_name for a word that is not among those known.
void require_known(const char* kind, const std::string& word, const std::vector<std::string>& known);

/// Nothing but one to nine digits.
bool is_number(const std::string& text);

/// "HxW" or "N" (both), positive; `what` begins the error.
std::pair<int64_t, int64_t> extent_of(const std::string& what, const std::string& text);

/// As it may stand in a file's name: a slash or a control character becomes _.
std::string file_word(std::string text);

/// "a, b, c", of more than ten the first: "…, j, … (1000 in all)"
std::string first_names(const std::vector<std::string>& names);

/// "1,234,567"
std::string grouped(int64_t number);

}  // namespace limpid
