// SPDX-License-Identifier: Apache-2.0
#include "render/payload.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace limpid {

std::string quantised(const Tensor& values, double limit, bool is_signed) {
  const Tensor source = values.to(at::kCPU, at::kFloat).contiguous();
  const float* value = source.data_ptr<float>();
  const float factor = limit > 0 ? static_cast<float>(1 / limit) : 0, span = is_signed ? 127 : 255,
              zero = is_signed ? 128 : 0;
  std::string bytes(static_cast<size_t>(source.numel()), '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    const float part = std::min(1.0f, std::abs(value[i]) * factor);
    const float level = zero + std::copysign(span * std::sqrt(part), value[i]);
    bytes[i] = static_cast<char>(static_cast<uint8_t>(std::max(level, 0.0f) + 0.5f));
  }
  return bytes;
}

std::string halved(const Tensor& values, double limit) {
  const double factor = limit > 0 ? 32768 / limit : 0;
  const Tensor source = (values.to(at::kCPU, at::kDouble) * factor).to(at::kHalf).contiguous();
  const at::Half* value = source.data_ptr<at::Half>();
  const auto count = static_cast<size_t>(source.numel());
  std::string bytes(2 * count, '\0');
  for (size_t i = 0; i < count; ++i) {
    bytes[i] = static_cast<char>(value[i].x & 255);
    bytes[count + i] = static_cast<char>(value[i].x >> 8);
  }
  return bytes;
}

std::string html_escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  return safe;
}

std::string script_escaped(std::string_view json) {
  std::string safe;
  for (const char c : json) switch (c) {
      case '<':
        safe += "\\u003c";
        break;
      case '>':
        safe += "\\u003e";
        break;
      case '&':
        safe += "\\u0026";
        break;
      default:
        safe += c;
    }
  return safe;
}

}  // namespace limpid
