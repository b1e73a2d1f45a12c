// SPDX-License-Identifier: Apache-2.0
#include "pipeline/batch.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/data/inputs.h"
#include "limpid/pipeline/targets.h"
#include "pipeline/clock.h"
#include "pipeline/failure.h"

namespace limpid {
namespace {

/// Wraps what a progress function throws, so that it is not taken for the failure of an input.
struct Stopped {
  std::exception_ptr reason;
};

Progress guarded(const Progress& progress, const std::string& method) {
  if (!progress) return {};
  return [&progress, method](int64_t done, int64_t all, std::string_view) {
    try {
      progress(done, all, method);
    } catch (...) {
      throw Stopped{std::current_exception()};
    }
  };
}

Tensor stacked(const Plan& plan, const std::vector<Item>& items) {
  std::vector<Tensor> inputs;
  for (const Item& item : items) inputs.push_back(item.input);
  return dense(at::stack(inputs).to(plan.model.device, plan.model.type));
}

Subject subject_of(const Plan& plan, const Activations& activations) {
  const Model& model = plan.model;
  const Tensor& logits = activations[model.network.output];
  Subject subject{model.network, activations, resolve_targets(plan.request.targets, model.labels, logits.cpu())};
  subject.targets = subject.targets.to(model.device);
  subject.layers = plan.request.layers;
  subject.data = plan.data;
  subject.memo = plan.memo;
  subject.load = [&model](const std::string& path) {
    return load_input(path, model.preprocess, model.network.input_shape(), model.limits.input)
        .to(model.device, model.type);
  };
  subject.low = plan.low;
  subject.high = plan.high;
  const int64_t taken = activations.images * activation_bytes(model.network, model.type);
  subject.memory = std::max((plan.request.memory << 20) - taken, int64_t{64} << 20);
  subject.seed = plan.request.seed;
  return subject;
}

/// On the CPU, whole numbers as they are and others as float32.
Tensor plain(const Tensor& values) {
  return values.is_floating_point() ? values.to(at::kCPU, at::kFloat) : values.cpu();
}

std::optional<int64_t> at_image(const std::vector<int64_t>& list, size_t image) {
  return list.empty() ? std::nullopt : std::optional(list[image]);
}

void add_maps(std::vector<Result>& results, const std::string& method, const std::vector<Attribution>& attributions) {
  for (const Attribution& attribution : attributions) {
    const Tensor values = plain(attribution.values);
    require_finite(values, "the " + attribution.kind + " of method '" + method + "'");
    for (size_t i = 0; i < results.size(); ++i) {
      Map map{method,
              attribution.kind,
              attribution.layer,
              at_image(attribution.target, i),
              at_image(attribution.unit, i),
              values[static_cast<int64_t>(i)]};
      for (const auto& [name, numbers] : attribution.facts) map.facts[name] = numbers[i];
      results[i].maps.push_back(std::move(map));
    }
  }
}

/// What a device is asked for it does later: reading one number waits for all that was asked before.
void wait_for(const Tensor& values) {
  if (values.is_cpu() || values.numel() == 0) return;
  Tensor one = values;
  while (one.dim() > 0) one = one.select(0, 0);
  one.cpu();
}

/// Every item can be explained, or this throws.
std::vector<Result> explained(const Plan& plan, const std::vector<Item>& items, const Progress& progress) {
  const auto images = static_cast<double>(items.size());
  std::vector<Result> results;
  for (const Item& item : items) results.push_back({item});
  const auto add_seconds = [&](const std::string& what, double seconds) {
    for (Result& result : results) result.seconds.emplace_back(what, seconds / images);
  };
  Clock forward_clock;
  const Activations activations = forward(plan.model.network, stacked(plan, items));
  const Tensor logits = plain(activations[plan.model.network.output]);
  add_seconds("forward", forward_clock.seconds());
  require_finite(logits, "the network's output");
  for (size_t i = 0; i < results.size(); ++i) results[i].logits = logits[static_cast<int64_t>(i)];
  Subject subject = subject_of(plan, activations);
  for (const Choice& choice : plan.choices) {
    subject.progress = guarded(progress, choice.method->name);
    if (subject.progress) subject.progress(0, 1, choice.method->name);
    const Clock clock;
    const std::vector<Attribution> attributions = choice.method->run(subject, choice.options);
    if (!attributions.empty()) wait_for(attributions.back().values);
    add_seconds(choice.method->name, clock.seconds());
    add_maps(results, choice.method->name, attributions);
  }
  return results;
}

Result failed(Item item, const std::string& reason) {
  item.error = reason;
  item.input = Tensor();
  return {std::move(item)};
}

/// Together or, where that fails, one by one.
std::vector<Result> attempted(const Plan& plan, const std::vector<Item>& items, const Progress& progress) {
  std::string reason;
  try {
    return explained(plan, items, progress);
  } catch (const UsageError&) {
    throw;
  } catch (...) {
    reason = failure_caught("there is not enough memory; a smaller --batch or --memory may do");
  }
  if (items.size() == 1) return {failed(items.front(), "'" + items.front().path + "' cannot be explained: " + reason)};
  std::vector<Result> results;
  for (const Item& item : items) results.push_back(std::move(attempted(plan, {item}, progress).front()));
  return results;
}

}  // namespace

void check_computing(int64_t batch, int64_t memory) {
  constexpr int64_t kMost = 1'000'000'000;
  if (batch < 0 || batch > kMost)
    refuse("--batch is ", batch, "; expected 1 to ", kMost, ", or 0 for as memory allows");
  if (memory < 1 || memory > kMost) refuse("--memory is ", memory, "; expected 1 to ", kMost, " MiB");
}

int64_t activation_bytes(const Network& network, at::ScalarType type) {
  int64_t numbers = 0;
  for (const Node& node : network.nodes) {
    int64_t size = 1;
    for (const int64_t side : node.shape) size *= side;
    numbers += size;
  }
  return std::max<int64_t>(numbers, 1) * static_cast<int64_t>(c10::elementSize(type));
}

int64_t result_bytes(const Plan& plan) {
  int64_t maps = 0, numbers = 1;
  for (const Choice& choice : plan.choices)
    maps += map_count(choice, plan.model.network, plan.request.layers, plan.targets);
  for (const int64_t side : plan.model.network.input_shape()) numbers *= side;
  return std::max<int64_t>(maps * numbers * static_cast<int64_t>(sizeof(float)), 1);
}

int64_t batch_within(const Plan& plan) {
  const int64_t quarter = (plan.request.memory << 20) / 4;
  const int64_t activations = activation_bytes(plan.model.network, plan.model.type);
  return std::clamp<int64_t>(std::min(quarter / activations, quarter / result_bytes(plan)), 1, 16);
}

std::vector<Result> explain_batch(const Plan& plan, std::vector<Item> items, const Progress& progress) {
  std::vector<Item> good;
  for (const Item& item : items)
    if (item.error.empty()) good.push_back(item);
  std::vector<Result> explained_ones;
  try {
    if (!good.empty()) explained_ones = attempted(plan, good, progress);
  } catch (const Stopped& stopped) {
    std::rethrow_exception(stopped.reason);
  }
  std::vector<Result> results;
  auto next = explained_ones.begin();
  for (Item& item : items) results.push_back(item.error.empty() ? std::move(*next++) : Result{std::move(item)});
  return results;
}

}  // namespace limpid
