// SPDX-License-Identifier: Apache-2.0
#include "pipeline/naming.h"

#include <tuple>

#include "limpid/core/error.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

bool asked_for_layers(const Plan& plan, const Choice& choice) {
  const auto& values = choice.options.values();
  const auto own = values.find("layer");
  return !plan.request.layers.empty() || (own != values.end() && !own->second.empty());
}

bool has_many_layers(const Result& result, const std::string& method) {
  const std::string* first = nullptr;
  for (const Map& map : result.maps) {
    if (map.method != method || map.kind != "attribution") continue;
    if (first && *first != map.layer) return true;
    first = &map.layer;
  }
  return false;
}

}  // namespace

Naming naming_of(const Plan& plan, const Result& result) {
  Naming naming{plan.targets > 1};
  for (const Choice& choice : plan.choices) {
    const std::string& method = choice.method->name;
    if (asked_for_layers(plan, choice) || has_many_layers(result, method)) naming.layered.insert(method);
  }
  return naming;
}

void check_names(const Result& result, const Naming& naming) {
  const auto identity = [](const Map& map) { return std::tie(map.kind, map.layer, map.target, map.unit); };
  std::map<std::string, const Map*> named;
  for (const Map& map : result.maps) {
    const auto [place, is_new] = named.emplace(file_name(map, naming), &map);
    if (is_new || identity(*place->second) == identity(map)) continue;
    fail("the maps of '", place->second->layer, "' and '", map.layer, "' would both be called '", place->first,
         "'; explain these layers in runs of their own");
  }
}

std::string file_name(const Map& map, const Naming& naming) {
  const bool main = map.kind == "attribution";
  std::string name = map.method;
  if (!map.layer.empty() && (!main || naming.layered.count(map.method))) name += "." + file_word(map.layer);
  if (map.unit) {
    name += ".unit" + std::to_string(*map.unit);
  } else if (!main) {
    name += "." + map.kind;
  }
  if (map.target && (naming.targets || map.kind == "response")) name += "." + std::to_string(*map.target);
  return name;
}

}  // namespace limpid
