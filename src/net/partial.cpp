// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/partial.h"

#include <ATen/ATen.h>

#include "core/parallel.h"
#include "net/pieces.h"
#include "net/spread.h"

namespace limpid {
namespace {

/// What of a node changed: for each of M copies a part at its place, or the whole value; undefined: nothing.
struct Changed {
  Tensor values = {};  // [M, C, rows, columns], or [M, …]
  std::vector<Place> places = {};
  bool whole = false;
};

/// Calls change(m) for each of M copies of a tensor [M, …], on several cores where it is the cores that compute.
template <class Change>
void each_copy(const Tensor& all, const Change& change) {
  const auto some = [&](int64_t begin, int64_t end) {
    for (int64_t m = begin; m < end; ++m) change(m);
  };
  if (all.is_cpu()) return parallel_for(all.size(0), 1, some);
  some(0, all.size(0));
}

/// The whole values of a node that was [1, …].
Tensor pasted(const Changed& changed, const Tensor& kept, int64_t copies) {
  if (changed.whole) return changed.values;
  Shape shape = kept.sizes().vec();
  shape[0] = copies;
  const auto format = kept.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  const Tensor all = at::empty(shape, kept.options(), format).copy_(kept);
  if (!changed.values.defined()) return all;
  each_copy(all, [&](int64_t m) { lay(all[m], {0, 0}, changed.values[m], changed.places[static_cast<size_t>(m)]); });
  return all;
}

/// Parts of one size of a node that was [1, C, H, W]; `fill` beyond its borders.
Tensor parts(const Changed& changed, const Tensor& kept, const std::vector<Place>& places, int64_t rows,
             int64_t columns, double fill) {
  const Tensor& values = changed.values;
  if (values.defined() && values.size(2) == rows && values.size(3) == columns && changed.places == places)
    return values;
  const auto copies = static_cast<int64_t>(places.size());
  const Tensor all = at::empty({copies, kept.size(1), rows, columns}, kept.options(), at::MemoryFormat::ChannelsLast);
  each_copy(all, [&](int64_t m) {
    const Place place = places[static_cast<size_t>(m)];
    const Tensor part = all[m];
    if (place.row < 0 || place.column < 0 || place.row + rows > kept.size(2) || place.column + columns > kept.size(3))
      part.fill_(fill);
    lay(part, place, kept[0], {0, 0});
    if (values.defined()) lay(part, place, values[m], changed.places[static_cast<size_t>(m)]);
  });
  return all;
}

/// One batch on its way through the network.
class Batch {
 public:
  Batch(const Spread& spread, const std::vector<Tensor>& kept, const std::vector<Box>& boxes)
      : spread_(spread), kept_(kept), changed_(kept.size()), copies_(static_cast<int64_t>(boxes.size())) {
    sizes_ = spread.no_sizes();
    for (const Box& box : boxes) {
      reached_.push_back({spread.reached(0, {box.row, box.rows}), spread.reached(1, {box.column, box.columns})});
      for (size_t axis = 0; axis < 2; ++axis) Spread::include(sizes_, axis, reached_.back()[axis]);
    }
    spread.choose_whole(sizes_);
  }

  void patch(const std::vector<Box>& boxes, const std::vector<Tensor>& patches) {
    const bool part = !sizes_.whole[0];
    const Tensor plane = as_planes(kept_[0]);
    const std::vector<Place> places = part ? places_of(0) : std::vector<Place>(boxes.size());
    const Tensor all =
        parts({}, plane, places, part ? sizes_.axes[0][0] : plane.size(2), part ? sizes_.axes[1][0] : plane.size(3), 0);
    for (size_t m = 0; m < boxes.size(); ++m) {
      const Shape shape = {plane.size(1), boxes[m].rows, boxes[m].columns};
      lay(all[static_cast<int64_t>(m)], places[m], patches[m].expand(shape), {boxes[m].row, boxes[m].column});
    }
    Shape shape = kept_[0].sizes().vec();
    shape[0] = copies_;
    changed_[0] = part ? Changed{all, places} : Changed{all.reshape(shape), {}, true};
  }

