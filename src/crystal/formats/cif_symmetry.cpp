// SPDX-License-Identifier: Apache-2.0
#include <Eigen/LU>

#include <gemmi/numb.hpp>
#include <gemmi/symmetry.hpp>

#include "crystal/formats/cif.h"
#include "crystal/formats/text.h"

namespace limpid {
namespace {

using gemmi::cif::as_string;
using gemmi::cif::Block;

constexpr int kMostOperations = 2000;  // of a cell: 192, times the cells of a large one

constexpr const char* kListed[] = {"_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz",
                                   "_space_group_symop.operation_xyz"};
constexpr const char* kHall[] = {"_space_group_name_Hall", "_symmetry_space_group_name_Hall"};
constexpr const char* kNames[] = {"_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M",
                                  "_space_group_name_H-M", "_space_group.name_H-M_alt"};
constexpr const char* kNumbers[] = {"_space_group_IT_number", "_symmetry_Int_Tables_number", "_space_group.IT_number"};

std::string value_of(const Block& block, const char* tag) {
  const std::string* const value = block.find_value(tag);
  return value && !gemmi::cif::is_null(*value) ? as_string(*value) : "";
}

std::vector<SymmetryOperation> listed(Block& block, const std::string& file, const char* tag) {
  std::vector<SymmetryOperation> operations;
  for (const std::string& value : block.find_values(tag)) {
    const std::optional<SymmetryOperation> operation = parse_operation(as_string(value));
    if (!operation)
      fail(place_of(block, file, tag), ": ", shown(as_string(value)),
           " is no symmetry operation; expected one such as 'x,y,z' or '-y,x-y,z+1/3'");
    operations.push_back(*operation);
    if (operations.size() > kMostOperations)
      fail(place_of(block, file, tag), ": more than ", kMostOperations, " symmetry operations, which is the limit");
  }
  return operations;
}

std::vector<SymmetryOperation> of_group(const gemmi::SpaceGroup& group) {
  std::vector<SymmetryOperation> operations;
  for (const gemmi::Op& op : group.operations()) {
    SymmetryOperation& operation = operations.emplace_back();
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 3; ++j)
        operation.rotation(i, j) = op.rot[static_cast<size_t>(i)][static_cast<size_t>(j)] / double{gemmi::Op::DEN};
      operation.translation[i] = op.tran[static_cast<size_t>(i)] / double{gemmi::Op::DEN};
    }
  }
  return operations;
}

const gemmi::SpaceGroup* with_hall(const std::string& name) {
  const auto plain = [](std::string text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '_'; });
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  };
  for (const gemmi::SpaceGroup& group : gemmi::spacegroup_tables::main)
    if (plain(group.hall) == plain(name)) return &group;
  return nullptr;
}

double angle(const Block& block, const char* tag) {
  const std::string* const value = block.find_value(tag);
  return value ? gemmi::cif::as_number(*value, 90) : 90;
}

const gemmi::SpaceGroup* with_name(const Block& block, const std::string& name) {
  return gemmi::find_spacegroup_by_name(name, angle(block, "_cell_angle_alpha"), angle(block, "_cell_angle_gamma"));
}

const gemmi::SpaceGroup* with_number(const Block& block, const std::string& text) {
  const std::optional<int64_t> number = integer_of(text);
  if (!number || *number < 1 || *number > 230) return nullptr;
  const gemmi::SpaceGroup* const group = gemmi::find_spacegroup_by_number(static_cast<int>(*number));
  return group ? with_name(block, group->hm) : nullptr;
}

/// The first way to name a group that is used; throws where that names none.
template <size_t count, class Find>
const gemmi::SpaceGroup* group_of(Block& block, const std::string& file, const char* const (&tags)[count],
                                  const Find& find) {
  for (const char* const tag : tags) {
    const std::string value = value_of(block, tag);
    if (value.empty()) continue;
    if (const gemmi::SpaceGroup* const group = find(value)) return group;
    fail(place_of(block, file, tag), ": ", shown(value), " is no space group that is known; a list of ", kListed[0],
         " would do");
  }
  return nullptr;
}

}  // namespace

std::string place_of(Block& block, const std::string& file, const std::string& tag) {
  const gemmi::cif::Item* item = block.find_loop_item(tag);
  if (!item) item = block.find_pair_item(tag);
  return "'" + file + "'" + (item ? ", line " + std::to_string(item->line_number) : " in data_" + block.name);
}

std::vector<SymmetryOperation> operations_of(Block& block, const std::string& file, std::vector<std::string>& notes) {
  for (const char* const tag : kListed)
    if (std::vector<SymmetryOperation> operations = listed(block, file, tag); !operations.empty()) return operations;
  if (const auto* const group = group_of(block, file, kHall, with_hall)) return of_group(*group);
  const gemmi::SpaceGroup* group =
      group_of(block, file, kNames, [&](const std::string& name) { return with_name(block, name); });
  if (!group)
    group = group_of(block, file, kNumbers, [&](const std::string& text) { return with_number(block, text); });
  if (!group) {
    notes.push_back("the CIF tells no symmetry: only the atoms that it lists are taken");
    return {SymmetryOperation{}};
  }
  if (group->ext == '1')
    notes.push_back("the CIF does not list the operations of " + std::string(group->hm) + ": origin choice 1 is taken");
  return of_group(*group);
}

}  // namespace limpid
