// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one error type: a sentence that says what was got, what was expected and what would work.

#include <sstream>
#include <stdexcept>

namespace limpid {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A request that no input could satisfy as written (an unknown name or option, a value out of range): exit status 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

namespace detail {
template <class... Parts>
std::string joined(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}
}  // namespace detail

/// Throws an Error made of all parts, one after the other.
template <class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw Error(detail::joined(parts...));
}

/// The same for a UsageError.
template <class... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  throw UsageError(detail::joined(parts...));
}

}  // namespace limpid
