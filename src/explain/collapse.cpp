// SPDX-License-Identifier: Apache-2.0
#include "explain/collapse.h"

#include <ATen/ATen.h>

#include "explain/collapse_part.h"
#include "net/kernels/stretch.h"

namespace limpid {
namespace {

class Collapse {
 public:
  explicit Collapse(const Way& way) : way_(way), parts_(way.rules.size()), users_(way.rules.size()) {
    for (int i = way.to + 1; i < way.network.size(); ++i)
      if (on_way(i))
        for (const int input : way.network[i].inputs) users_[at(input)].push_back(i);
    for (int i = way.to + 1; i < way.network.size(); ++i) find(i);
  }

  void apply(std::vector<Leg>& legs) const {
    for (int i = way_.to + 1; i < way_.network.size(); ++i)
      if (parts_[at(i)] && parts_[at(i)]->joined()) replace(legs, i, *parts_[at(i)], joined_step(*parts_[at(i)]));
    lowest_stretch(legs);
  }

 private:
  static size_t at(int node) { return static_cast<size_t>(node); }
  bool on_way(int node) const { return !way_.rules[at(node)].empty(); }
  const Node& node(int index) const { return way_.network[index]; }

  /// The node below `index` that computes something, and what is passed through on the way to it.
  int below(int index, std::vector<int>& passed) const {
    while (index != way_.to && way_.rules[at(index)] == "pass" && users_[at(index)].size() == 1) {
      passed.push_back(index);
      index = node(index).inputs[0];
    }
    return index;
  }
  bool only_user(int index) const { return index != way_.to && users_[at(index)].size() == 1; }

  void find(int index) {
    const Layer& layer = node(index).layer;
    if (way_.rules[at(index)] != "gradient" || layer.type->name != "conv" || layer.attributes.integer("group", 1) != 1)
      return;
    const Tensor& weight = layer.parameters[0];
    LinearPart part{layer, weight.sizes().vec(), [weight] { return weight; }, {weight}, node(index).inputs[0], {}, 0,
                    0};
    part.work = work_of(part, node(index).shape, node(part.source).shape);
    std::optional<LinearPart> joined;
    if (is_pointwise(part)) joined = with_those_below(part, index);
    if (joined)
      for (const int passed : joined->passed) parts_[at(passed)].reset();
    parts_[at(index)] = joined ? std::move(*joined) : std::move(part);
  }

  /// A pointwise convolution and what it reads, where that is a convolution or the channels of several with one source.
  std::optional<LinearPart> with_those_below(const LinearPart& top, int index) const {
    std::vector<int> passed;
    const int under = below(top.source, passed);
    if (!only_user(under)) return std::nullopt;
    std::vector<int> branches = {under};
    if (const Layer& layer = node(under).layer; layer.type->role == Role::kConcat) {
      if (way_.rules[at(under)] != "gradient" || layer.attributes.integer("axis", 1) != 1) return std::nullopt;
      passed.push_back(under);
      branches.clear();
      for (const int input : node(under).inputs) branches.push_back(below(input, passed));
    }
    passed.insert(passed.end(), branches.begin(), branches.end());
    std::vector<const LinearPart*> lower;
    double apart = top.work;
    for (const int branch : branches) {
      if (!only_user(branch) || !parts_[at(branch)]) return std::nullopt;
      lower.push_back(&*parts_[at(branch)]);
      apart += lower.back()->work;
    }
    std::optional<LinearPart> joined = limpid::joined(top, lower);
    if (!joined) return std::nullopt;
    joined->passed.insert(joined->passed.end(), passed.begin(), passed.end());
    joined->work = work_of(*joined, node(index).shape, node(joined->source).shape);
    return joined->work + joined->preparation / maps_to_pay < apart ? joined : std::nullopt;
  }

  Step joined_step(const LinearPart& part) const {
    const bool summed = way_.sum && part.source == way_.to;
    return made_once(part.layer, summed ? "joined, channel sum" : "joined", part.of, [part, summed] {
      Layer layer = part.layer;
      const Tensor weight = part.weight();
      layer.parameters = {summed ? dense(weight.sum(1, true)) : weight, Tensor()};
      prepare(layer);
      return layer.type->adjoint(layer);
    });
  }

