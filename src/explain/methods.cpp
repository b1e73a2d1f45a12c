// SPDX-License-Identifier: Apache-2.0
#include "explain/methods.h"

#include "limpid/core/lookup.h"

namespace limpid {

const std::vector<Method>& methods() {
  static const std::vector<Method> all = {
      gradient_method,
  };
  return all;
}

const Method& method(const std::string& name) { return lookup("method", name, methods()); }

}  // namespace limpid
