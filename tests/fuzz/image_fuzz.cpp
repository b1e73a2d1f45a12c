// SPDX-License-Identifier: Apache-2.0
#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/core/ivalue.h>

#include <ATen/ATen.h>
#include <zlib.h>

#include <cstdlib>

#include "limpid/core/error.h"
#include "limpid/data/image.h"

namespace {

uint32_t big_endian(const uint8_t* at) { return uint32_t{at[0]} << 24 | at[1] << 16 | at[2] << 8 | at[3]; }

/// A PNG with a wrong checksum is refused at once: without right ones nothing behind them would be reached.
void mend_checksums(uint8_t* data, size_t size) {
  for (size_t at = 8; at + 12 <= size;) {
    const size_t length = big_endian(data + at);
    if (length > size - at - 12) return;
    const uLong sum = crc32(0, data + at + 4, static_cast<uInt>(length + 4));
    for (int byte = 0; byte < 4; ++byte) data[at + 8 + length + byte] = static_cast<uint8_t>(sum >> (24 - 8 * byte));
    at += 12 + length;
  }
}

}  // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (size > 8 && data[0] == 0x89 && seed % 16 != 0) mend_checksums(data, size);
  return size;
}

/// Any bytes are a picture of 1 or 3 channels or an Error.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const limpid::ImageLimits limits{.pixels = 1 << 18, .bytes = 1 << 20};
    const at::Tensor image = limpid::decode_image({reinterpret_cast<const char*>(data), size}, "fuzz", limits);
    if (image.dim() != 3 || (image.size(0) != 1 && image.size(0) != 3)) std::abort();
  } catch (const limpid::Error&) {
  }
  return 0;
}
