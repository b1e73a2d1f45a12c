// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whole numbers of JSON documents. A conversion of nlohmann's rounds 1.5, and its result is undefined for 1e300.

#include <cmath>
#include <cstdint>
#include <vector>

namespace limpid {

/// The whole number that a nlohmann::json holds, 2.0 too. Throws the library's type_error for anything else.
template <class Json>
int64_t whole(const Json& value) {
  constexpr double exact = int64_t{1} << 53;
  if (value.is_number_float()) {
    const auto number = value.template get<double>();
    if (std::abs(number) <= exact && number == std::trunc(number)) return static_cast<int64_t>(number);
  }
  return value.template get_ref<const int64_t&>();
}

template <class Json>
std::vector<int64_t> whole_numbers(const Json& list) {
  std::vector<int64_t> numbers;
  for (const Json& value : list) numbers.push_back(whole(value));
  return numbers;
}

}  // namespace limpid