  void compute(size_t node) {
    if (!sizes_.changed(node)) return;
    if (sizes_.whole[node]) {
      std::vector<Tensor> inputs;
      const Layer& layer = spread_.network.nodes[node].layer;
      for (const int from : spread_.network.nodes[node].inputs) inputs.push_back(whole(static_cast<size_t>(from)));
      changed_[node] = {layer.type->forward(layer, inputs, nullptr), {}, true};
    } else {
      const Layer& layer = spread_.reach[node]->inside;
      changed_[node] = {layer.type->forward(layer, inputs_of(node), nullptr), places_of(node)};
    }
  }

  Tensor whole(size_t node) const { return pasted(changed_[node], kept_[node], copies_); }
  void drop(size_t node) { changed_[node] = {}; }

 private:
  /// Where each copy's part lies: over what changed, inside the map.
  std::vector<Place> places_of(size_t node) const {
    const Tensor& map = kept_[node];
    std::vector<Place> places;
    for (const auto& reached : reached_)
      places.push_back({std::min(reached[0][node].begin, map.size(2) - sizes_.axes[0][node]),
                        std::min(reached[1][node].begin, map.size(3) - sizes_.axes[1][node])});
    return places;
  }

  /// All that a node's parts look at.
  std::vector<Tensor> inputs_of(size_t node) const {
    const Reach& reach = *spread_.reach[node];
    std::vector<Place> places = places_of(node);
    for (Place& place : places)
      place = {place.row * reach.stride[0] - reach.before[0], place.column * reach.stride[1] - reach.before[1]};
    int64_t size[2];
    for (size_t a = 0; a < 2; ++a) size[a] = (sizes_.axes[a][node] - 1) * reach.stride[a] + reach.extent[a];
    std::vector<Tensor> inputs;
    for (const int from : spread_.network.nodes[node].inputs)
      inputs.push_back(parts(changed_[static_cast<size_t>(from)], kept_[static_cast<size_t>(from)], places, size[0],
                             size[1], reach.fill));
    return inputs;
  }

  const Spread& spread_;
  const std::vector<Tensor>& kept_;
  std::vector<Changed> changed_;
  int64_t copies_;
  std::vector<std::array<Spans, 2>> reached_;  // by copy and axis
  Sizes sizes_;
};

/// For each node the last one that uses its values; those asked for are used at the end.
std::vector<int> last_uses(const Spread& spread, const std::vector<int>& nodes) {
  std::vector<int> last(spread.needed.size(), 0);
  for (int i = 0; i < spread.network.size(); ++i)
    if (spread.needed[static_cast<size_t>(i)])
      for (const int from : spread.network[i].inputs) last[static_cast<size_t>(from)] = i;
  for (const int node : nodes) last[static_cast<size_t>(node)] = spread.network.size();
  return last;
}

}  // namespace

Tensor as_plane(const Tensor& input) { return as_planes(input.unsqueeze(0))[0]; }

PartialForward::PartialForward(const Network& network, const Activations& activations, int64_t image,
                               std::vector<int> nodes)
    : spread_(std::make_shared<Spread>(network, nodes)), nodes_(std::move(nodes)) {
  for (size_t i = 0; i < spread_->needed.size(); ++i)
    kept_.push_back(spread_->needed[i] ? activations.values[i].narrow(0, image, 1) : Tensor());
}

std::vector<Tensor> PartialForward::operator()(const std::vector<Box>& boxes,
                                               const std::vector<Tensor>& patches) const {
  Batch batch(*spread_, kept_, boxes);
  batch.patch(boxes, patches);
  const std::vector<int> last = last_uses(*spread_, nodes_);
  for (int i = 1; i < spread_->network.size(); ++i) {
    if (!spread_->needed[static_cast<size_t>(i)]) continue;
    batch.compute(static_cast<size_t>(i));
    for (const int from : spread_->network[i].inputs)
      if (last[static_cast<size_t>(from)] == i) batch.drop(static_cast<size_t>(from));
  }
  std::vector<Tensor> values;
  for (const int node : nodes_) values.push_back(batch.whole(static_cast<size_t>(node)));
  return values;
}

}  // namespace limpid