  static void replace(std::vector<Leg>& legs, int index, const LinearPart& part, Step step) {
    for (const int passed : part.passed) legs[at(passed)].step = nullptr;
    legs[at(index)] = {std::move(step), {part.source}, true};
  }

  /// A convolution on a stretch that ends at `to`.
  struct Link {
    int index;
    std::vector<int> passed;  // between it and the next one below
  };

  /// From a convolution down to `to`, the lowest first; empty where something else lies between.
  std::vector<Link> stretch_below(int index) const {
    std::vector<Link> links;
    while (parts_[at(index)] && can_stretch(*parts_[at(index)])) {
      links.insert(links.begin(), {index, {}});
      const int source = parts_[at(index)]->source;
      if (source == way_.to) return links;
      index = below(source, links.front().passed);
      links.front().passed.push_back(index);
      if (!only_user(index)) break;
    }
    return {};
  }

  static bool can_stretch(const LinearPart& part) {
    return part.shape.size() == 4 && part.of[0].is_cpu() && all_are(part.window().stride, 1);
  }

  Stretch stretch_of(const std::vector<Link>& links) const {
    std::vector<StretchPart> parts;
    for (const Link& link : links) {
      const Window window = parts_[at(link.index)]->window();
      const Shape& shape = node(link.index).shape;
      parts.push_back({{window.kernel[0], window.kernel[1]},
                       {window.before[0], window.before[1]},
                       {window.dilation[0], window.dilation[1]},
                       {shape[1], shape[2]},
                       shape[0]});
    }
    const Shape& shape = node(way_.to).shape;
    return {way_.sum ? 1 : shape[0], {shape[1], shape[2]}, parts};
  }

  /// The convolutions next to `to`, as many as are cheaper together.
  void lowest_stretch(std::vector<Leg>& legs) const {
    std::vector<Link> links;
    for (int i = way_.network.size() - 1; i > way_.to && links.empty(); --i) links = stretch_below(i);
    double apart = 0, best = 0;
    size_t count = 0;
    for (size_t n = 1; n <= links.size(); ++n) {
      const LinearPart& part = *parts_[at(links[n - 1].index)];
      apart += n == 1 && way_.sum ? part.work / static_cast<double>(part.shape[1]) : part.work;
      if (n == 1) continue;
      const Stretch stretch = stretch_of({links.begin(), links.begin() + static_cast<std::ptrdiff_t>(n)});
      const double saved =
          apart - stretch.multiply_adds() - move_cost * stretch.values_added() - stretch.preparation() / maps_to_pay;
      if (saved > best) {
        best = saved;
        count = n;
      }
    }
    if (count == 0) return;
    links.resize(count);
    join(legs, links);
  }

  void join(std::vector<Leg>& legs, const std::vector<Link>& links) const {
    LinearPart all = *parts_[at(links.back().index)];
    all.source = way_.to;
    all.of.clear();
    std::vector<std::function<Tensor()>> weights;
    for (const Link& link : links) {
      const LinearPart& part = *parts_[at(link.index)];
      all.passed.insert(all.passed.end(), link.passed.begin(), link.passed.end());
      all.of.insert(all.of.begin(), part.of.begin(), part.of.end());
      weights.push_back(part.weight);
    }
    replace(legs, links.back().index, all,
            made_once(all.layer, (way_.sum ? "stretch, channel sum " : "stretch ") + shape_text(node(way_.to).shape),
                      all.of, [weights, sum = way_.sum, stretch = stretch_of(links)]() -> Step {
                        std::vector<Tensor> made;
                        for (const auto& weight : weights) made.push_back(weight());
                        if (sum) made[0] = made[0].sum(1, true);
                        return [adjoint = stretch.adjoint(made)](const Visit& visit) {
                          return std::vector<Tensor>{adjoint(visit.signal)};
                        };
                      }));
  }

  const Way& way_;
  std::vector<std::optional<LinearPart>> parts_;
  std::vector<std::vector<int>> users_;  // on the way
};

}  // namespace

void collapse(const Way& way, std::vector<Leg>& legs) { Collapse(way).apply(legs); }

}  // namespace limpid
