// SPDX-License-Identifier: Apache-2.0
#include "pipeline/failure.h"

#include <c10/util/Exception.h>

#include <new>

#include "limpid/core/error.h"

namespace limpid {

std::string failure_caught(const std::string& scarce) {
  try {
    throw;
  } catch (const Error& error) {
    return error.what();
  } catch (const c10::Error& error) {
    const std::string reason = error.what_without_backtrace();
    return reason.substr(0, reason.find('\n'));
  } catch (const std::bad_alloc&) {
    return scarce;
  }
}

}  // namespace limpid
