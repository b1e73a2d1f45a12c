// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/clear.h"

#include <ATen/ATen.h>

#include "explain/methods.h"
#include "explain/methods/relevance.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

/// The classes [N, K] that the option names: all, topK, or a list of indices.
Tensor chosen_classes(const Network& network, const Tensor& scores, const std::string& text) {
  const int64_t all = network.classes();
  const auto number = [&](const std::string& digits) {
    if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string::npos)
      refuse("option classes is '", text, "'; expected all, top10, or a list of class indices such as 151,154");
    return std::stoll(digits);
  };
  if (text == "all") return all_classes(network, scores.size(0));
  if (text.rfind("top", 0) == 0) {
    const int64_t count = number(text.substr(3));
    if (count < 1) refuse("option classes is '", text, "'; at least one class is needed");
    const Tensor order = std::get<1>(at::sort(scores.cpu(), true, 1, true));
    return order.narrow(1, 0, std::min<int64_t>(count, all)).contiguous();
  }
  std::vector<int64_t> list;
  std::stringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const int64_t index = number(part);
    if (index >= all)
      refuse("option classes names class ", part, "; the network has ", all, " classes, 0 to ", all - 1);
    if (std::find(list.begin(), list.end(), index) == list.end()) list.push_back(index);
  }
  if (list.empty()) refuse("option classes is empty; expected all, top10, or a list of class indices");
  const auto count = static_cast<int64_t>(list.size());
  return at::tensor(list, at::kLong).expand({scores.size(0), count}).contiguous();
}

ClassResponse response_of(const Subject& subject, const Options& options) {
  const Bounds bounds = input_bounds(subject, options);
  ResponseHow how{.channels = options.is("channels", "sum") ? Channels::kSum : Channels::kEach,
                  .positive = options.is("start", "positive"),
                  .low = bounds.low,
                  .high = bounds.high};
  if (!options.text("head").empty()) how.class_maps = options.is("head", "class-maps");
  return named_response(options.text("response"), subject.network, subject.activations, how);
}

/// "For": the response of each image's first target; "against": the largest of all other classes. `map` has each
/// pixel's two strongest classes, where there are two.
void add_heat_maps(std::vector<Attribution>& all, const Subject& subject, const ClassResponse& response,
                   const Clear& map, const ClearOptions& options) {
  const Tensor target = subject.targets.narrow(1, 0, 1);
  const Tensor own = clear(response, target, {.l2 = options.l2}).level;
  Tensor against = map.level;
  if (map.strongest.size(1) > 1) {
    Shape shape(static_cast<size_t>(map.level.dim()), 1);
    shape[0] = -1;
    const Tensor is_own = map.strongest.select(1, 0) == target.to(map.strongest.options()).reshape(shape);
    against = at::where(is_own, map.strongest_levels.select(1, 1), map.level);
  }
  all.push_back({"for", "", column(target, 0), {}, own});
  all.push_back({"against", "", column(target, 0), {}, against});
}

/// `responses` in chunks, classes ascending; the panel has them in the order in which they were chosen.
void add_panel(std::vector<Attribution>& all, const std::vector<Tensor>& responses, const Tensor& classes) {
  const Tensor maps = at::cat(responses, 1);
  const Tensor place = at::argsort(at::argsort(classes, 1, false), 1, false).to(maps.device());
  for (int64_t k = 0; k < classes.size(1); ++k) {
    std::vector<Tensor> images;
    for (int64_t n = 0; n < classes.size(0); ++n) images.push_back(maps[n].index_select(0, place[n].narrow(0, k, 1)));
    all.push_back({"response", "", column(classes, k), {}, at::cat(images)});
  }
}

std::vector<Attribution> run(const Subject& subject, const Options& options) {
  const ClassResponse response = response_of(subject, options);
  const Tensor classes =
      chosen_classes(subject.network, subject.activations[subject.network.output], options.text("classes"));
  const bool heat_map = options.is("also", "heat-map") || options.is("also", "both");
  const bool panel = options.is("also", "panel") || options.is("also", "both");
  const int64_t kept = std::min<int64_t>(options.integer("strongest", 1), classes.size(1));
  std::vector<Tensor> responses;
  ClearOptions how;
  how.l2 = options.is("channels", "l2");
  how.strongest = heat_map ? std::max<int64_t>(kept, 2) : kept;
  how.chunk = seeds_within(subject.network, subject.activations, subject.memory);
  how.progress = subject.progress;
  if (panel) how.each = [&responses](const Tensor& chunk) { responses.push_back(chunk); };
  const Clear map = clear(response, classes, how);
  std::vector<Attribution> all = {{"class", "", {}, {}, map.dominant}, {"level", "", {}, {}, map.level}};
  all.push_back({"strongest", "", {}, {}, map.strongest.narrow(1, 0, kept)});
  all.push_back({"strongest-levels", "", {}, {}, map.strongest_levels.narrow(1, 0, kept)});
  if (heat_map) add_heat_maps(all, subject, response, map, how);
  if (panel) add_panel(all, responses, classes);
  return all;
}

void check(const Network& network, const Options& options, const std::vector<std::string>&) {
  chosen_classes(network, at::zeros({1, network.classes()}), options.text("classes"));
  if (options.is("head", "class-maps") && !has_class_maps(network))
    refuse("option head is 'class-maps', and this network has none; logits works");
}

std::vector<std::string> notes(const Network& network, const Options& options, const std::vector<std::string>&) {
  const std::string& classes = options.text("classes");
  const bool top = classes.rfind("top", 0) == 0;
  if (!top || std::stoll(classes.substr(3)) <= network.classes()) return {};
  return {"classes is " + classes + ", which is all " + std::to_string(network.classes()) + " classes of the network"};
}

std::vector<OptionSpec> clear_options() {
  std::vector<OptionSpec> all = {
      {"response", "linear", "how a class is carried back to the input", response_names()},
      {"classes", "all", "the classes compared: all, topK, or a list of indices", {}},
      {"head",
       "",
       "where the signal starts; empty: class-maps where the network has them",
       {"class-maps", "logits", ""}},
      {"start",
       "plain",
       "class maps as they are, or only their positive part: the rest is evidence against the class",
       {"plain", "positive"}},
      {"channels", "sum", "how the input's channels become one response", {"sum", "l2"}},
      {"also",
       "none",
       "companions: for/against heat map, a panel of every class",
       {"none", "heat-map", "panel", "both"}},
      {"strongest", "5", "classes kept for every pixel, for the report", {}, OptionType::whole, 1}};
  for (OptionSpec& bound : bound_options()) all.push_back(std::move(bound));  // for relevance
  return all;
}

}  // namespace

const Method clear_method = {
    "clear",
    "for every pixel the class that dominates it and how strongly",
    "kumar2017",
    "a convolution; class maps need one kernel a class, or global averaging before a dense head",
    clear_options(),
    needs_maps,
    run,
    check,
    notes};

}  // namespace limpid
