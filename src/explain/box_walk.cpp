// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/box_walk.h"

#include <ATen/ATen.h>

#include "explain/box_ranges.h"
#include "explain/collapse.h"
#include "explain/legs.h"
#include "explain/tiles.h"
#include "net/spread.h"

namespace limpid {
namespace {

Tensor zeros(const Shape& shape, const Tensor& like) { return dense(at::zeros(shape, like.options())); }

/// Whether a step reads no more of activations than their sizes.
bool needs_sizes_only(const Layer& layer, const Rule& rule) {
  const Role role = layer.type->role;
  return rule.name == "pass" || rule.name == "deconvnet" || rule.name == "nearest-upsampling" ||
         (rule.name == "gradient" && (role == Role::kConvolution || role == Role::kConcat));
}

}  // namespace

struct BoxWalk::Plan {
  const Network& network;
  int from;
  std::vector<std::optional<Ranges>> ranges;  // by node; nothing: whole, or off the way
  std::vector<Leg> legs;                      // by node
  std::vector<std::optional<Reach>> reach;
  std::vector<bool> sizes_only;  // by node
  int64_t tile;

  /// One tile on its way.
  struct Boxes {
    const Activations& activations;
    const Tensor& places;  // of the boxes at `from`
    std::vector<Tensor> signals;

    int64_t maps() const { return places.size(0); }
    int64_t image(int64_t map) const { return map / (maps() / activations.images); }
  };

  Plan(const Network& all, const Composite& composite, int start, int64_t rows, int64_t columns);

