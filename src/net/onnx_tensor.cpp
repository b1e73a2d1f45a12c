// SPDX-License-Identifier: Apache-2.0
#include <onnx/onnx_pb.h>

#include <cstring>
#include <fstream>

#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "net/onnx_graph.h"

namespace limpid::onnx_import {
namespace fs = std::filesystem;
using onnx::TensorProto;

namespace {

std::optional<at::ScalarType> scalar_type(int type) {
  switch (type) {
    case TensorProto::FLOAT:
      return at::kFloat;
    case TensorProto::DOUBLE:
      return at::kDouble;
    case TensorProto::FLOAT16:
      return at::kHalf;
    case TensorProto::BFLOAT16:
      return at::kBFloat16;
    case TensorProto::BOOL:
      return at::kBool;
    case TensorProto::INT8:
      return at::kChar;
    case TensorProto::UINT8:
      return at::kByte;
    case TensorProto::INT16:
      return at::kShort;
    case TensorProto::INT32:
      return at::kInt;
    case TensorProto::INT64:
    case TensorProto::UINT64:
      return at::kLong;
    default:
      return std::nullopt;
  }
}

Shape tensor_shape(const TensorProto& tensor, int64_t limit) {
  int64_t elements = 1;
  for (const int64_t size : tensor.dims()) {
    if (size < 0) fail("tensor '", tensor.name(), "' has an axis of size ", size);
    if (__builtin_mul_overflow(elements, size, &elements) || elements > limit) {
      fail("tensor '", tensor.name(), "' has more than ", limit, " elements, the limit tensor-elements");
    }
  }
  if (tensor.dims_size() > 16) fail("tensor '", tensor.name(), "' has ", tensor.dims_size(), " axes; 16 are the limit");
  return {tensor.dims().begin(), tensor.dims().end()};
}

[[noreturn]] void wrong_length(const TensorProto& tensor, uint64_t got, uint64_t expected, const char* unit) {
  fail("tensor '", tensor.name(), "' holds ", got, " ", unit, " where its shape asks for ", expected,
       "; the file is damaged");
}

/// Values kept in a typed field of the message. fp16 and bf16 are bit patterns in int32_data.
template <class Stored, class Field>
Tensor from_field(const TensorProto& tensor, const Field& field, const Shape& shape, at::ScalarType type) {
  Tensor values = at::empty(shape, type);
  if (field.size() != values.numel()) {
    wrong_length(tensor, static_cast<uint64_t>(field.size()), static_cast<uint64_t>(values.numel()), "values");
  }
  auto* to = static_cast<Stored*>(values.data_ptr());
  for (const auto value : field) *to++ = static_cast<Stored>(value);
  return values;
}

Tensor from_fields(const TensorProto& tensor, const Shape& shape, at::ScalarType type) {
  switch (tensor.data_type()) {
    case TensorProto::FLOAT:
      return from_field<float>(tensor, tensor.float_data(), shape, type);
    case TensorProto::DOUBLE:
      return from_field<double>(tensor, tensor.double_data(), shape, type);
    case TensorProto::INT64:
      return from_field<int64_t>(tensor, tensor.int64_data(), shape, type);
    case TensorProto::UINT64:
      return from_field<int64_t>(tensor, tensor.uint64_data(), shape, type);
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
      return from_field<uint16_t>(tensor, tensor.int32_data(), shape, type);
    case TensorProto::BOOL:
      return from_field<bool>(tensor, tensor.int32_data(), shape, type);
    case TensorProto::INT8:
      return from_field<int8_t>(tensor, tensor.int32_data(), shape, type);
    case TensorProto::UINT8:
      return from_field<uint8_t>(tensor, tensor.int32_data(), shape, type);
    case TensorProto::INT16:
      return from_field<int16_t>(tensor, tensor.int32_data(), shape, type);
    default:
      return from_field<int32_t>(tensor, tensor.int32_data(), shape, type);
  }
}

Tensor from_raw(const TensorProto& tensor, const Shape& shape, at::ScalarType type) {
  Tensor values = at::empty(shape, type);
  if (tensor.raw_data().size() != values.nbytes()) {
    wrong_length(tensor, tensor.raw_data().size(), values.nbytes(), "bytes");
  }
  if (values.nbytes() > 0) std::memcpy(values.data_ptr(), tensor.raw_data().data(), values.nbytes());
  return values;
}

struct ExternalPart {
  std::string location = {};
  uint64_t offset = 0;
  std::optional<uint64_t> length = {};
};

uint64_t external_number(const TensorProto& tensor, const std::string& text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos) {
    fail("external data of tensor '", tensor.name(), "' is at '", text, "', which is not a number of bytes");
  }
  return std::stoull(text);
}

ExternalPart external_part(const TensorProto& tensor) {
  ExternalPart part;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") part.location = entry.value();
    if (entry.key() == "offset") part.offset = external_number(tensor, entry.value());
    if (entry.key() == "length") part.length = external_number(tensor, entry.value());
  }
  return part;
}

