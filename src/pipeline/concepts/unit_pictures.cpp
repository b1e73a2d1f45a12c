// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "data/npy_rows.h"
#include "limpid/explain/arm.h"
#include "limpid/pipeline/manifest.h"
#include "limpid/render/jpeg.h"
#include "pipeline/concepts/units.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

constexpr int64_t kMostSide = 64;        // of heat, which is stretched to the receptive field
constexpr double kMostPictures = 4'000;  // of full size; more of them are smaller, so that the page stays readable

/// A unit and the rank among its top of the input that is looked at.
struct Slot {
  int64_t unit, rank;
};
/// The units of each layer that have an input among their first `ranks`.
using Slots = std::vector<std::vector<Slot>>;

std::map<int64_t, Slots> slots_by_image(const UnitStatistics& statistics, int64_t ranks) {
  std::map<int64_t, Slots> all;
  for (size_t i = 0; i < statistics.layers.size(); ++i) {
    const LayerStatistics& layer = statistics.layers[i];
    const int64_t top = layer.top_images.size(1);
    for (int64_t k = 0; k < layer.top_images.size(0); ++k)
      for (int64_t rank = 0; rank < std::min(top, ranks); ++rank) {
        const int64_t place = k * top + rank, image = layer.top_images.data_ptr<int64_t>()[place];
        if (image < 0) continue;
        Slots& slots = all[image];
        slots.resize(statistics.layers.size());
        if (layer.top_values.data_ptr<float>()[place] > 0) slots[i].push_back({k, rank});
      }
  }
  return all;
}

/// The box of an input that a piece of it at `row`, `column` lies in; zeros where the piece does not reach.
Tensor cut(const Tensor& piece, int64_t row, int64_t column, const Box& box) {
  const Tensor out = at::zeros({box.rows, box.columns}, piece.options());
  const int64_t top = std::max(row, box.row), bottom = std::min(row + piece.size(0), box.row + box.rows);
  const int64_t left = std::max(column, box.column);
  const int64_t right = std::min(column + piece.size(1), box.column + box.columns);
  if (top < bottom && left < right)
    out.narrow(0, top - box.row, bottom - top)
        .narrow(1, left - box.column, right - left)
        .copy_(piece.narrow(0, top - row, bottom - top).narrow(1, left - column, right - left));
  return out;
}

/// The positive part as shares of its largest value, in at most kMostSide rows and columns.
Tensor heat_of(const Tensor& response, int64_t rows, int64_t columns) {
  const Tensor positive = response.to(at::kCPU, at::kFloat).clamp_min(0);
  const Tensor small = at::_upsample_bilinear2d_aa(positive.unsqueeze(0).unsqueeze(0), at::IntArrayRef{rows, columns},
                                                   false, c10::nullopt, c10::nullopt)[0][0];
  const auto most = small.max().item<float>();
  return (most > 0 ? small * (255 / most) : small).round().to(at::kByte);
}

std::string jpeg_of(const Tensor& input, const Preprocess& how, double scale) {
  Tensor picture = unprocess(input, how);
  const auto side = [&](int64_t axis) {
    return std::max<int64_t>(1, std::llround(scale * static_cast<double>(picture.size(axis))));
  };
  if (scale < 1)
    picture = at::_upsample_bilinear2d_aa(picture.to(at::kFloat).unsqueeze(0), at::IntArrayRef{side(1), side(2)}, false,
                                          c10::nullopt, c10::nullopt)[0]
                  .round()
                  .clamp(0, 255)
                  .to(at::kByte);
  return encode_jpeg(picture);
}

Tensor bytes_tensor(const std::string& bytes) {
  const Tensor tensor = at::empty({static_cast<int64_t>(bytes.size())}, at::kByte);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(tensor.data_ptr<uint8_t>()));
  return tensor;
}

