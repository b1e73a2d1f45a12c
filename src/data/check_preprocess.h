// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a Preprocess must fulfil, however it came about.

#include "limpid/data/preprocess.h"

namespace limpid {

/// Throws an Error that names the field and what it may be.
void check_preprocess(const Preprocess& how);

}  // namespace limpid
