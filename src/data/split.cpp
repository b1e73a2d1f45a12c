// SPDX-License-Identifier: Apache-2.0
// Splits that keep groups whole and classes in proportion.
#include <map>

#include "limpid/core/error.h"
#include "limpid/core/random.h"
#include "limpid/data/wrapping.h"

namespace limpid {
namespace {

using Counts = std::vector<double>;  // a class each

/// Examples that must stay together.
struct Group {
  std::vector<int64_t> indices;
  std::vector<size_t> labels;
};

/// Groups in random order, large ones first: what is left to choose at the end is small.
std::vector<Group> groups_of(const Dataset& data, uint64_t seed) {
  std::map<std::string, size_t> places;
  std::vector<Group> groups;
  for (int64_t i = 0; i < data.size(); ++i) {
    const std::string& name = data[i].group;
    const auto [found, fresh] = name.empty() ? std::pair(places.end(), true) : places.try_emplace(name, groups.size());
    if (fresh) groups.emplace_back();
    Group& group = found == places.end() ? groups.back() : groups[found->second];
    group.indices.push_back(i);
    group.labels.push_back(static_cast<size_t>(data[i].label));
  }
  Random(seed).shuffle(groups);
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) { return a.indices.size() > b.indices.size(); });
  return groups;
}

/// How much nearer to what is wanted a side comes when a group joins it.
double gain(const Group& group, const Counts& wanted) {
  std::map<size_t, double> counts;
  for (const size_t label : group.labels) ++counts[label];
  double sum = 0;
  for (const auto& [label, count] : counts) sum += std::abs(wanted[label]) - std::abs(wanted[label] - count);
  return sum;
}

void join(const Group& group, Counts& wanted) {
  for (const size_t label : group.labels) --wanted[label];
}

Split parted(const Dataset& data, const std::vector<bool>& held) {
  std::vector<int64_t> sides[2];
  for (int64_t i = 0; i < data.size(); ++i) sides[held[static_cast<size_t>(i)]].push_back(i);
  return {subset(data, sides[0]), subset(data, sides[1])};
}

}  // namespace

Split split(const Dataset& data, double share, uint64_t seed) {
  if (!(share > 0 && share < 1)) refuse("the share to hold out is ", share, "; expected one between 0 and 1");
  Counts wanted;
  for (const int64_t count : class_counts(data)) wanted.push_back(share * static_cast<double>(count));
  std::vector<bool> held(data.examples.size(), false);
  for (const Group& group : groups_of(data, seed)) {
    if (gain(group, wanted) <= 0) continue;
    join(group, wanted);
    for (const int64_t index : group.indices) held[static_cast<size_t>(index)] = true;
  }
  Split sides = parted(data, held);
  if (sides.rest.size() == 0 || sides.held_out.size() == 0)
    fail("holding out ", share, " of ", data.size(),
         " examples leaves one side empty; more examples, or smaller groups, "
         "can be split");
  return sides;
}

Dataset with_folds(const Dataset& data, int64_t count, uint64_t seed) {
  if (count < 2 || count > data.size()) refuse("the number of folds is ", count, "; expected 2 to ", data.size());
  Counts each;
  for (const int64_t examples : class_counts(data))
    each.push_back(static_cast<double>(examples) / static_cast<double>(count));
  std::vector<Counts> wanted(static_cast<size_t>(count), each);
  Dataset result = data;
  for (const Group& group : groups_of(data, seed)) {
    const auto best = std::max_element(wanted.begin(), wanted.end(), [&](const Counts& a, const Counts& b) {
      return gain(group, a) < gain(group, b);
    });
    join(group, *best);
    for (const int64_t index : group.indices) result.examples[static_cast<size_t>(index)].fold = best - wanted.begin();
  }
  return result;
}

Split split_fold(const Dataset& data, int64_t fold) {
  std::map<std::string, bool> side_of;
  std::vector<bool> held;
  for (const Example& example : data.examples) {
    held.push_back(example.fold == fold);
    const bool side =
        example.group.empty() || side_of.try_emplace(example.group, held.back()).first->second == held.back();
    if (!side)
      fail("the group '", example.group, "' stands in fold ", fold, " and in others; a group must have one fold");
  }
  Split sides = parted(data, held);
  if (sides.rest.size() == 0 || sides.held_out.size() == 0)
    fail("fold ", fold, " has ", sides.held_out.size(), " of ", data.size(), " examples; expected some and not all");
  return sides;
}

Dataset only_fold(const Dataset& data, int64_t fold) {
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < data.size(); ++i)
    if (data.examples[static_cast<size_t>(i)].fold == fold) indices.push_back(i);
  if (indices.empty()) fail("fold ", fold, " has none of the ", data.size(), " examples");
  return subset(data, indices);
}

}  // namespace limpid
