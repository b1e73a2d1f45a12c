// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/defects.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/crystal/formats.h"
#include "limpid/crystal/neighbours.h"
#include "limpid/crystal/symmetry.h"
#include "limpid/pipeline/crystal.h"
#include "limpid/pipeline/limits.h"
#include "pipeline/words.h"
#include "version.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Eigen::Matrix3d;

constexpr int64_t kMostCopies = 1'000'000;

struct Variant {
  Structure structure;
  std::string source, file = {};
  int64_t frame = 0, copy = 0, pristine = 0;  // pristine: atoms before there were defects
  int64_t vacancies = 0, substitutions = 0, interstitials = 0;
  std::optional<Matrix3d> rotation = {};
};

Matrix3d strain_of(const std::vector<double>& strain) {
  if (strain.empty()) return Matrix3d::Zero();
  if (strain.size() == 1) return strain[0] * Matrix3d::Identity();
  if (strain.size() != 3 && strain.size() != 6)
    refuse("the strain has ", strain.size(), " numbers; expected 1, 3 (xx,yy,zz) or 6 (xx,yy,zz,yz,xz,xy)");
  Matrix3d matrix = Matrix3d::Zero();
  for (int i = 0; i < 3; ++i) matrix(i, i) = strain[static_cast<size_t>(i)];
  if (strain.size() == 3) return matrix;
  matrix(1, 2) = matrix(2, 1) = strain[3];
  matrix(0, 2) = matrix(2, 0) = strain[4];
  matrix(0, 1) = matrix(1, 0) = strain[5];
  return matrix;
}

std::array<int, 3> copies_of(const std::string& text) {
  std::vector<std::string> numbers = split(text, 'x');
  if (numbers.size() == 1) numbers.resize(3, numbers[0]);
  std::array<int, 3> copies{};
  for (size_t i = 0; i < 3; ++i) {
    if (numbers.size() != 3 || !is_number(numbers[i]) || std::stoi(numbers[i]) < 1)
      refuse("the supercell is '", text, "'; expected a number of copies such as 3, or three such as 3x3x2");
    copies[i] = std::stoi(numbers[i]);
  }
  return copies;
}

void check(const DefectRequest& request) {
  if (request.output.empty()) refuse("no output is named; expected a file such as out.xyz or a folder");
  if (request.copies < 1 || request.copies > kMostCopies)
    refuse("the number of copies is ", request.copies, "; expected 1 to ", kMostCopies);
  if (!request.supercell.empty() && request.atoms != 0)
    refuse("a supercell and a number of atoms are asked for; expected one of the two");
  if (request.atoms < 0) refuse("the number of atoms is ", request.atoms, "; expected at least 1");
  if (!request.supercell.empty()) copies_of(request.supercell);
  strain_of(request.strain);
}

/// What defects are made in.
Structure prepared(const DefectRequest& request, Structure structure) {
  if (request.standard) {
    std::optional<Structure> standard = standard_cell(structure);
    if (!standard) fail("'", structure.name, "' has no standard cell: spglib finds no space group");
    structure = std::move(*standard);
  }
  structure = strained(structure, strain_of(request.strain));
  if (!request.supercell.empty()) structure = supercell(structure, copies_of(request.supercell));
  return request.atoms > 0 ? supercell_of_at_least(structure, request.atoms) : structure;
}

double closest_of(const DefectRequest& request, const Structure& crystal) {
  if (request.closest != 0 || request.interstitials == 0) return request.closest;
  const std::vector<double> distances = nearest_distances(crystal);
  return *std::min_element(distances.begin(), distances.end()) / 2;
}

Variant variant_of(const DefectRequest& request, const Structure& crystal, double closest, Random& random) {
  Variant made;
  made.pristine = crystal.size();
  made.structure = with_vacancies(crystal, request.vacancies, random);
  made.vacancies = crystal.size() - made.structure.size();
  made.substitutions = static_cast<int64_t>(static_cast<double>(made.structure.size()) * request.substitutions);
  made.structure = substituted(made.structure, request.substitutions, random);
  made.interstitials = -made.structure.size();
  made.structure = with_interstitials(made.structure, request.interstitials, closest, random);
  made.interstitials += made.structure.size();
  if (request.displacement != 0) made.structure = displaced(made.structure, request.displacement, random);
  if (request.rotation) {
    made.rotation = random_rotation(random);
    made.structure = rotated(std::move(made.structure), *made.rotation);
  }
  return made;
}