/// All top inputs, one after the other: a forward pass and the walks of all units that each drives.
class Picturing {
 public:
  Picturing(const UnitsRun& run, const UnitStatistics& statistics)
      : run_(run), statistics_(statistics), network_(run.setting.model.network) {
    const int64_t ranks = std::min(run.request.responses, run.request.top);
    for (const Probe& probe : run.setting.probes) {
      const ReceptiveField field = receptive_field(network_, probe.convolution);
      found_.fields.push_back(field);
      std::array<int64_t, 2> sides{};
      const Box box = field.box(0, 0);
      sides = {std::min(box.rows, kMostSide), std::min(box.columns, kMostSide)};
      found_.heat.push_back(at::zeros({probe.units, ranks, sides[0], sides[1]}, at::kByte));
      if (ranks > 0) walks_.emplace_back(network_, probe, arm_composite(run.request.mode));
    }
  }

  UnitPictures run(const Progress& progress) {
    RunState state = run_.state("pictures");
    restore(state);
    const std::map<int64_t, Slots> slots = slots_by_image(statistics_, run_.request.top);
    const auto all = static_cast<int64_t>(slots.size());
    const double scale = std::min(1.0, std::sqrt(kMostPictures / static_cast<double>(all)));
    int64_t done = 0;
    if (state.done() < all) open_raw(state.done() > 0);
    try {
      for (const auto& [image, of_layers] : slots) {
        if (++done <= state.done()) continue;
        if (progress) progress(done - 1, all, "response maps");
        one(image, of_layers, scale);
        if (state.due()) state.save(done, parts());
      }
      if (progress) progress(all, all, "response maps");
    } catch (...) {
      if (done - 1 > state.done()) state.save(done - 1, parts());
      throw;
    }
    for (NpyRows& raw : raw_) raw.commit();
    if (state.done() < all) state.save(all, parts());
    return std::move(found_);
  }

 private:
  void one(int64_t image, const Slots& slots, double scale) {
    const Tensor input = run_.data.read(image, 0);
    const Activations activations = walks_.empty() ? Activations() : forward(network_, batch_of(input));
    for (size_t i = 0; i < walks_.size(); ++i) {
      const LayerStatistics& layer = statistics_.layers[i];
      std::vector<Peak> peaks;
      std::vector<Slot> walked;
      for (const Slot& slot : slots[i]) {
        if (slot.rank >= found_.heat[i].size(1)) continue;
        const int64_t place = layer.top_places[slot.unit][slot.rank].item<int64_t>();
        peaks.push_back({slot.unit, place / run_.setting.probes[i].columns, place % run_.setting.probes[i].columns});
        walked.push_back(slot);
      }
      if (!peaks.empty()) walk(i, activations, peaks, walked);
    }
    found_.pictures[image] = jpeg_of(input, run_.setting.model.preprocess, scale);
  }

  Tensor batch_of(const Tensor& input) const {
    return dense(input.unsqueeze(0).to(run_.setting.model.device, run_.setting.model.type));
  }

  void walk(size_t layer, const Activations& activations, const std::vector<Peak>& peaks,
            const std::vector<Slot>& slots) {
    const Crops crops = walks_[layer](activations, peaks);
    for (size_t p = 0; p < peaks.size(); ++p) {
      const auto place = static_cast<int64_t>(p);
      const Box box = found_.fields[layer].box(peaks[p].row, peaks[p].column);
      const Tensor response = cut(crops.values[place][0], crops.places[place][0].item<int64_t>(),
                                  crops.places[place][1].item<int64_t>(), box);
      const Tensor heat = found_.heat[layer][slots[p].unit][slots[p].rank];
      heat.copy_(heat_of(response, heat.size(0), heat.size(1)));
      if (run_.request.maps) raw_[layer].write(slots[p].unit * found_.heat[layer].size(1) + slots[p].rank, response);
    }
  }

  NamedTensors parts() const {
    NamedTensors all;
    for (const Tensor& heat : found_.heat) all.emplace_back("heat", heat);
    for (const auto& [image, jpeg] : found_.pictures) all.emplace_back(std::to_string(image), bytes_tensor(jpeg));
    return all;
  }

