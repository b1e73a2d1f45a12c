// SPDX-License-Identifier: Apache-2.0
#pragma once
// The studies, each defined in src/pipeline/studies/<name>.cpp and listed in src/pipeline/studies.cpp.

#include "limpid/pipeline/studies.h"

namespace limpid {

extern const Study clear_study;
extern const Study anatomy_study;
extern const Study nodules_study;
extern const Study crystals_study;

}  // namespace limpid