std::vector<Variant> variants(const DefectRequest& request) {
  std::vector<Variant> all;
  int64_t frame = 0;
  const auto take = [&](Structure structure) {
    const std::string source = structure.name;
    const Structure crystal = prepared(request, std::move(structure));
    const double closest = closest_of(request, crystal);
    for (int64_t copy = 0; copy < request.copies; ++copy) {
      Random random(mixed_seed({request.seed, static_cast<uint64_t>(frame), static_cast<uint64_t>(copy)}));
      Variant& made = all.emplace_back(variant_of(request, crystal, closest, random));
      made.source = source;
      made.frame = frame;
      made.copy = copy;
    }
    ++frame;
    return true;
  };
  read_structures(request.input, take, limits_of(request.limits).structure);
  return all;
}

/// Whether results go into one file: the output names a format, and is no folder.
bool is_one_file(const std::string& output) {
  if (fs::is_directory(output) || output.ends_with('/')) return false;
  return fs::path(output).has_extension() || fs::path(output).filename().string().starts_with("POSCAR");
}

void write_one_file(const DefectRequest& request, std::vector<Variant>& made) {
  std::vector<Structure> structures;
  for (Variant& variant : made) {
    structures.push_back(variant.structure);
    variant.file = request.output;
  }
  write_structures(request.output, structures);
}

void write_folder(const DefectRequest& request, std::vector<Variant>& made) {
  make_folder(request.output);
  const std::string stem = fs::path(request.input).stem().string();
  for (size_t i = 0; i < made.size(); ++i) {
    const std::string ending = made[i].structure.cell ? ".vasp" : ".xyz";
    made[i].file = (fs::path(request.output) / fmt::format("{}.{}{}", stem, i, ending)).string();
    write_structures(made[i].file, {made[i].structure});
  }
}

Json rows_of(const Matrix3d& matrix) {
  Json rows = Json::array();
  for (int i = 0; i < 3; ++i) rows.push_back({matrix(i, 0), matrix(i, 1), matrix(i, 2)});
  return rows;
}

Json json_of(const Variant& made) {
  return {{"file", made.file},
          {"source", made.source},
          {"frame", made.frame},
          {"copy", made.copy},
          {"atoms", made.structure.size()},
          {"atoms_before", made.pristine},
          {"vacancies", made.vacancies},
          {"substitutions", made.substitutions},
          {"interstitials", made.interstitials},
          {"rotation", made.rotation ? rows_of(*made.rotation) : Json()},
          {"notes", made.structure.notes}};
}

Json recipe_of(const DefectRequest& request) {
  return {{"standard", request.standard},
          {"supercell", request.supercell.empty() ? Json() : Json(request.supercell)},
          {"atoms", request.atoms == 0 ? Json() : Json(request.atoms)},
          {"strain", rows_of(strain_of(request.strain))},
          {"vacancies", request.vacancies},
          {"substitutions", request.substitutions},
          {"interstitials", request.interstitials},
          {"closest", request.closest},
          {"displacement", request.displacement},
          {"rotation", request.rotation},
          {"copies", request.copies},
          {"seed", request.seed}};
}

std::string document_of(const DefectRequest& request, const std::vector<Variant>& made) {
  Json structures = Json::array();
  for (const Variant& variant : made) structures.push_back(json_of(variant));
  const Json document = {{"limpid", kVersion},
                         {"command", request.command},
                         {"input", {{"path", request.input}, {"sha256", sha256_of_file(request.input)}}},
                         {"recipe", recipe_of(request)},
                         {"structures", structures}};
  return json_text(document, 2) + "\n";
}

std::string text_of(const std::vector<Variant>& made) {
  std::string text;
  for (const Variant& one : made)
    text += fmt::format("{}: {} atoms of {} ({} vacancies, {} substitutions, {} interstitials)\n", one.file,
                        one.structure.size(), one.pristine, one.vacancies, one.substitutions, one.interstitials);
  return text;
}

}  // namespace

std::string make_defects(const DefectRequest& request, bool json) {
  check(request);
  const bool one_file = is_one_file(request.output);
  if (one_file) format_for_writing(request.output);  // before anything is computed
  std::vector<Variant> made = variants(request);
  one_file ? write_one_file(request, made) : write_folder(request, made);
  return json ? document_of(request, made) : text_of(made);
}

}  // namespace limpid
