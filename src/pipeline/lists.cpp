// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "limpid/core/lookup.h"
#include "limpid/crystal/formats.h"
#include "limpid/data/dataset.h"
#include "limpid/explain/method.h"
#include "limpid/net/onnx.h"
#include "limpid/pipeline/documents.h"
#include "limpid/pipeline/studies.h"
#include "limpid/train/architectures.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::vector<OptionSpec>& specs) {
  Json options = Json::array();
  for (const OptionSpec& spec : specs)
    options.push_back({{"name", spec.name},
                       {"type", name_of(spec.type)},
                       {"default", spec.fallback},
                       {"least", std::isfinite(spec.least) ? Json(spec.least) : Json()},
                       {"summary", spec.summary},
                       {"choices", spec.choices}});
  return options;
}

Json json_of(const Method& method) {
  return {{"name", method.name},
          {"summary", method.summary},
          {"reference", method.reference},
          {"needs", method.needs},
          {"options", json_of(method.options)}};
}

Json json_of(const Architecture& architecture) {
  return {{"name", architecture.name},
          {"summary", architecture.summary},
          {"reference", architecture.reference},
          {"options", json_of(architecture.options)}};
}

Json json_of(const Study& study) {
  return {{"name", study.name},   {"summary", study.summary},          {"reference", study.reference},
          {"needs", study.needs}, {"options", json_of(study.options)}, {"quick", study.quick}};
}

Json json_of(const LayerType& type) {
  return {
      {"name", type.name}, {"summary", type.summary}, {"parameters", type.parameters}, {"operators", type.operators}};
}

struct Format {
  std::string name, extensions, summary;
};

const std::vector<Format>& formats() {
  static const std::vector<Format> all = [] {
    std::vector<Format> list = {
        {"ONNX", ".onnx", "a network, operator sets 9 to 17, external data beside it"},
        {"PNG", ".png", "a picture of 8 or 16 bits; transparency is laid over white"},
        {"JPEG", ".jpg .jpeg", "a picture, gray, colour or CMYK"},
        {"NPY", ".npy", "an array [C,H,W] or [N,C,H,W], taken as it is"},
    };
    for (const DatasetFormat* format : dataset_formats())
      list.push_back({format->name, format->files, format->summary});
    for (const StructureFormat* format : structure_formats())
      list.push_back({format->name, format->files, format->summary + (format->write ? "; is written too" : "")});
    return list;
  }();
  return all;
}

Json json_of(const Format& format) {
  return {{"name", format.name}, {"extensions", format.extensions}, {"summary", format.summary}};
}

template <class Entries, class ToEntry>
std::string document(const std::string& key, const Entries& entries, const ToEntry& entry_of) {
  Json list = Json::array();
  for (const auto& entry : entries) list.push_back(json_of(entry_of(entry)));
  return Json{{key, list}}.dump(2) + "\n";
}

std::string option_text(const OptionSpec& spec) {
  std::vector<std::string> choices;
  for (const std::string& choice : spec.choices)
    if (!choice.empty() && spec.type == OptionType::word) choices.push_back(choice);
  return "  " + spec.name + (spec.fallback.empty() ? "" : " (" + spec.fallback + ")") + ": " + spec.summary +
         (choices.empty() ? "" : ": " + listed(choices));
}

const auto same = [](const auto& entry) -> const auto& { return entry; };

}  // namespace

std::string describe_methods(bool json) {
  if (json) return document("methods", methods(), same);
  std::string text;
  for (const Method& method : methods()) {
    text += method.name + ": " + method.summary + "\n";
    text += "  needs " + method.needs + "; " + method.reference + "\n";
    for (const OptionSpec& spec : method.options) text += option_text(spec) + "\n";
  }
  return text;
}

std::string describe_layers(bool json) {
  if (json) return document("layers", layer_types(), [](const LayerType* type) -> const LayerType& { return *type; });
  std::vector<std::vector<std::string>> rows = {{"layer", "what it computes", "ONNX operators"}};
  for (const LayerType* type : layer_types()) rows.push_back({type->name, type->summary, listed(type->operators)});
  return text_table(rows);
}

std::string describe_architectures(bool json) {
  if (json) return document("architectures", architectures(), same);
  std::string text;
  for (const Architecture& architecture : architectures()) {
    text += architecture.name + ": " + architecture.summary + "\n  " + architecture.reference + "\n";
    for (const OptionSpec& spec : architecture.options) text += option_text(spec) + "\n";
  }
  return text;
}

std::string describe_studies(bool json) {
  if (json) return document("studies", studies(), same);
  std::string text;
  for (const Study& study : studies()) {
    text += study.name + ": " + study.summary + "\n  " + study.reference + "; needs " + study.needs + "\n";
    for (const OptionSpec& spec : study.options) text += option_text(spec) + "\n";
  }
  return text;
}

std::string describe_formats(bool json) {
  if (json) return document("formats", formats(), same);
  std::vector<std::vector<std::string>> rows = {{"format", "files", "what it holds"}};
  for (const Format& format : formats()) rows.push_back({format.name, format.extensions, format.summary});
  return text_table(rows);
}

}  // namespace limpid
