// SPDX-License-Identifier: Apache-2.0
#include "pipeline/naming.h"

#include "pipeline/words.h"

namespace limpid {

std::string file_name(const Map& map, const Naming& naming) {
  const bool main = map.kind == "attribution";
  std::string name = map.method;
  if (!map.layer.empty() && (naming.layers || !main)) name += "." + file_word(map.layer);
  if (map.unit) {
    name += ".unit" + std::to_string(*map.unit);
  } else if (!main) {
    name += "." + map.kind;
  }
  if (map.target && (naming.targets || map.kind == "response")) name += "." + std::to_string(*map.target);
  return name;
}

}  // namespace limpid
