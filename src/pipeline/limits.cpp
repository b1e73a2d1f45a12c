// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/limits.h"

#include <charconv>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"

namespace limpid {
namespace {

int64_t value_of(const std::string& name, std::string_view text) {
  int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size() || value < 1)
    refuse("the limit ", name, " is '", text, "'; a whole number of at least 1 is expected");
  return value;
}

}  // namespace

Limits limits_of(const std::vector<std::string>& settings) {
  Limits limits;
  ImageLimits& image = limits.input.image;
  const auto bytes = [](uint64_t& limit) { return [&limit](int64_t value) { limit = static_cast<uint64_t>(value); }; };
  const auto count = [](int64_t& limit) { return [&limit](int64_t value) { limit = value; }; };
  const std::vector<std::pair<std::string, std::function<void(int64_t)>>> all = {
      {"image-bytes", bytes(image.bytes)},
      {"image-pixels", count(image.pixels)},
      {"npy-bytes", bytes(limits.input.npy_bytes)},
      {"model-bytes", bytes(limits.onnx.file_bytes)},
      {"model-nodes", count(limits.onnx.nodes)},
      {"tensor-elements", count(limits.onnx.tensor_elements)},
      {"structure-bytes", bytes(limits.structure.bytes)},
      {"structure-atoms", count(limits.structure.atoms)},
  };
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos) refuse("the limit is '", setting, "'; expected name=value");
    const std::string name = setting.substr(0, equals);
    const auto found = std::find_if(all.begin(), all.end(), [&name](const auto& entry) { return entry.first == name; });
    if (found == all.end()) {
      std::vector<std::string> names;
      for (const auto& entry : all) names.push_back(entry.first);
      refuse_name("limit", name, names);
    }
    found->second(value_of(name, std::string_view(setting).substr(equals + 1)));
  }
  return limits;
}

}  // namespace limpid
