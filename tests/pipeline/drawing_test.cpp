// SPDX-License-Identifier: Apache-2.0
#include "pipeline/drawing.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "support/networks.h"

namespace limpid {
namespace {

using Settings = std::map<std::string, std::string>;

/// A run over the network of four classes and 8x8 pixels, and what it gave for one input.
struct Sample {
  ExplainRequest request = {};
  Model model = {"", "", testing::class_map_network(), testing::class_map_network(), {"a", "b", "c", "d"}};
  Plan plan = {request, model};
  Naming naming = {};
  Result result = {};

  void choose(const std::string& name, const Settings& settings = {}) {
    plan.choices.push_back({&method(name), Options(method(name).options, settings)});
  }
  Drawing drawn() {
    Drawing drawing{plan, result, naming, {}, at::zeros({3, 8, 8}, at::kByte)};
    draw_all(drawing);
    return drawing;
  }
};

std::string colors_of(const std::string& name, const Settings& settings, const std::string& kind) {
  Sample run;
  run.choose(name, settings);
  return colormap_of(run.plan, {name, kind, "", {}, {}, at::ones({2, 8, 8})});
}

TEST(Drawing, ColorsAreOfTheMethodAndTheKindWhateverTheValues) {
  for (const char* name : {"gradient", "lrp", "occlusion", "prediction-difference", "cam", "deconvnet"})
    EXPECT_EQ(colors_of(name, {}, "attribution"), "signed") << name;
  EXPECT_EQ(colors_of("deep-taylor", {}, "attribution"), "unsigned");
  EXPECT_EQ(colors_of("grad-cam", {}, "attribution"), "unsigned");
  EXPECT_EQ(colors_of("grad-cam", {{"relu", "false"}}, "attribution"), "signed");
  EXPECT_EQ(colors_of("smooth-grad", {}, "attribution"), "signed");
  EXPECT_EQ(colors_of("smooth-grad", {{"of", "deep-taylor"}}, "attribution"), "unsigned");
  EXPECT_EQ(colors_of("arm", {}, "unit"), "signed");
  EXPECT_EQ(colors_of("arm", {}, "level"), "unsigned");
}

// An input whose map had no value below zero was drawn in other colours than its neighbour on the page.
TEST(Drawing, MapsOfOneScaleHaveOneColorMap) {
  Sample run;
  run.choose("lrp");
  run.result.maps = {{"lrp", "attribution", "", 0, {}, at::ones({2, 8, 8})},
                     {"lrp", "attribution", "", 1, {}, at::full({2, 8, 8}, -1e-12f)}};
  run.naming.targets = true;
  const std::vector<ReportMap> maps = run.drawn().section.maps;
  ASSERT_EQ(maps.size(), 2U);
  EXPECT_EQ(maps[0].scale_group, maps[1].scale_group);
  EXPECT_EQ(maps[0].colormap, maps[1].colormap);
}

TEST(Drawing, TheAuthorsModeOfArmShowsThePositivePart) {
  Sample run;
  run.choose("arm", {{"mode", "authors"}});
  const Map unit{"arm", "unit", "conv1", {}, 3, at::stack({at::ones({8, 8}), at::full({8, 8}, -3.0)})};
  EXPECT_EQ(drawn_plane(run.plan, unit).min().item<float>(), 0);
  EXPECT_EQ(colormap_of(run.plan, unit), "unsigned");
  run.plan.choices.clear();
  run.choose("arm");
  EXPECT_EQ(drawn_plane(run.plan, unit).min().item<float>(), -2);
}

}  // namespace
}  // namespace limpid
