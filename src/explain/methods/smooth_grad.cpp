// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "explain/methods.h"
#include "explain/methods/common.h"
#include "limpid/core/error.h"
#include "limpid/core/lookup.h"

namespace limpid {
namespace {

/// The standard deviation for each image: a share of its range.
Tensor deviations(const Tensor& x, double noise) {
  const Tensor flat = x.flatten(1);
  Shape shape(static_cast<size_t>(x.dim()), 1);
  shape[0] = x.size(0);
  return ((flat.amax(1) - flat.amin(1)) * noise).reshape(shape);
}

bool can_be_averaged(const Method& method) {
  return method.name != "smooth-grad" && method.name != "clear" && method.name != "arm";
}

template <class Suits>
std::vector<std::string> averageable(const Suits& suits) {
  std::vector<std::string> names;
  for (const Method& other : methods())
    if (can_be_averaged(other) && suits(other)) names.push_back(other.name);
  return names;
}

const Method& averaged_method(const Network& network, const std::string& name) {
  const Method& inner = method(name);
  if (!can_be_averaged(inner))
    refuse("smooth-grad averages maps of one kind, the same in every noisy copy, which '", name,
           "' does not give; of may be: ", listed(averageable([](const Method&) { return true; })));
  if (const auto reason = inner.refusal(network))
    refuse("smooth-grad cannot average method '", name, "' for this network: ", *reason, "; it needs ", inner.needs);
  return inner;
}

/// "option=value,option=value"; a part without = goes on with the value before it, as in low=-2,-1.8,-1.7.
std::map<std::string, std::string> settings_of(const std::string& text) {
  std::map<std::string, std::string> settings;
  std::string* value = nullptr;
  std::stringstream list(text);
  for (std::string part; std::getline(list, part, ',');) {
    const size_t equals = part.find('=');
    if (equals != std::string::npos) {
      value = &settings[part.substr(0, equals)];
      *value = part.substr(equals + 1);
    } else if (value) {
      *value += "," + part;
    } else {
      refuse("option with is '", text, "'; expected option=value, with commas between several");
    }
  }
  return settings;
}

/// How many noisy copies of the batch fit half of the memory with all of their activations.
int64_t copies_within(const Subject& subject, int64_t samples) {
  int64_t numbers = 0;
  for (const Node& node : subject.network.nodes) {
    int64_t size = 1;
    for (const int64_t side : node.shape) size *= side;
    numbers += size;
  }
  const auto bytes = numbers * subject.images() * static_cast<int64_t>(subject.input().element_size());
  return std::clamp<int64_t>(subject.memory / 2 / std::max<int64_t>(bytes, 1), 1, samples);
}

/// Copies number first, first + 1, … of the batch, one behind the other: [copies·N, …].
Tensor noisy(const Subject& subject, const Tensor& deviation, int64_t first, int64_t copies) {
  const Tensor& x = subject.input();
  std::vector<Tensor> all;
  for (int64_t sample = first; sample < first + copies; ++sample) {
    // One noise for all images: an image's map does not depend on the batch that it came in.
    const Tensor noise = normal_noise(x.sizes().slice(1), subject.seed * 1'000'003 + static_cast<uint64_t>(sample));
    all.push_back(x + noise.to(x.options()) * deviation);
  }
  return at::cat(all);
}

/// Adds the maps of a class in `parts`, and the numbers that come with them, over the copies of the N images.
void add_copies(std::vector<Attribution>& sum, std::vector<Attribution> parts, size_t images) {
  const bool begins = sum.empty();
  size_t next = 0;
  for (Attribution& part : parts) {
    if (part.kind != "attribution" && part.kind != "coarse") continue;
    part.values = part.values.unflatten(0, {-1, static_cast<int64_t>(images)}).sum(0);
    part.target.resize(images);
    for (auto& [name, list] : part.facts) {
      for (size_t i = images; i < list.size(); ++i) list[i % images] += list[i];
      list.resize(images);
    }
    if (begins) {
      sum.push_back(std::move(part));
      continue;
    }
    Attribution& whole = sum[next++];
    whole.values = whole.values + part.values;
    for (auto& [name, list] : whole.facts)
      for (size_t i = 0; i < images; ++i) list[i] += part.facts.at(name)[i];
  }
}

/// The options of the method that is averaged.
Options options_within(const Method& inner, const Options& options) {
  const std::string& with = options.text("with");
  if (inner.options.empty() && !with.empty())
    refuse("option with is '", with, "', and the averaged method '", inner.name,
           "' has none; methods with options are: ",
           listed(averageable([](const Method& other) { return !other.options.empty(); })));
  try {
    return {inner.options, settings_of(with)};
  } catch (const UsageError& error) {
    refuse("option with is '", with, "', for the averaged method '", inner.name, "': ", error.what());
  }
}

void check(const Network& network, const Options& options, const std::vector<std::string>& layers) {
  const Method& inner = averaged_method(network, options.text("of"));
  const Options inner_options = options_within(inner, options);
  if (inner.check) inner.check(network, inner_options, layers);
}

std::vector<Attribution> run(const Subject& subject, const Options& options) {
  const Method& inner = averaged_method(subject.network, options.text("of"));
  const Options inner_options = options_within(inner, options);
  const int64_t samples = options.integer("samples", 1);
  const int64_t at_once = copies_within(subject, samples);
  const Tensor deviation = deviations(subject.input(), options.number("noise"));
  std::vector<Attribution> mean;
  for (int64_t first = 0; first < samples; first += at_once) {
    const int64_t copies = std::min(at_once, samples - first);
    const Activations activations = forward(subject.network, noisy(subject, deviation, first, copies));
    Subject here{subject.network, activations,  subject.targets.repeat({copies, 1}),
                 subject.layers,  subject.data, subject.load,
                 subject.low,     subject.high, subject.memory / 2,
                 subject.seed,    {},           subject.memo};
    add_copies(mean, inner.run(here, inner_options), static_cast<size_t>(subject.images()));
    if (subject.progress) subject.progress(first + copies, samples, "samples");
  }
  for (Attribution& map : mean) {
    map.values = map.values / samples;
    for (auto& [name, list] : map.facts)
      for (double& number : list) number /= static_cast<double>(samples);
  }
  return mean;
}

}  // namespace

const Method smooth_grad = {
    "smooth-grad",
    "the mean of a method's maps over noisy copies of the input",
    "smilkov2017",
    "any network",
    {{"samples", "25", "noisy copies", {}, OptionType::whole, 1, 1e6},
     {"noise", ".15", "standard deviation of the noise, as a share of the input's range", {}, OptionType::number, 0},
     {"of",
      "gradient",
      "the method that is averaged: any but clear and arm, whose maps change class or unit",
      {},
      OptionType::method},
     {"with", "", "that method's options, such as preset=epsilon,epsilon=0.01; empty: its defaults", {}}},
    never,
    run,
    check};

}  // namespace limpid
