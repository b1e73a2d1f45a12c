// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/maximization.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/json_text.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/npy.h"
#include "limpid/explain/arm.h"
#include "limpid/pipeline/targets.h"
#include "limpid/render/chart.h"
#include "limpid/render/page.h"
#include "limpid/render/png.h"
#include "pipeline/concepts/setting.h"
#include "pipeline/words.h"
#include "version.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void check(const MaximizeRequest& request) {
  if (request.steps < 1) refuse("the steps are ", request.steps, "; expected 1 or more");
  if (request.seeds < 1) refuse("the beginnings are ", request.seeds, "; expected 1 or more");
  if (request.shown < 2) refuse("the steps on the strip are ", request.shown, "; expected 2 or more");
  const auto check_range = [](const char* what, double value, double most) {
    if (!(value >= 0 && value <= most)) refuse(what, " is ", value, "; expected 0 to ", most);
  };
  if (!(request.rate > 0 && request.rate <= 1e6)) refuse("the rate is ", request.rate, "; expected above 0, to 1e6");
  check_range("the jitter", static_cast<double>(request.jitter), 1e6);
  check_range("the blur", request.blur, 1000);
  check_range("the norm", request.norm, 1e6);
  if (!(request.decay >= 0 && request.decay < 1))
    refuse("the decay is ", request.decay, "; expected 0 or more, below 1");
  const int asked = !request.units.empty() + !request.channels.empty() + !request.targets.empty();
  if (asked != 1)
    refuse(asked == 0 ? "nothing to maximise is asked for" : "several kinds of objectives are asked for",
           "; expected one of --unit, --channel (with --layer) and --target");
  if (request.targets.empty() == request.layers.empty())
    refuse(request.layers.empty() ? "units are asked for without their layer; expected --layer with one convolution"
                                  : "classes have no layer; expected --target without --layer");
}

/// What is sought, by name.
struct Sought {
  std::string name;  // as files are called
  std::string title;
  Objective objective;
};

std::vector<Sought> sought_classes(const MaximizeRequest& request, const Model& model) {
  std::vector<Sought> all;
  for (const int64_t index : named_classes(request.targets, model.labels))
    all.push_back({"class" + std::to_string(index),
                   model.labels[static_cast<size_t>(index)],
                   {Target::logit, model.network.output, index}});
  return all;
}

std::vector<Sought> sought_units(const MaximizeRequest& request, const Network& network) {
  const std::vector<int> nodes = convolutions_named(network, request.layers);
  if (nodes.size() != 1)
    refuse("units of ", nodes.size(), " layers are asked for; expected --layer with one convolution");
  const Node& node = network[nodes.front()];
  const bool unit = !request.units.empty();
  std::vector<Sought> all;
  for (const int64_t index : unit ? request.units : request.channels) {
    if (index < 0 || index >= node.shape[0])
      refuse("there is no unit ", index, " in '", node.name, "'; it has units 0 to ", node.shape[0] - 1);
    const std::string what = (unit ? "unit" : "channel") + std::to_string(index);
    all.push_back({file_word(node.name) + "." + what,
                   node.name + (unit ? ", unit " : ", channel ") + std::to_string(index),
                   {unit ? Target::unit : Target::channel, nodes.front(), index}});
  }
  return all;
}

std::vector<Sought> all_sought(const MaximizeRequest& request, const Model& model) {
  if (!takes_pictures(model.network))
    fail("the network's input is ", shape_text(model.network.input_shape()),
         "; maximisation needs one that takes pictures, whose values have known bounds");
  std::vector<Sought> all =
      request.targets.empty() ? sought_units(request, model.network) : sought_classes(request, model);
  std::set<std::string> names;
  for (const Sought& one : all)
    if (!names.insert(one.name).second) refuse(one.title, " is asked for twice");
  return all;
}

/// One objective from one beginning, with the way to it.
struct Climb {
  Sought sought;
  uint64_t seed;
  Tensor input = {};  // [C, H, W]
  std::vector<double> values = {};
  std::vector<GridCell> steps = {};

  std::string name() const { return sought.name + ".seed" + std::to_string(seed); }
};

bool is_shown(int64_t step, const MaximizeRequest& request) {
  for (int64_t i = 0; i < request.shown; ++i)
    if (step == i * request.steps / (request.shown - 1)) return true;
  return false;
}

