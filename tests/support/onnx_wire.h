// SPDX-License-Identifier: Apache-2.0
#pragma once
// ONNX files byte by byte, also such as no exporter would write.

#include <cstdint>
#include <string>
#include <vector>

namespace limpid::wire {

inline std::string varint(uint64_t value) {
  std::string bytes;
  for (; value > 127; value >>= 7) bytes += static_cast<char>((value & 127) | 128);
  return bytes + static_cast<char>(value);
}
inline std::string number(unsigned field, int64_t value) {
  return varint(field << 3) + varint(static_cast<uint64_t>(value));
}
inline std::string part(unsigned field, const std::string& bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + bytes;
}

inline std::string integer(const std::string& name, int64_t value) {
  return part(5, part(1, name) + number(3, value) + number(20, 2));
}

/// `attributes` as made by `integer`.
inline std::string node(const std::string& type, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs, const std::string& name = "",
                        const std::string& attributes = "") {
  std::string body;
  for (const std::string& input : inputs) body += part(1, input);
  for (const std::string& output : outputs) body += part(2, output);
  if (!name.empty()) body += part(3, name);
  return part(1, body + part(4, type) + attributes);
}

enum { kFloat = 1, kInt64 = 7 };

/// `rest` is added to the tensor's message.
inline std::string tensor(const std::string& name, const std::vector<int64_t>& shape, int type, const std::string& raw,
                          const std::string& rest = "") {
  std::string body;
  for (const int64_t size : shape) body += number(1, size);
  return part(5, body + number(2, type) + part(8, name) + (rest.empty() ? part(9, raw) : rest));
}
inline std::string whole(const std::string& name, const std::vector<int64_t>& values) {
  return tensor(name, {static_cast<int64_t>(values.size())}, kInt64,
                std::string(reinterpret_cast<const char*>(values.data()), values.size() * 8));
}
inline std::string real(const std::string& name, const std::vector<int64_t>& shape, const std::vector<float>& values) {
  return tensor(name, shape, kFloat, std::string(reinterpret_cast<const char*>(values.data()), values.size() * 4));
}
inline std::string external(const std::string& name, const std::string& location, int64_t elements) {
  return tensor(name, {elements}, kFloat, "", part(13, part(1, "location") + part(2, location)) + number(14, 1));
}

/// A negative size is an open axis.
inline std::string value(unsigned field, const std::string& name, const std::vector<int64_t>& shape) {
  std::string axes;
  for (const int64_t size : shape) axes += part(1, size < 0 ? part(2, "n") : number(1, size));
  return part(field, part(1, name) + part(2, part(1, number(1, kFloat) + part(2, axes))));
}

/// `graph` is made of nodes and tensors; from x to y.
inline std::string model(const std::string& graph, const std::vector<int64_t>& input = {-1, 4}, int64_t opset = 13,
                         const std::string& output = "y") {
  const std::string body = graph + part(2, "test") + value(11, "x", input) + value(12, output, {-1, -1});
  return number(1, 7) + part(8, number(2, opset)) + part(7, body);
}

}  // namespace limpid::wire
