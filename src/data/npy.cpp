// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/npy.h"

#include <ATen/ATen.h>

#include <cstring>
#include <fstream>

#include "data/npy_header.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"

namespace limpid {
namespace {

struct Kind {
  std::string_view code;  // NumPy's, without the byte order
  at::ScalarType type;
};

constexpr Kind kinds[] = {{"f4", at::kFloat}, {"f8", at::kDouble}, {"i4", at::kInt},
                          {"i8", at::kLong},  {"u1", at::kByte},   {"f2", at::kHalf},
                          {"i1", at::kChar},  {"i2", at::kShort},  {"b1", at::kBool}};
constexpr size_t writable = 6;  // the first ones

const Kind& kind_of(const NpyHeader& header, const std::string& name) {
  const std::string_view text = header.descr;
  for (const Kind& kind : kinds) {
    const std::string_view orders = kind.code[1] == '1' ? "|<>" : "<>";
    if (text.size() == 3 && text.substr(1) == kind.code && orders.find(text[0]) != orders.npos) return kind;
  }
  fail("'", name, "' holds values of type '", text,
       "'; types that can be read are f2, f4, f8, i1, i2, i4, i8, u1 and b1, of either byte order");
}

template <class Word>
void reverse_words(char* bytes, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    char* const word = bytes + i * sizeof(Word);
    std::reverse(word, word + sizeof(Word));
  }
}

void reverse_byte_order(char* bytes, size_t count, size_t width) {
  if (width == 2) reverse_words<uint16_t>(bytes, count);
  if (width == 4) reverse_words<uint32_t>(bytes, count);
  if (width == 8) reverse_words<uint64_t>(bytes, count);
}

/// Values in a shape; throws when that many cannot be counted, or strides not, which even an empty array has.
size_t count_of(const Shape& shape, size_t width, const std::string& name) {
  auto product = static_cast<int64_t>(width);
  for (const int64_t size : shape) {
    if (size != 0 && __builtin_mul_overflow(product, size, &product)) {
      fail("'", name, "' claims an impossible shape, ", shape_text(shape));
    }
  }
  return std::find(shape.begin(), shape.end(), 0) != shape.end() ? 0 : static_cast<size_t>(product) / width;
}

Shape reversed(Shape shape) {
  std::reverse(shape.begin(), shape.end());
  return shape;
}

Shape descending(int64_t count) {
  Shape axes;
  while (count > 0) axes.push_back(--count);
  return axes;
}

}  // namespace

bool looks_like_npy(std::string_view bytes) { return bytes.starts_with("\x93NUMPY"); }

Tensor decode_npy(std::string_view bytes, const std::string& name) {
  const NpyHeader header = parse_npy_header(bytes, name);
  const Kind& kind = kind_of(header, name);
  const size_t width = c10::elementSize(kind.type);
  const size_t count = count_of(header.shape, width, name);
  const std::string_view data = bytes.substr(header.size);
  if (data.size() != count * width) {
    fail("'", name, "' has ", data.size(), " bytes of data where its shape ", shape_text(header.shape), " of ",
         kind.code, " needs ", count * width,
         data.size() < count * width ? ": it is truncated" : ": something follows the array");
  }
  // Bytes other than 0 and 1 are no bool: they are compared with 0 instead of copied.
  const at::ScalarType stored = kind.type == at::kBool ? at::kByte : kind.type;
  Tensor values = at::empty(header.fortran_order ? reversed(header.shape) : header.shape, stored);
  if (count > 0) std::memcpy(values.data_ptr(), data.data(), data.size());
  if (header.descr[0] == '>') reverse_byte_order(static_cast<char*>(values.data_ptr()), count, width);
  if (header.fortran_order) values = values.permute(descending(values.dim())).contiguous();
  return kind.type == at::kBool ? values.ne(0) : values;
}

Tensor read_npy(const std::filesystem::path& path, uint64_t limit) {
  return decode_npy(read_file(path, limit), path.string());
}

Shape npy_shape(const std::filesystem::path& path) {
  std::string beginning(4096, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  beginning.resize(static_cast<size_t>(file.gcount()));
  return parse_npy_header(beginning, path.string()).shape;
}

std::string npy_bytes(const Tensor& tensor) {
  const auto* const kind =
      std::find_if(kinds, kinds + writable, [&](const Kind& k) { return k.type == tensor.scalar_type(); });
  if (kind == kinds + writable) {
    fail("an array of type ", c10::toString(tensor.scalar_type()),
         " cannot be written; types that can are float16, float32, float64, int32, int64 and uint8");
  }
  const std::string order = kind->code == "u1" ? "|" : "<";
  std::string bytes = npy_header_bytes(order + std::string(kind->code), tensor.sizes());
  const Tensor values = tensor.cpu().contiguous();
  bytes.append(static_cast<const char*>(values.data_ptr()), values.nbytes());
  return bytes;
}

void write_npy(const std::filesystem::path& path, const Tensor& tensor) { write_file(path, npy_bytes(tensor)); }

}  // namespace limpid
