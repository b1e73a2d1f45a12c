// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "limpid/core/files.h"
#include "limpid/core/tensor.h"

// Calls one function that needs libtorch and one that needs another library of limpid's.
int main() {
  const limpid::Tensor noise = limpid::normal_noise({2, 3}, 7);
  if (limpid::shape_text(noise.sizes()) != "2x3") return 1;
  if (limpid::sha256("abc") != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") return 1;
  std::cout << "found limpid\n";
}
