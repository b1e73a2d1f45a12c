// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "explain/methods.h"
#include "explain/methods/common.h"
#include "explain/methods/windows.h"
#include "limpid/explain/arm.h"

namespace limpid {
namespace {

/// What an image [C, H, W] is covered with, [C, 1, 1].
Tensor cover_of(const Subject& subject, const Tensor& plane, const Options& options) {
  const std::string& name = options.text("baseline");
  if (name == "mean") return plane.mean({1, 2}, true);
  if (name != "gray") return at::full({1, 1, 1}, options.number("baseline"), plane.options());
  if (subject.low.defined()) return ((subject.low + subject.high) / 2).to(plane.options());
  return ((plane.amin() + plane.amax()) / 2).reshape({1, 1, 1});
}

/// The unit of the last feature map with the largest sum, and where to read it; nothing without convolutions.
struct StrongestUnit {
  std::string layer = {};
  int node = -1;
  Tensor unit = {};        // int64 [N]
  bool rectified = false;  // whether its values are those behind a ReLU
};

StrongestUnit strongest_unit(const Subject& subject) {
  if (!has_maps(subject.network)) return {};
  const int last = last_convolution(subject.network), node = feature_map(subject.network, last);
  const Tensor features = features_of(subject.network, subject.activations, last);
  return {subject.network[last].name, node, features.flatten(2).sum(2).argmax(1),
          !features.is_same(subject.activations[node])};
}

struct Maps {
  Tensor scores;      // [windows, classes]
  Tensor labels;      // [windows]
  Tensor activation;  // [windows], or empty
};

Maps occlude(const Subject& subject, int64_t n, const WindowGrid& grid, const Options& options,
             const StrongestUnit& strongest) {
  const Network& network = subject.network;
  const Tensor cover = cover_of(subject, as_plane(subject.input()[n]), options);
  std::vector<int> nodes = {network.output};
  if (strongest.node >= 0) nodes.push_back(strongest.node);
  const auto windows = static_cast<int64_t>(grid.windows.size());
  const Tensor scores = at::empty({windows, network.classes()}, cover.options());
  const Tensor activation = at::empty({strongest.node < 0 ? 0 : windows}, cover.options());
  perturbed(
      subject, n, grid.windows, 1, nodes, [&](int64_t) { return cover; },
      [&](const std::vector<Tensor>& values, const std::vector<int64_t>& numbers) {
        const Tensor places = at::tensor(numbers, at::kLong).to(scores.device());
        scores.index_copy_(0, places, values[0]);
        if (strongest.node < 0) return;
        const Tensor unit = values[1].select(1, strongest.unit[n].item<int64_t>());
        activation.index_copy_(0, places, (strongest.rectified ? unit.clamp_min(0) : unit).flatten(1).sum(1));
      });
  return {options.is("score", "probability") ? probabilities(network, scores) : scores, scores.argmax(1).to(at::kInt),
          activation};
}

std::vector<Attribution> run(const Subject& subject, const Options& options) {
  const Shape plane = as_plane(subject.input()[0]).sizes().vec();
  const WindowGrid grid = window_grid(plane, options.extent("window"), options.extent("stride"));
  const StrongestUnit strongest = strongest_unit(subject);
  const Tensor& whole = subject.activations[subject.network.output];
  const Tensor base = options.is("score", "probability") ? probabilities(subject.network, whole) : whole;
  const Tensor targets = subject.targets.to(whole.device());
  const Shape positions = subject.input().dim() == 4 ? Shape{grid.rows, grid.columns} : Shape{grid.columns};
  std::vector<Tensor> maps, labels, activation;
  for (int64_t n = 0; n < subject.images(); ++n) {
    const Maps here = occlude(subject, n, grid, options, strongest);
    const Tensor drop = (base[n].unsqueeze(0) - here.scores).index_select(1, targets[n]).t();  // [T, windows]
    maps.push_back(mean_over_windows(drop, grid, plane));
    labels.push_back(here.labels.reshape(positions));
    if (strongest.node >= 0) activation.push_back(here.activation.reshape(positions));
  }
  std::vector<Attribution> all = per_target(subject, over_input(at::stack(maps), subject.input()[0]));
  all.push_back({"label", "", {}, {}, at::stack(labels)});
  if (strongest.node >= 0)
    all.push_back({"activation", strongest.layer, {}, column(strongest.unit.unsqueeze(1), 0), at::stack(activation)});
  return all;
}

}  // namespace

const Method occlusion = {"occlusion",
                          "how much the score falls when a window is covered",
                          "zeiler2014",
                          "any network",
                          {{"window", "8", "size of the window, N or HxW", {}, OptionType::size},
                           {"stride", "4", "step of the window, N or HxW", {}, OptionType::size},
                           {"baseline",
                            "0",
                            "what covers it, in the network's input: a number, mean (of each channel) or gray",
                            {"mean", "gray"},
                            OptionType::number},
                           {"score", "probability", "what falls", {"probability", "logit"}}},
                          never,
                          run};

}  // namespace limpid