  Tensor walk(const Tile& tile, const Tensor& places) const;
  void hand_on_parts(Boxes& boxes, int node, const Tensor& signal) const;
  void receive(Boxes& boxes, int node, const Ranges& where, Tensor part) const;
  Tensor pieces(const Boxes& boxes, int node, const Ranges& where, double fill, bool sizes) const;
  void clear_beyond(const Boxes& boxes, int node, const Tensor& signal) const;
};

BoxWalk::Plan::Plan(const Network& all, const Composite& composite, int start, int64_t rows, int64_t columns)
    : network(all),
      from(start),
      legs(all.nodes.size()),
      reach(Spread(all, {start}).reach),
      sizes_only(all.nodes.size()) {
  const std::vector<bool> on_way = between(network, from, 0);
  ranges = ranges_of_boxes(network, reach, on_way, from, rows, columns);
  std::vector<std::string> rules(all.nodes.size());
  int64_t largest = ranges[0] ? (*ranges[0])[0].size * (*ranges[0])[1].size * network[0].shape[0] : 1;
  for (int i = 1; i <= from; ++i) {
    const auto slot = static_cast<size_t>(i);
    if (!on_way[slot]) continue;
    const Node& node = network[i];
    const Rule rule = rule_for(composite, network, i);
    sizes_only[slot] = needs_sizes_only(node.layer, rule);
    legs[slot] = leg_of(node, rule);
    if (ranges[slot]) {
      legs[slot].step = rule.bind(reach[slot]->inside);
      largest = std::max(largest, (*ranges[slot])[0].size * (*ranges[slot])[1].size * node.shape[0]);
    } else {
      rules[slot] = rule.name;
      largest = std::max(largest, elements(node.shape));
    }
  }
  for (int i = 1; i <= from; ++i)  // what parts are handed to is not passed over
    if (ranges[static_cast<size_t>(i)])
      for (const int input : network[i].inputs)
        if (std::string& rule = rules[static_cast<size_t>(input)]; !rule.empty()) rule = "receives parts";
  if (!ranges[0]) collapse({network, rules, 0, false}, legs);
  tile = std::max<int64_t>(1, cache_bytes / (4 * largest));
}

/// Pieces of a node's activations, one a box; with `sizes`, of the right sizes only.
Tensor BoxWalk::Plan::pieces(const Boxes& boxes, int node, const Ranges& where, double fill, bool sizes) const {
  const Tensor& map = boxes.activations[node];
  const Shape shape = {boxes.maps(), map.size(1), where[0].size, where[1].size};
  if (sizes) return at::empty({1}, map.options()).expand(shape);
  const Tensor all = at::empty(shape, map.options(), at::MemoryFormat::ChannelsLast);
  for (int64_t m = 0; m < boxes.maps(); ++m) {
    const Place place = place_of(where, boxes.places, m);
    const bool inside = place.row >= 0 && place.column >= 0 && place.row + shape[2] <= map.size(2) &&
                        place.column + shape[3] <= map.size(3);
    if (!inside) all[m].fill_(fill);
    lay(all[m], place, map[boxes.image(m)], {0, 0});
  }
  return all;
}

/// A signal is nothing beyond the borders of a map. In place: what else holds these values lies at the same places.
void BoxWalk::Plan::clear_beyond(const Boxes& boxes, int node, const Tensor& signal) const {
  const Shape& shape = network[node].shape;
  const Ranges& where = *ranges[static_cast<size_t>(node)];
  for (int64_t m = 0; m < boxes.maps(); ++m) {
    const Place place = place_of(where, boxes.places, m);
    const std::array<int64_t, 2> begin = {place.row, place.column};
    for (size_t a = 0; a < 2; ++a) {
      const int64_t size = where[a].size, above = std::clamp<int64_t>(-begin[a], 0, size);
      const int64_t below = std::clamp<int64_t>(begin[a] + size - shape[1 + a], 0, size);
      const auto axis = static_cast<int64_t>(1 + a);
      if (above > 0) signal[m].narrow(axis, 0, above).zero_();
      if (below > 0) signal[m].narrow(axis, size - below, below).zero_();
    }
  }
}

/// Adds a part of each map, or of its piece that is walked, to what the node has got.
void BoxWalk::Plan::receive(Boxes& boxes, int node, const Ranges& where, Tensor part) const {
  Tensor& signal = boxes.signals[static_cast<size_t>(node)];
  const auto& own = ranges[static_cast<size_t>(node)];
  Shape shape = network[node].shape;
  shape.insert(shape.begin(), boxes.maps());
  if (own) {
    for (size_t a = 0; a < 2; ++a) shape[2 + a] = (*own)[a].size;
    if (part.sizes() == at::IntArrayRef(shape)) return add_to(signal, std::move(part));
    const Tensor all = zeros(shape, part);
    all.narrow(2, (*own)[0].before - where[0].before, where[0].size)
        .narrow(3, (*own)[1].before - where[1].before, where[1].size)
        .copy_(part);
    return add_to(signal, all);
  }
  const Tensor all = zeros(shape, part);
  for (int64_t m = 0; m < boxes.maps(); ++m) lay(all[m], {0, 0}, part[m], place_of(where, boxes.places, m));
  add_to(signal, all);
}

void BoxWalk::Plan::hand_on_parts(Boxes& boxes, int node, const Tensor& signal) const {
  const auto slot = static_cast<size_t>(node);
  const Reach& how = *reach[slot];
  const Ranges& here = *ranges[slot];
  const Ranges below = looked_at(here, how);
  const Tensor& left = boxes.activations.memory[slot];
  std::vector<Tensor> inputs;
  for (const int input : network[node].inputs)
    inputs.push_back(pieces(boxes, input, below, how.fill, sizes_only[slot]));
  const Tensor output = pieces(boxes, node, here, 0, sizes_only[slot] || left.defined());
  Tensor memory;  // of a piece, as its own forward pass leaves it
  if (left.defined() && !sizes_only[slot]) how.inside.type->forward(how.inside, inputs, &memory);
  std::vector<Tensor> parts = legs[slot].step({inputs, output, memory, signal, 1});
  for (size_t k = 0; k < parts.size(); ++k) {
    const int input = network[node].inputs[k];
    if (parts[k].defined() && (input == 0 || legs[static_cast<size_t>(input)].step))
      receive(boxes, input, below, std::move(parts[k]));
  }
}

Tensor BoxWalk::Plan::walk(const Tile& tile, const Tensor& all_places) const {
  const Activations& activations = tile.images->activations;
  const Tensor places = all_places.narrow(0, tile.first, tile.signal.size(0)).contiguous();
  Boxes boxes{activations, places, std::vector<Tensor>(network.nodes.size())};
  const Tensor start = dense(tile.signal.to(activations[from].scalar_type()));
  receive(boxes, from, {{{1, 0, start.size(2)}, {1, 0, start.size(3)}}}, start);
  for (int i = from; i >= 0; --i) {
    const auto slot = static_cast<size_t>(i);
    const Tensor here = std::exchange(boxes.signals[slot], Tensor());
    if (!here.defined()) continue;
    if (ranges[slot]) clear_beyond(boxes, i, here);
    if (i == 0) return here.to(activations[0].scalar_type());
    if (!legs[slot].step) continue;
    if (ranges[slot])
      hand_on_parts(boxes, i, here);
    else
      hand_on(legs, i, 0, activations, here, tile.images->kept[slot], boxes.signals);
  }
  Shape shape = network[0].shape;
  shape.insert(shape.begin(), boxes.maps());
  if (const auto& crop = ranges[0]) shape = {shape[0], shape[1], (*crop)[0].size, (*crop)[1].size};
  return zeros(shape, activations[0]);
}

BoxWalk::BoxWalk(const Network& network, const Composite& composite, int from, int64_t rows, int64_t columns)
    : plan_(std::make_shared<Plan>(network, composite, from, rows, columns)) {}

Crops BoxWalk::operator()(const Activations& activations, const Crops& signal) const {
  const Tensor values = in_tiles(images_of(activations), signal.values, plan_->tile,
                                 [&](const Tile& tile) { return plan_->walk(tile, signal.places); });
  Tensor places = at::zeros_like(signal.places);
  if (const auto& ranges = plan_->ranges[0])
    for (int64_t m = 0; m < places.size(0); ++m) {
      const Place place = place_of(*ranges, signal.places, m);
      places[m][0] = place.row;
      places[m][1] = place.column;
    }
  return {values, places};
}

Tensor BoxWalk::whole(const Crops& crops) const {
  const Shape& input = plan_->network[0].shape;
  if (!plan_->ranges[0]) return crops.values;
  const Tensor all = zeros({crops.values.size(0), input[0], input[1], input[2]}, crops.values);
  for (int64_t m = 0; m < all.size(0); ++m) {
    const int64_t* place = crops.places.data_ptr<int64_t>() + 2 * m;
    lay(all[m], {0, 0}, crops.values[m], {place[0], place[1]});
  }
  return all;
}

}  // namespace limpid
