// SPDX-License-Identifier: Apache-2.0
#pragma once
// The methods, each defined in src/explain/methods/<name>.cpp and listed in src/explain/methods.cpp.

#include "limpid/explain/method.h"

namespace limpid {

extern const Method gradient_method;

}  // namespace limpid
