// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/targets.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// The classes whose name `fits`.
template <class Fits>
std::vector<int64_t> classes_where(const std::vector<std::string>& labels, const Fits& fits) {
  std::vector<int64_t> found;
  for (size_t i = 0; i < labels.size(); ++i)
    if (fits(labels[i])) found.push_back(static_cast<int64_t>(i));
  return found;
}

std::vector<int64_t> classes_called(const std::string& wanted, const std::vector<std::string>& labels) {
  const std::string low = lower(wanted);
  auto found = classes_where(labels, [&](const std::string& label) { return label == wanted; });
  if (found.empty()) found = classes_where(labels, [&](const std::string& label) { return lower(label) == low; });
  if (found.empty() && !wanted.empty())
    found =
        classes_where(labels, [&](const std::string& label) { return lower(label).find(low) != std::string::npos; });
  return found;
}

[[noreturn]] void refuse_many(const std::string& wanted, const std::vector<int64_t>& found,
                              const std::vector<std::string>& labels) {
  std::string list;
  for (size_t i = 0; i < std::min<size_t>(found.size(), 8); ++i)
    list += (i ? ", " : "") + std::to_string(found[i]) + " (" + labels[static_cast<size_t>(found[i])] + ")";
  refuse("'", wanted, "' is the name of ", found.size(), " classes: ", list, found.size() > 8 ? ", …" : "",
         "; give the index of one");
}

/// Whether a text is a number, if not one that an index can be: -1, 1.5, 99999999999.
bool is_other_number(const std::string& text) {
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0';
}

[[noreturn]] void refuse_unknown(const std::string& wanted, const std::vector<std::string>& labels) {
  if (is_other_number(wanted))
    refuse("there is no class ", wanted, "; the network has ", labels.size(), " classes, 0 to ", labels.size() - 1);
  const std::string near = nearest(wanted, labels);
  refuse("no class is called '", wanted, "'; ", near.empty() ? "" : "did you mean '" + near + "'? ",
         "a target is top1, topK, all, an index from 0 to ", labels.size() - 1, ", or a class name");
}

bool is_top(const std::string& word) { return word.rfind("top", 0) == 0 && is_number(word.substr(3)); }

/// The classes [N, k] of one word of the list.
Tensor classes_of(const std::string& word, const std::vector<std::string>& labels, const Tensor& logits) {
  const int64_t images = logits.size(0), all = logits.size(1);
  const bool named = !classes_where(labels, [&](const std::string& label) { return label == word; }).empty();
  if (word == "all" && !named) return at::arange(all, at::kLong).expand({images, all});
  if (is_top(word) && !named) {
    const int64_t count = std::stoll(word.substr(3));
    if (count < 1) refuse("the target is '", word, "'; at least one class must be explained");
    const Tensor order = std::get<1>(at::sort(logits.cpu(), true, 1, true));
    return order.narrow(1, 0, std::min(count, all));
  }
  return at::full({images, 1}, class_index(word, labels), at::kLong);
}

}  // namespace

int64_t class_index(const std::string& wanted, const std::vector<std::string>& labels) {
  if (is_number(wanted)) {
    const int64_t index = std::stoll(wanted);
    if (index >= static_cast<int64_t>(labels.size()))
      refuse("there is no class ", index, "; the network has ", labels.size(), " classes, 0 to ", labels.size() - 1);
    return index;
  }
  const std::vector<int64_t> found = classes_called(wanted, labels);
  if (found.size() > 1) refuse_many(wanted, found, labels);
  if (found.empty()) refuse_unknown(wanted, labels);
  return found.front();
}

std::vector<std::string> cut_targets(const std::string& wanted, const std::vector<std::string>& labels) {
  std::vector<std::string> cut;
  for (const std::string& word : split(wanted, ','))
    if (is_top(word) && std::stoll(word.substr(3)) > static_cast<int64_t>(labels.size())) cut.push_back(word);
  return cut;
}

std::vector<int64_t> named_classes(const std::string& wanted, const std::vector<std::string>& labels) {
  const auto is_class = [&](const std::string& text) {
    return std::find(labels.begin(), labels.end(), text) != labels.end();
  };
  for (const std::string& word : split(wanted, ','))
    if (is_top(word) && !is_class(word) && !is_class(wanted))
      refuse("the class asked for is '", word,
             "', which depends on the input; expected classes by name or index, or all");
  const Tensor found = resolve_targets(wanted, labels, at::zeros({1, static_cast<int64_t>(labels.size())}));
  return {found.data_ptr<int64_t>(), found.data_ptr<int64_t>() + found.numel()};
}

Tensor resolve_targets(const std::string& wanted, const std::vector<std::string>& labels, const Tensor& logits) {
  // A class name may hold commas itself.
  if (!classes_where(labels, [&](const std::string& label) { return label == wanted; }).empty())
    return classes_of(wanted, labels, logits).contiguous();
  std::vector<Tensor> parts;
  for (const std::string& word : split(wanted, ',')) parts.push_back(classes_of(word, labels, logits));
  if (parts.empty()) refuse("the target is empty; it is top1, topK, all, an index, a class name, or a list of these");
  return at::cat(parts, 1).contiguous();
}

}  // namespace limpid