/// Some climbs at once.
void climb(std::vector<Climb>::iterator begin, std::vector<Climb>::iterator end, const MaximizeRequest& request,
           const Model& model, const Progress& progress) {
  std::vector<Objective> objectives;
  std::vector<uint64_t> seeds;
  for (auto one = begin; one != end; ++one) {
    objectives.push_back(one->sought.objective);
    seeds.push_back(one->seed);
  }
  MaximizeOptions options;
  options.steps = request.steps;
  options.rate = request.rate;
  options.jitter = request.jitter;
  options.decay = request.decay;
  options.blur = request.blur;
  options.norm = request.norm;
  options.fourier = request.fourier;
  std::tie(options.low, options.high) = input_bounds(model.preprocess, model.network.input_shape()[0]);
  options.progress = progress;
  options.each = [&](int64_t step, const Tensor& inputs, const std::vector<double>& values) {
    for (auto one = begin; one != end; ++one) {
      const auto n = one - begin;
      one->values.push_back(values[static_cast<size_t>(n)]);
      if (!is_shown(step, request)) continue;
      const Tensor picture = enlarged(unprocess(inputs[n], model.preprocess), 160);
      one->steps.push_back({picture, fmt::format("step {}: {}", step, short_number(values[static_cast<size_t>(n)]))});
    }
  };
  const Tensor found = maximized(model.network, objectives, seeds, options);
  for (auto one = begin; one != end; ++one) one->input = found[one - begin].to(at::kCPU, at::kFloat).contiguous();
}

std::string curves(const std::vector<Climb>& climbs) {
  constexpr size_t most = 8;
  Chart chart{"Value at each step (inputs shifted at random)", "step", "value", {}};
  for (size_t i = 0; i < std::min(climbs.size(), most); ++i) {
    Series series{climbs[i].sought.title + ", seed " + std::to_string(climbs[i].seed), climbs[i].values};
    for (size_t step = 0; step < series.y.size(); ++step) series.x.push_back(static_cast<double>(step));
    chart.series.push_back(std::move(series));
  }
  chart.width = 720;
  return line_chart(chart);
}

Json document_of(const MaximizeRequest& request, const Model& model, const std::vector<Climb>& climbs) {
  Json inputs = Json::array();
  for (const Climb& one : climbs)
    inputs.push_back({{"name", one.name()},
                      {"objective", one.sought.title},
                      {"index", one.sought.objective.index},
                      {"seed", one.seed},
                      {"first", one.values.front()},
                      {"value", one.values.back()},
                      {"files", {one.name() + ".npy", one.name() + ".png", one.name() + ".strip.png"}}});
  return {{"limpid", kVersion},
          {"command", request.command},
          {"model", {{"path", model.path}, {"sha256", model.sha256}}},
          {"layer", request.layers.empty() ? Json() : Json(request.layers.front())},
          {"steps", request.steps},
          {"rate", request.rate},
          {"jitter", request.jitter},
          {"fourier", request.fourier},
          {"decay", request.decay},
          {"blur", request.blur},
          {"norm", request.norm},
          {"notes", model.notes},
          {"inputs", inputs}};
}

}  // namespace

ConceptsSummary maximize(const MaximizeRequest& request, const Progress& progress) {
  check(request);
  const Setting setting = setting_of(request);
  const Model& model = setting.model;
  std::vector<Climb> climbs;
  for (const Sought& one : all_sought(request, model))
    for (int64_t s = 0; s < request.seeds; ++s) climbs.push_back({one, request.seed + static_cast<uint64_t>(s)});
  const fs::path folder = request.output;
  make_folder(folder);
  const auto all = static_cast<int64_t>(climbs.size());
  for (int64_t begin = 0; begin < all; begin += setting.batch) {
    const auto part = [&](int64_t step, int64_t steps, std::string_view what) {
      if (progress)
        progress(begin / setting.batch * steps + step, (all + setting.batch - 1) / setting.batch * steps, what);
    };
    climb(climbs.begin() + begin, climbs.begin() + std::min(all, begin + setting.batch), request, model, part);
  }
  Page page("What " + fs::path(model.path).filename().string() + " answers to most",
            fmt::format("activation maximisation, {} steps{}", request.steps,
                        request.fourier ? " in Fourier coefficients" : ""));
  add_caveats(page, model.notes);
  page.charts({curves(climbs)});
  for (const Climb& one : climbs) {
    PictureGrid strip{{one.steps}, {}, {}};
    strip.note = one.sought.title + ", seed " + std::to_string(one.seed);
    const Tensor picture = draw_grid(strip);
    write_npy(folder / (one.name() + ".npy"), one.input);
    write_png(folder / (one.name() + ".png"), unprocess(one.input, model.preprocess));
    write_png(folder / (one.name() + ".strip.png"), picture);
    page.heading(one.sought.title + (request.seeds > 1 ? ", seed " + std::to_string(one.seed) : ""));
    page.gallery(one.steps);
  }
  write_file(folder / "report.html", page.html());
  const fs::path path = folder / "maximize.json";
  write_file(path, json_text(document_of(request, model, climbs), 1) + "\n");
  return {path.string(), setting.model.notes};
}

}  // namespace limpid
