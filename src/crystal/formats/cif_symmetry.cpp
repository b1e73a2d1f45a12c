// SPDX-License-Identifier: Apache-2.0
#include "crystal/formats/cif_symmetry.h"

#include <gemmi/symmetry.hpp>

#include "crystal/formats/text.h"

namespace limpid {
namespace {

constexpr int kMostOperations = 2000;  // of a cell: 192, times the cells of a large one

constexpr const char* kListed[] = {"_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz",
                                   "_space_group_symop.operation_xyz"};
constexpr const char* kHall[] = {"_space_group_name_hall", "_symmetry_space_group_name_hall"};
constexpr const char* kNames[] = {"_space_group_name_h-m_alt", "_symmetry_space_group_name_h-m",
                                  "_space_group_name_h-m", "_space_group.name_h-m_alt"};
constexpr const char* kNumbers[] = {"_space_group_it_number", "_symmetry_int_tables_number", "_space_group.it_number"};

std::vector<SymmetryOperation> listed(const CifBlock& block, const char* tag) {
  std::vector<SymmetryOperation> operations;
  for (const std::string* const value : block.column(tag)) {
    const std::optional<SymmetryOperation> operation = parse_operation(*value);
    if (!operation)
      fail(block.place(tag), ": ", shown(*value),
           " is no symmetry operation; expected one such as 'x,y,z' or '-y,x-y,z+1/3'");
    operations.push_back(*operation);
    if (operations.size() > kMostOperations)
      fail(block.place(tag), ": more than ", kMostOperations, " symmetry operations, which is the limit");
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

double angle(const CifBlock& block, const char* tag) { return number_of(block.value(tag)).value_or(90); }

const gemmi::SpaceGroup* with_name(const CifBlock& block, const std::string& name) {
  return gemmi::find_spacegroup_by_name(name, angle(block, "_cell_angle_alpha"), angle(block, "_cell_angle_gamma"));
}

const gemmi::SpaceGroup* with_number(const CifBlock& block, const std::string& text) {
  const std::optional<int64_t> number = integer_of(text);
  if (!number || *number < 1 || *number > 230) return nullptr;
  const gemmi::SpaceGroup* const group = gemmi::find_spacegroup_by_number(static_cast<int>(*number));
  return group ? with_name(block, group->hm) : nullptr;
}

/// The first way to name a group that is used; throws where that names none.
template <size_t count, class Find>
const gemmi::SpaceGroup* group_of(const CifBlock& block, const char* const (&tags)[count], const Find& find) {
  for (const char* const tag : tags) {
    const std::string value = block.value(tag);
    if (value.empty()) continue;
    if (const gemmi::SpaceGroup* const group = find(value)) return group;
    fail(block.place(tag), ": ", shown(value), " is no space group that is known; a list of ", kListed[0], " would do");
  }
  return nullptr;
}

}  // namespace

std::vector<SymmetryOperation> operations_of(const CifBlock& block, std::vector<std::string>& notes) {
  for (const char* const tag : kListed)
    if (std::vector<SymmetryOperation> operations = listed(block, tag); !operations.empty()) return operations;
  const gemmi::SpaceGroup* group = group_of(block, kHall, with_hall);
  const auto named = [&](const std::string& name) { return with_name(block, name); };
  const auto numbered = [&](const std::string& text) { return with_number(block, text); };
  const bool exact = group != nullptr;  // a Hall symbol tells the origin
  if (!group) group = group_of(block, kNames, named);
  if (!group) group = group_of(block, kNumbers, numbered);
  if (!group) {
    notes.push_back("the CIF tells no symmetry: only the atoms that it lists are taken");
    return {SymmetryOperation{}};
  }
  if (!exact && group->ext == '1')
    notes.push_back("the CIF does not list the operations of " + std::string(group->hm) + ": origin choice 1 is taken");
  return of_group(*group);
}

}  // namespace limpid
