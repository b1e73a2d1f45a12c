// SPDX-License-Identifier: Apache-2.0
#include "crystal.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return limpid::fuzz::read_as("POSCAR", "POSCAR", data, size);
}
