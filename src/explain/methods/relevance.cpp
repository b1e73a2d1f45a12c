// SPDX-License-Identifier: Apache-2.0
#include "explain/methods/relevance.h"

#include <ATen/ATen.h>

#include <charconv>

#include "limpid/core/error.h"

namespace limpid {
namespace {

std::vector<double> numbers(const Options& options, const char* name) {
  const std::string& text = options.text(name);
  std::vector<double> values;
  for (const char *at = text.data(), *end = at + text.size();;) {
    double value = 0;
    const auto [next, status] = std::from_chars(at, end, value);
    if (status != std::errc() || !std::isfinite(value) || (next != end && *next != ','))
      refuse("option ", name, " is '", text, "'; expected a number, one a channel (-2.1,-2,-1.8), auto or none");
    values.push_back(value);
    if (next == end) return values;
    at = next + 1;
  }
}

Tensor bound(const Subject& subject, const Options& options, const char* name, const Tensor& known) {
  if (options.is(name, "auto")) return known;
  if (options.is(name, "none")) return {};
  const std::vector<double> values = numbers(options, name);
  const Tensor list = at::tensor(values, at::kDouble);
  if (values.size() == 1) return list.squeeze(0);
  const Shape& shape = subject.network.input_shape();
  if (static_cast<int64_t>(values.size()) != shape[0])
    refuse("option ", name, " has ", values.size(), " numbers; the input has ", shape[0], " channels");
  Shape per_channel(shape.size(), 1);
  per_channel[0] = shape[0];
  return list.reshape(per_channel);
}

std::vector<double> numbers_in(const Tensor& numbers) {
  const Tensor list = numbers.to(at::kCPU, at::kDouble).contiguous();
  return {list.data_ptr<double>(), list.data_ptr<double>() + list.numel()};
}

}  // namespace

Bounds input_bounds(const Subject& subject, const Options& options) {
  const Bounds bounds{bound(subject, options, "low", subject.low), bound(subject, options, "high", subject.high)};
  if (bounds.low.defined() != bounds.high.defined()) refuse("only one of low and high is set; set both or neither");
  if (bounds.low.defined() && !at::all(bounds.low.cpu() < bounds.high.cpu()).item<bool>())
    refuse("low is '", options.text("low"), "' and high is '", options.text("high"), "'; low must be below high");
  return bounds;
}

std::vector<OptionSpec> bound_options() {
  return {{"low",
           "auto",
           "least value of the network's input, or one a channel; auto: from the preprocessing; none",
           {"auto", "none"},
           OptionType::numbers},
          {"high", "auto", "largest value of the network's input, likewise", {"auto", "none"}, OptionType::numbers}};
}

Tensor target_scores(const Subject& subject) {
  const Tensor& scores = subject.activations[subject.network.output];
  return scores.gather(1, subject.targets.to(scores.device()));
}

std::vector<Attribution> relevance(const Subject& subject, const Composite& composite, const Tensor& start) {
  const Tensor values = walk_targets(subject, composite, 0, start);
  std::vector<Attribution> attributions = per_target(subject, values);
  for (size_t t = 0; t < attributions.size(); ++t) {
    const auto index = static_cast<int64_t>(t);
    const Tensor sums = attributions[t].values.flatten(1).sum(1, false, at::kDouble);  // a copy of one class's maps
    attributions[t].facts = {{"start", numbers_in(start.select(1, index))},
                             {"conservation_gap", numbers_in(start.select(1, index).to(at::kDouble) - sums)}};
  }
  return attributions;
}

}  // namespace limpid
