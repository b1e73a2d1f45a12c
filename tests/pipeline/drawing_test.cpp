// SPDX-License-Identifier: Apache-2.0
#include "pipeline/drawing.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "support/networks.h"

namespace limpid {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Settings = std::map<std::string, std::string>;

/// A run over the network of four classes and 8x8 pixels, and what it gave for one input.
struct Sample {
  ExplainRequest request = {};
  Model model = {
      "", "", {}, limpid::testing::class_map_network(), limpid::testing::class_map_network(), {"a", "b", "c", "d"}};
  Plan plan = {request, model};
  Naming naming = {};
  Result result = {};
  ClassHues hues = {};

  void choose(const std::string& name, const Settings& settings = {}) {
    plan.choices.push_back({&method(name), Options(method(name).options, settings)});
  }
  Drawing drawn() {
    Drawing drawing{plan, result, naming, {}, at::zeros({3, 8, 8}, at::kByte), hues};
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

/// What `arm` gives for a layer: units 0 … n − 1 with the response k + 1 each.
void add_units(Sample& run, const std::string& layer, int64_t count) {
  for (int64_t k = 0; k < count; ++k)
    run.result.maps.push_back({"arm", "unit", layer, {}, k, at::full({1, 8, 8}, static_cast<float>(k + 1))});
  run.result.maps.push_back({"arm", "index", layer, {}, {}, at::full({8, 8}, count - 1, at::kInt)});
  run.result.maps.push_back({"arm", "level", layer, {}, {}, at::full({8, 8}, static_cast<float>(count))});
  run.result.maps.push_back({"arm", "template", layer, {}, {}, at::ones({1, 8, 8})});
}

std::vector<std::string> subjects(const ReportInput& section, const std::string& kind) {
  std::vector<std::string> found;
  for (const ReportMap& map : section.maps)
    if (map.kind == kind) found.push_back(map.target);
  return found;
}

TEST(Drawing, UnitsLevelTemplateAndIndexStandOnThePageAsMaps) {
  Sample run;
  run.choose("arm");
  add_units(run, "conv1", 3);
  const ReportInput section = run.drawn().section;
  EXPECT_THAT(subjects(section, "unit"), ElementsAre("unit 0", "unit 1", "unit 2"));
  EXPECT_EQ(subjects(section, "level").size(), 1U);
  EXPECT_EQ(subjects(section, "template").size(), 1U);
  EXPECT_TRUE(section.notes.empty());
  const ReportMap& index = section.maps.back();
  EXPECT_EQ(index.kind, "index");
  ASSERT_TRUE(index.clear);
  EXPECT_EQ(index.clear->colors.at(0).label, "unit 2");
}

TEST(Drawing, UnitsThatAreLeftOutAreCounted) {
  Sample run;
  run.choose("arm");
  add_units(run, "conv1", 40);
  const ReportInput section = run.drawn().section;
  EXPECT_EQ(subjects(section, "unit").size(), 16U);
  EXPECT_THAT(section.notes, ElementsAre(std::pair<std::string, std::string>("arm", "conv1: 16 of 40 units.")));
}

TEST(Drawing, OfManyClassesThePanelShowsThoseWithTheLargestShares) {
  Sample run;
  run.choose("clear");
  run.model.labels.clear();
  for (int k = 0; k < 60; ++k) {
    run.model.labels.push_back("class " + std::to_string(k));
    run.result.maps.push_back({"clear", "response", "", k, {}, at::ones({8, 8})});
  }
  run.result.maps.push_back({"clear", "class", "", {}, {}, at::full({8, 8}, 57, at::kInt)});
  run.result.maps.push_back({"clear", "level", "", {}, {}, at::ones({8, 8})});
  const ReportInput section = run.drawn().section;
  const std::vector<std::string> shown = subjects(section, "response");
  ASSERT_EQ(shown.size(), 50U);
  EXPECT_EQ(shown[0], "class 57");
  ASSERT_EQ(section.notes.size(), 1U);
  EXPECT_THAT(section.notes[0].second, HasSubstr("50 of 60 classes"));
}

TEST(Drawing, OcclusionShowsItsLabelsAndActivationsOverTheWholeInput) {
  Sample run;
  run.choose("occlusion");
  run.result.maps = {{"occlusion", "attribution", "", 0, {}, at::ones({2, 8, 8})},
                     {"occlusion", "label", "", {}, {}, at::tensor({0, 1, 2, 3}, at::kInt).view({2, 2})},
                     {"occlusion", "activation", "conv2", {}, 1, at::arange(4, at::kFloat).view({2, 2})}};
  const std::vector<ReportMap> maps = run.drawn().section.maps;
  ASSERT_EQ(maps.size(), 3U);
  EXPECT_EQ(maps[1].kind, "activation");
  EXPECT_EQ(maps[1].colormap, "unsigned");
  EXPECT_EQ(maps[1].values.sizes(), (Shape{8, 8}));
  EXPECT_EQ(maps[1].values[7][0].item<float>(), 2);
  ASSERT_TRUE(maps[2].clear);
  EXPECT_EQ(maps[2].clear->share_of, "area");
  EXPECT_EQ(maps[2].clear->colors.size(), 4U);
  EXPECT_EQ(maps[2].clear->map.classes[0][7].item<int32_t>(), 1);
}

TEST(Drawing, ALineIsARowAsLongAsTheInput) {
  EXPECT_EQ(plane(at::ones({3, 12}), {3, 12}).sizes(), (Shape{1, 12}));
  EXPECT_EQ(plane(at::ones({3, 12}), {3, 12})[0][0].item<float>(), 3);
  EXPECT_EQ(plane(at::ones({1, 4}), {3, 12}).sizes(), (Shape{1, 12}));  // windows of an occlusion
  EXPECT_EQ(plane(at::ones({12}), {3, 12}).sizes(), (Shape{1, 12}));
}

}  // namespace
}  // namespace limpid
