// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "limpid/data/unlabelled.h"
#include "limpid/data/wrapping.h"
#include "pipeline/concepts/attributes.h"
#include "pipeline/scoring.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kLeastAttributeExemplars = 3;

DatasetLimits data_limits(const Model& model) {
  DatasetLimits limits;
  limits.input = model.limits.input;
  return limits;
}

/// The numbers of the wanted names, all where none is.
std::vector<int64_t> numbers_of_names(const std::vector<std::string>& wanted, const std::vector<std::string>& names) {
  std::vector<int64_t> numbers;
  for (size_t i = 0; i < (wanted.empty() ? names : wanted).size(); ++i) {
    const std::string& name = wanted.empty() ? names[i] : wanted[i];
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) refuse_name("attribute", name, names);
    const int64_t number = found - names.begin();
    if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) numbers.push_back(number);
  }
  return numbers;
}

bool has_masks(const fs::path& data) {
  std::error_code status;
  return fs::is_directory(data / "images", status) && fs::is_directory(data / "masks", status);
}

/// The inputs of a set of marked pictures, all of the class.
AttributeInputs marked_inputs(const AttributesRequest& request, const Model& model, AttributeExemplars& exemplars) {
  const ConceptSet set = open_concepts(request.data, data_limits(model));
  const std::vector<int64_t> numbers =
      numbers_of_names(exemplars.names.empty() ? request.only : exemplars.names, set.concepts);
  if (exemplars.names.empty())
    for (const int64_t number : numbers) exemplars.names.push_back(set.concepts[static_cast<size_t>(number)]);
  const std::vector<int64_t> chosen = evenly(set.size(), request.inputs);
  AttributeInputs data{subset(set.pictures, chosen), set.pictures};
  data.masks = [masks = set.masks, read = set.pictures.read, numbers, chosen](int64_t index) {
    const int64_t own = chosen[static_cast<size_t>(index)];
    const std::vector<ConceptMask> there = masks(own);
    const Shape shape = there.empty() ? read(own, 0).sizes().vec() : Shape{};
    Tensor all =
        there.empty()
            ? at::zeros({static_cast<int64_t>(numbers.size()), shape[1], shape[2]}, at::kByte)
            : at::zeros({static_cast<int64_t>(numbers.size()), there.front().mask.size(0), there.front().mask.size(1)},
                        at::kByte);
    for (size_t a = 0; a < numbers.size(); ++a)
      for (const ConceptMask& one : there)
        if (one.concept_index == numbers[a]) all[static_cast<int64_t>(a)].copy_(one.mask);
    return all;
  };
  return data;
}

}  // namespace

std::vector<int64_t> evenly(int64_t count, int64_t most) {
  const int64_t kept = most > 0 ? std::min(count, most) : count;
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < kept; ++i) numbers.push_back(i * count / kept);
  return numbers;
}

AttributeExemplars attribute_exemplars(const AttributesRequest& request, const Model& model) {
  AttributeExemplars found;
  if (request.attributes.empty()) return found;
  found.set = open_concepts(request.attributes, data_limits(model));
  found.numbers = numbers_of_names(request.only, found.set->concepts);
  for (const int64_t number : found.numbers) {
    const std::string& name = found.set->concepts[static_cast<size_t>(number)];
    const auto& of = found.set->concepts_of;
    const int64_t count = std::count_if(of.begin(), of.end(), [&](const std::vector<int64_t>& shown) {
      return std::find(shown.begin(), shown.end(), number) != shown.end();
    });
    if (count < kLeastAttributeExemplars)
      fail("the attribute '", name, "' in '", request.attributes, "' has ", count,
           count == 1 ? " exemplar" : " exemplars", "; expected at least ", kLeastAttributeExemplars);
    found.names.push_back(name);
    found.counts.push_back(count);
  }
  return found;
}

AttributeInputs attribute_inputs(const AttributesRequest& request, const Model& model, int64_t target,
                                 AttributeExemplars& exemplars) {
  const bool marked = has_masks(request.data);
  if (request.segments == "masks" && !marked)
    fail("'", request.data, "' has no folders images and masks; expected masks/<attribute>/<picture>.png there");
  if (request.segments == "masks" || (request.segments == "auto" && marked))
    return marked_inputs(request, model, exemplars);
  if (!exemplars.set)
    refuse("no attributes are asked for; expected --attributes with exemplars of each, or data with masks of them");
  const Dataset all = marked ? open_concepts(request.data, data_limits(model)).pictures
                             : open_inputs(request.data, part_named(request.part), data_limits(model));
  const Dataset known = all.classes.empty() ? all : aligned(all, model.labels);
  std::vector<int64_t> chosen;
  for (int64_t i = 0; i < known.size(); ++i)
    if (known.classes.empty() || known[i].label == target) chosen.push_back(i);
  if (chosen.empty())
    fail("'", request.data, "' has no input of the class '", model.labels[static_cast<size_t>(target)], "'");
  std::vector<int64_t> kept;
  for (const int64_t i : evenly(static_cast<int64_t>(chosen.size()), request.inputs))
    kept.push_back(chosen[static_cast<size_t>(i)]);
  return {subset(known, kept),
          request.random.empty() ? known : open_inputs(request.random, Part::all, data_limits(model))};
}

}  // namespace limpid
