// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/prototypes.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "limpid/core/error.h"
#include "limpid/crystal/formats.h"
#include "limpid/pipeline/crystal.h"
#include "limpid/pipeline/documents.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

std::string list(bool json) {
  if (json) {
    Json all = Json::array();
    for (const Prototype& one : prototypes())
      all.push_back({{"name", one.name},
                     {"space_group", one.space_group},
                     {"atoms", one.positions.size()},
                     {"ratio", one.has_ratio ? Json(one.default_ratio) : Json()},
                     {"coordinate", one.directions.empty() ? Json() : Json(one.default_parameter)},
                     {"summary", one.summary}});
    return Json{{"prototypes", all}}.dump(2) + "\n";
  }
  std::vector<std::vector<std::string>> rows = {{"prototype", "group", "atoms", "c/a", "free", "what it is"}};
  for (const Prototype& one : prototypes())
    rows.push_back({one.name, std::to_string(one.space_group), std::to_string(one.positions.size()),
                    one.has_ratio ? fmt::format("{:.4g}", one.default_ratio) : "",
                    one.directions.empty() ? "" : fmt::format("{:.4g}", one.default_parameter), one.summary});
  return text_table(rows);
}

std::string document_of(const PrototypeRequest& request, const Structure& crystal) {
  const Eigen::Matrix3d& cell = *crystal.cell;
  return Json{{"prototype", request.name},
              {"element", request.element},
              {"atoms", crystal.size()},
              {"a", cell.row(0).norm()},
              {"c", cell.row(2).norm()},
              {"nearest_distance", 2 * atomic_radius(crystal.species[0])},
              {"file", request.output.empty() ? Json() : Json(request.output)}}
             .dump(2) +
         "\n";
}

std::string poscar_of(const Structure& crystal) {
  std::ostringstream text;
  format_for_writing("POSCAR").write(text, crystal);
  return text.str();
}

}  // namespace

std::string make_prototype(const PrototypeRequest& request, bool json) {
  if (request.name.empty()) return list(json);
  if (request.element.empty()) refuse("no element is named; expected a chemical symbol such as Fe after the prototype");
  const Structure crystal =
      build_prototype(request.name, atomic_number(request.element), request.ratio, request.coordinate);
  if (!request.output.empty()) write_structures(request.output, {crystal});
  if (json) return document_of(request, crystal);
  if (request.output.empty()) return poscar_of(crystal);
  return fmt::format("{}: {} atoms, a = {:.4f} Å, c = {:.4f} Å\n", request.output, crystal.size(),
                     crystal.cell->row(0).norm(), crystal.cell->row(2).norm());
}

}  // namespace limpid