  void restore(const RunState& state) {
    size_t heat = 0;
    for (const auto& [name, tensor] : state.loaded()) {
      if (name == "heat")
        found_.heat[heat++] = tensor;
      else
        found_.pictures[std::stoll(name)] = {reinterpret_cast<const char*>(tensor.data_ptr<uint8_t>()),
                                             static_cast<size_t>(tensor.numel())};
    }
  }

  /// With `maps`, a file for each layer.
  void open_raw(bool going_on) {
    for (size_t i = 0; run_.request.maps && i < found_.fields.size(); ++i) {
      const Box box = found_.fields[i].box(0, 0);
      raw_.emplace_back(run_.folder() / (file_word(run_.setting.probes[i].layer) + ".responses.npy"),
                        Shape{found_.heat[i].size(0), found_.heat[i].size(1)}, Shape{box.rows, box.columns}, going_on);
    }
  }

  const UnitsRun& run_;
  const UnitStatistics& statistics_;
  const Network& network_;
  std::vector<PeakResponses> walks_;  // a layer each
  std::vector<NpyRows> raw_;          // a layer each: float [K, n, rows, columns]
  UnitPictures found_;
};

}  // namespace

std::optional<UnitPictures> pictured(const UnitsRun& run, const UnitStatistics& statistics, const Progress& progress) {
  if (!takes_pictures(run.setting.model.network)) return std::nullopt;
  return Picturing(run, statistics).run(progress);
}

namespace {

/// Those that stand among the top of the most units, in their order.
std::vector<int64_t> telling_images(const UnitStatistics& statistics, int64_t most) {
  std::map<int64_t, int64_t> counts;
  for (const auto& [image, slots] : slots_by_image(statistics, statistics.layers.front().top_images.size(1)))
    for (const auto& of_layer : slots) counts[image] += static_cast<int64_t>(of_layer.size());
  std::vector<std::pair<int64_t, int64_t>> order;
  for (const auto& [image, count] : counts) order.emplace_back(-count, image);
  std::sort(order.begin(), order.end());
  order.resize(std::min(order.size(), static_cast<size_t>(most)));
  std::vector<int64_t> images;
  for (const auto& [count, image] : order) images.push_back(image);
  std::sort(images.begin(), images.end());
  return images;
}

}  // namespace

std::optional<UnitInvariance> tried(const UnitsRun& run, const UnitStatistics& statistics, const Progress& progress) {
  const Model& model = run.setting.model;
  if (run.request.invariance == 0 || model.network.input_shape().size() != 3) return std::nullopt;
  UnitInvariance invariance(model.network, run.setting.probes, statistics);
  RunState state = run.state("invariance");
  for (size_t i = 0; i + 1 < state.loaded().size(); i += 2)
    invariance.counts[i / 2] = {state.loaded()[i].second, state.loaded()[i + 1].second};
  const auto save = [&](int64_t done) {
    NamedTensors all;
    for (const auto& counts : invariance.counts) {
      all.emplace_back("fired", counts.fired);
      all.emplace_back("tried", counts.tried);
    }
    state.save(done, all);
  };
  const auto [low, high] = takes_pictures(model.network)
                               ? input_bounds(model.preprocess, model.network.input_shape()[0])
                               : std::pair<Tensor, Tensor>();
  const std::vector<int64_t> images = telling_images(statistics, run.request.invariance);
  int64_t done = state.done();
  const auto all = static_cast<int64_t>(images.size());
  while (done < all) {
    if (progress) progress(done, all, "invariance");
    const int64_t count = std::min(run.setting.batch, all - done);
    std::vector<Tensor> inputs;
    for (int64_t i = 0; i < count; ++i) inputs.push_back(run.data.read(images[static_cast<size_t>(done + i)], 0));
    invariance.add(dense(at::stack(inputs).to(model.device, model.type)), low, high);
    done += count;
    save(done);
  }
  if (progress) progress(all, all, "invariance");
  return invariance;
}

}  // namespace limpid
