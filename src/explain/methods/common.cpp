// SPDX-License-Identifier: Apache-2.0
#include "explain/methods/common.h"
#include "limpid/explain/arm.h"

#include <ATen/ATen.h>

namespace limpid {

Tensor walk_targets(const Subject& subject, const Composite& composite, int to, const Tensor& start) {
  const Walk walk(subject.network, composite, subject.network.output, to);
  return walk_targets(subject, walk, composite.name, start);
}

Tensor walk_targets(const Subject& subject, const Walk& walk, const std::string& name, const Tensor& start) {
  const Network& network = subject.network;
  const int64_t targets = subject.targets.size(1);
  const int64_t chunk = seeds_within(network, subject.activations, subject.memory);
  Tensor all;  // filled chunk by chunk: the maps of many classes are larger than all else
  for (int64_t begin = 0; begin < targets; begin += chunk) {
    const int64_t count = std::min(chunk, targets - begin);
    const Tensor some = subject.targets.narrow(1, begin, count);
    Tensor seeds = one_hot(some, network.classes(), subject.activations[network.output]);
    if (start.defined()) seeds = seeds * start.narrow(1, begin, count).reshape({-1, 1});
    const Tensor maps = walk(subject.activations, seeds).unflatten(0, {-1, count});
    if (count == targets) {
      all = maps;
    } else {
      if (!all.defined()) {
        Shape shape = maps.sizes().vec();
        shape[1] = targets;
        all = at::empty(shape, maps.options());
      }
      all.narrow(1, begin, count).copy_(maps);
    }
    if (subject.progress) subject.progress(begin + count, targets, name);
  }
  return all;
}

std::vector<int64_t> column(const Tensor& targets, int64_t index) {
  const Tensor list = targets.select(1, index).cpu().contiguous();
  return {list.data_ptr<int64_t>(), list.data_ptr<int64_t>() + list.numel()};
}

std::vector<Attribution> per_target(const Subject& subject, const Tensor& values, const std::string& kind,
                                    const std::string& layer) {
  std::vector<Attribution> attributions;
  for (int64_t t = 0; t < values.size(1); ++t)
    attributions.push_back({kind, layer, column(subject.targets, t), {}, values.select(1, t)});
  return attributions;
}

std::vector<std::string> layers_of(const std::vector<std::string>& layers, const Options& options) {
  std::vector<std::string> names;
  std::stringstream list(options.text("layer"));
  for (std::string name; std::getline(list, name, ',');) names.push_back(name);
  return names.empty() ? layers : names;
}

std::optional<std::string> never(const Network&) { return std::nullopt; }

std::optional<std::string> needs_maps(const Network& network) {
  if (has_maps(network)) return std::nullopt;
  return "it has no convolution with more than one position";
}

Tensor upsampled(const Tensor& maps, const Shape& input_shape) {
  if (input_shape.size() == 2) return at::upsample_linear1d(maps, {input_shape[1]}, false);
  // As the channels of one image, row-major: channels-last, ATen takes four times as long for maps of one channel.
  const Tensor planes = maps.flatten(0, 1).unsqueeze(0).contiguous();
  const Tensor fine = at::upsample_bilinear2d(planes, {input_shape[1], input_shape[2]}, false);
  return dense(fine.squeeze(0).unflatten(0, {maps.size(0), maps.size(1)}));
}

}  // namespace limpid