/// The file inside `folder`; anything that leads out of it, also by a link, is refused.
fs::path external_path(const TensorProto& tensor, const std::string& location, const fs::path& folder) {
  if (folder.empty()) {
    fail("tensor '", tensor.name(), "' is kept in a file beside the model ('", location,
         "'), which is not at hand here");
  }
  std::error_code status;
  const fs::path base = fs::canonical(folder, status);
  const fs::path file = status ? fs::path() : fs::weakly_canonical(base / location, status);
  const fs::path inside = file.lexically_relative(base);
  if (status || location.empty() || fs::path(location).is_absolute() || inside.empty() || *inside.begin() == "..") {
    fail("external data of tensor '", tensor.name(), "' is said to be in '", location,
         "'; only files in the model's own folder are read");
  }
  if (!fs::is_regular_file(file, status)) fail("external data file '", file.string(), "' is missing");
  return file;
}

Tensor from_file(const TensorProto& tensor, const Shape& shape, at::ScalarType type, TensorSource& source) {
  const ExternalPart part = external_part(tensor);
  const fs::path file = external_path(tensor, part.location, source.folder);
  uint64_t bytes = c10::elementSize(type);
  for (const int64_t size : shape) bytes *= static_cast<uint64_t>(size);
  if (part.length && *part.length != bytes) wrong_length(tensor, *part.length, bytes, "bytes");
  std::error_code status;
  const uint64_t size = fs::file_size(file, status);
  if (status || part.offset > size || bytes > size - part.offset) {
    fail("external data file '", file.string(), "' has ", size, " bytes; tensor '", tensor.name(), "' needs ", bytes,
         " from byte ", part.offset);
  }
  if (bytes > source.bytes_left) fail("the model and its external data have more bytes than the limit model-bytes");
  source.bytes_left -= bytes;
  source.files.insert(file);
  Tensor values = at::empty(shape, type);
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(part.offset));
  if (!stream.read(static_cast<char*>(values.data_ptr()), static_cast<std::streamsize>(bytes))) {
    fail("external data file '", file.string(), "' cannot be read");
  }
  return values;
}

}  // namespace

Tensor read_tensor(TensorProto& tensor, TensorSource& source) {
  const auto type = scalar_type(tensor.data_type());
  if (!type) {
    fail("tensor '", tensor.name(), "' is of ONNX data type ", tensor.data_type(),
         "; real floating-point, whole and boolean numbers can be read");
  }
  const Shape shape = tensor_shape(tensor, source.elements);
  Tensor values;
  if (tensor.data_location() == TensorProto::EXTERNAL) {
    values = from_file(tensor, shape, *type, source);
  } else {
    values = tensor.has_raw_data() ? from_raw(tensor, shape, *type) : from_fields(tensor, shape, *type);
  }
  std::string().swap(*tensor.mutable_raw_data());
  return values.to(at::isFloatingType(*type) ? at::kFloat : at::kLong);
}

}  // namespace limpid::onnx_import
