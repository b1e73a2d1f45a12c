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

/// `words` are what may be said besides an index and a name.
[[noreturn]] void refuse_unknown(const std::string& wanted, const std::vector<std::string>& labels,
                                 const std::string& words) {
  if (is_other_number(wanted))
    refuse("there is no class ", wanted, "; the network has ", labels.size(), " classes, 0 to ", labels.size() - 1);
  const std::string near = nearest(wanted, labels);
  refuse("no class is called '", wanted, "'; ", near.empty() ? "" : "did you mean '" + near + "'? ", "a target is ",
         words, "an index from 0 to ", labels.size() - 1, ", or a class name");
}

int64_t index_of(const std::string& wanted, const std::vector<std::string>& labels, const std::string& words) {
  if (is_number(wanted)) {
    const int64_t index = std::stoll(wanted);
    if (index >= static_cast<int64_t>(labels.size()))
      refuse("there is no class ", index, "; the network has ", labels.size(), " classes, 0 to ", labels.size() - 1);
    return index;
  }
  const std::vector<int64_t> found = classes_called(wanted, labels);
  if (found.size() > 1) refuse_many(wanted, found, labels);
  if (found.empty()) refuse_unknown(wanted, labels, words);
  return found.front();
}

bool is_class(const std::string& word, const std::vector<std::string>& labels) {
  return std::find(labels.begin(), labels.end(), word) != labels.end();
}

/// The words of a list; the name of a class may hold commas itself.
std::vector<std::string> words_of(const std::string& wanted, const std::vector<std::string>& labels) {
  std::vector<std::string> words = is_class(wanted, labels) ? std::vector{wanted} : split(wanted, ',');
  if (words.empty()) refuse("the target is empty; it is top1, topK, all, an index, a class name, or a list of these");
  return words;
}

bool is_top(const std::string& word) { return word.rfind("top", 0) == 0 && is_number(word.substr(3)); }

/// The classes [N, k] of one word of the list.
Tensor classes_of(const std::string& word, const std::vector<std::string>& labels, const Tensor& logits) {
  const int64_t images = logits.size(0), all = logits.size(1);
  const bool named = is_class(word, labels);
  if (word == "all" && !named) return at::arange(all, at::kLong).expand({images, all});
  if (is_top(word) && !named) {
    const int64_t count = std::stoll(word.substr(3));
    if (count < 1) refuse("the target is '", word, "'; at least one class must be explained");
    const Tensor order = std::get<1>(at::sort(logits.cpu(), true, 1, true));
    return order.narrow(1, 0, std::min(count, all));
  }
  return at::full({images, 1}, index_of(word, labels, "top1, topK, all, "), at::kLong);
}

}  // namespace

int64_t class_index(const std::string& wanted, const std::vector<std::string>& labels) {
  return index_of(wanted, labels, "");
}

std::vector<std::string> cut_targets(const std::string& wanted, const std::vector<std::string>& labels) {
  std::vector<std::string> cut;
  for (const std::string& word : words_of(wanted, labels))
    if (is_top(word) && !is_class(word, labels) && std::stoll(word.substr(3)) > static_cast<int64_t>(labels.size()))
      cut.push_back(word);
  return cut;
}

std::vector<int64_t> named_classes(const std::string& wanted, const std::vector<std::string>& labels) {
  std::vector<int64_t> classes;
  for (const std::string& word : words_of(wanted, labels)) {
    const bool named = is_class(word, labels);
    if (is_top(word) && !named)
      refuse("the class asked for is '", word,
             "', which depends on the input; expected classes by name or index, or all");
    if (word == "all" && !named)
      for (size_t i = 0; i < labels.size(); ++i) classes.push_back(static_cast<int64_t>(i));
    else
      classes.push_back(index_of(word, labels, "all, "));
  }
  return classes;
}

Tensor resolve_targets(const std::string& wanted, const std::vector<std::string>& labels, const Tensor& logits) {
  std::vector<Tensor> parts;
  for (const std::string& word : words_of(wanted, labels)) parts.push_back(classes_of(word, labels, logits));
  return at::cat(parts, 1).contiguous();
}

}  // namespace limpid
