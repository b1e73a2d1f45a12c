// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/report.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/csv.h"
#include "limpid/data/glyphs.h"
#include "limpid/data/npy.h"
#include "limpid/net/onnx.h"
#include "limpid/pipeline/model.h"
#include "limpid/render/png.h"
#include "pipeline/report/narration.h"
#include "pipeline/report/report.h"
#include "support/files.h"
#include "support/networks.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

const std::string kReportModel = std::string(LIMPID_SOURCE_DIR) + "/models/glyphs.onnx";
const uint64_t kStarSeed = 3;

struct ReportFolder : testing::Folder {
  ReportFolder() { write_png(path / "star.png", draw_glyphs({"star"}, kStarSeed).picture); }

  ReportRequest request() const {
    ReportRequest asked;
    asked.model.path = kReportModel;
    asked.input = (path / "star.png").string();
    asked.data = "glyphs:200";
    asked.cases = 2;
    asked.segments = 16;
    asked.evaluations = 300;
    asked.output = (path / "out").string();
    return asked;
  }
  Tensor array(const std::string& file) const { return read_npy(path / "out" / file); }
  Json json(const std::string& file) const { return Json::parse(read_file(path / "out" / file, uint64_t{1} << 30)); }
};

/// The numbers of a document's statement, by name; the first of that id.
std::map<std::string, double> numbers_of(const Json& document, const std::string& id) {
  std::map<std::string, double> numbers;
  for (const Json& statement : document.at("statements"))
    if (statement.at("id") == id) {
      for (const Json& number : statement.at("numbers")) numbers[number.at("name")] = number.at("value");
      return numbers;
    }
  throw Error("nothing says " + id);
}

bool says(const Json& document, const std::string& id) {
  for (const Json& statement : document.at("statements"))
    if (statement.at("id") == id) return true;
  return false;
}

TEST(Report, EveryNumberFollowsFromTheFileItNames) {
  const ReportFolder folder;
  report(folder.request());
  const Json document = folder.json("report.json"), manifest = folder.json("maps/manifest.json");
  const std::vector<double> logits = manifest.at("inputs")[0].at("logits");
  const Tensor scores = at::tensor(logits, at::kDouble), shares = scores.softmax(0);
  const std::vector<int64_t> order = {scores.argsort(0, true)[0].item<int64_t>(),
                                      scores.argsort(0, true)[1].item<int64_t>()};
  ASSERT_EQ(document.at("classes")[0].at("label"), "star");
  EXPECT_NEAR(numbers_of(document, "decision.class").at("probability"), shares[order[0]].item<double>(), 1e-6);
  EXPECT_NEAR(numbers_of(document, "decision.lead").at("margin"), (scores[order[0]] - scores[order[1]]).item<double>(),
              1e-5);

  const Tensor dominant = folder.array("maps/star/clear.class.npy").to(at::kLong),
               level = folder.array("maps/star/clear.level.npy").to(at::kDouble);
  const auto evidence = numbers_of(document, "evidence.share");
  const Tensor own = dominant == order[0];
  EXPECT_NEAR(evidence.at("share"),
              (at::where(own, level, 0.).sum() / at::where(dominant >= 0, level, 0.).sum()).item<double>(), 1e-6);
  EXPECT_NEAR(evidence.at("area"), own.to(at::kDouble).mean().item<double>(), 1e-9);
  const Tensor response = folder.array("maps/star/clear.response." + std::to_string(order[0]) + ".npy").to(at::kDouble);
  std::vector<double> values;
  for (int64_t i = 0; i < response.numel(); ++i) values.push_back(std::max(0., response.flatten()[i].item<double>()));
  std::sort(values.rbegin(), values.rend());
  double all = 0, sum = 0;
  for (const double value : values) all += value;
  int64_t needed = 0;
  while (sum < all / 2) sum += values[static_cast<size_t>(needed++)];
  EXPECT_NEAR(numbers_of(document, "evidence.place").at("half"), static_cast<double>(needed) / (64 * 64), 1e-9);

  const auto rows = csv_rows(read_file(folder.path / "out/cases/nearest.csv", 1 << 20), "nearest");
  const auto agreement = numbers_of(document, "cases.agreement");
  const auto stars = static_cast<size_t>(class_counts(open_dataset("glyphs:200"))[static_cast<size_t>(order[0])]);
  int64_t same = 0;
  for (size_t i = 1; i <= stars; ++i) same += rows[i][2] == std::to_string(order[0]);
  EXPECT_EQ(agreement.at("count"), stars) << "there are no more";
  EXPECT_EQ(rows.size(), 51U);
  EXPECT_EQ(agreement.at("same"), same);
  const Tensor sample = folder.array("cases/sample.npy");
  const std::string known = says(document, "cases.known") ? "cases.known" : "cases.unlike";
  EXPECT_NEAR(numbers_of(document, known).at("share"),
              (sample < std::stod(rows[1][3])).to(at::kDouble).mean().item<double>(), 1e-12);

  const Tensor map = folder.array("checks/map.npy");
  double likeness = 0;
  for (const Tensor& other : folder.array("checks/all-random.npy").unbind()) {
    const Tensor there = at::logical_or(map != 0, other != 0);
    const auto ranks = [&](const Tensor& values) {  // no two are equal, but for zeros in a few places
      return values.abs().masked_select(there).argsort().argsort().to(at::kDouble);
    };
    likeness += at::corrcoef(at::stack({ranks(map), ranks(other)}))[0][1].item<double>() / 3;
  }
  const auto check = document.at("check").at("all_layers_random").get<double>();
  EXPECT_NEAR(check, likeness, .01);
  EXPECT_NEAR((map - response.reshape(map.sizes())).abs().max().item<double>(), 0,
              1e-5 * response.abs().max().item<double>());
}

TEST(Report, TheChangesItTellsOfDoWhatItSays) {
  const ReportFolder folder;
  report(folder.request());
  const Json changes = folder.json("changes/changes.json");
  const Model model = open_model({kReportModel});
  const Tensor segments = folder.array("changes/segments.npy").to(at::kLong);
  ASSERT_EQ(changes.size(), 3U);
  int64_t found = 0;
  for (const Json& change : changes) {
    const std::string files = change.at("files");
    const Tensor input = folder.array(files + ".input.npy"), mask = folder.array(files + ".npy").to(at::kBool);
    const Tensor scores = logits(model.network, input.unsqueeze(0)).to(at::kDouble)[0];
    const std::string now = model.labels[static_cast<size_t>(scores.argmax().item<int64_t>())];
    EXPECT_EQ(now, change.at("class"));
    EXPECT_NEAR(scores.softmax(0).max().item<double>(), change.at("class_probability").get<double>(), 1e-5);
    const std::vector<int64_t> changed = change.at("segments");
    EXPECT_TRUE(mask.equal(at::isin(segments, at::tensor(changed, at::kLong))));
    if (!change.at("found")) continue;
    ++found;
    if (change.at("toward").is_null())
      EXPECT_NE(now, "star");
    else
      EXPECT_EQ(now, change.at("toward"));
  }
  EXPECT_GT(found, 0);
}

TEST(Report, TheGlyphIsWhatSpeaksAndWhatIsNearAndWhatMustGo) {
  const ReportFolder folder;
  ReportRequest request = folder.request();
  request.attributes = "glyphs:200";
  request.only = {"star", "cross"};
  const ReportSummary summary = report(request);
  const Json document = folder.json("report.json");
  const GlyphScene scene = draw_glyphs({"star"}, kStarSeed);
  const Tensor star = scene.things.back().mask > .02;
  // most of the positive response lies on it, a small part of the picture
  const auto index = document.at("classes")[0].at("index").get<int64_t>();
  const Tensor response =
      folder.array("maps/star/clear.response." + std::to_string(index) + ".npy").to(at::kDouble).reshape({64, 64});
  const Tensor positive = response.clamp_min(0),
               near = at::max_pool2d(star.to(at::kFloat).reshape({1, 1, 64, 64}), 5, 1, 2)[0][0];
  EXPECT_GT((positive * near).sum().item<double>(), .6 * positive.sum().item<double>());
  EXPECT_LT(near.mean().item<double>(), .25);
  // the nearest examples are stars
  const Dataset data = open_dataset("glyphs:200");
  for (const Json& one : document.at("cases").at("of_class")[0].at("examples"))
    EXPECT_EQ(data.classes[static_cast<size_t>(data[one.at("number")].label)], "star");
  EXPECT_GT(numbers_of(document, "cases.agreement").at("same"), 10) << "a tenth of the data are stars";
  // what has to go covers the star
  const Json& removal = document.at("changes")[0];
  ASSERT_TRUE(removal.at("found"));
  const Tensor mask = folder.array("changes/removed.npy").to(at::kBool);
  EXPECT_GT(mask.logical_and(star).sum().item<double>(), .4 * star.sum().item<double>());
  // and of two attributes the evidence is its
  std::map<std::string, double> of;
  for (const Json& statement : document.at("statements"))
    if (statement.at("id") == "evidence.attribute")
      for (const char* name : {"star", "cross"})
        if (statement.at("text").get<std::string>().find(std::string("lies on ") + name) != std::string::npos)
          of[name] = statement.at("numbers")[0].at("value");
  EXPECT_GT(of["star"], .5);
  EXPECT_LT(of["cross"], .2);
  for (const std::string& sentence : summary.statements) EXPECT_THAT(sentence, Not(HasSubstr("{")));
}

TEST(Report, AnExampleThatIsTheInputIsLeftOut) {
  const ReportFolder folder;
  make_folder(folder.path / "pictures");
  for (uint64_t i = 0; i < 30; ++i)
    write_png(folder.path / "pictures" / (std::to_string(100 + i) + ".png"), draw_glyphs({"star"}, i).picture);
  ReportRequest request = folder.request();
  request.data = (folder.path / "pictures").string();
  request.alternatives = 0;
  report(request);
  const Json document = folder.json("report.json");
  EXPECT_TRUE(says(document, "cases.same"));
  EXPECT_FALSE(says(document, "cases.agreement")) << "the network's own answers agree with nothing";
  for (const Json& one : document.at("cases").at("nearest"))
    EXPECT_THAT(one.at("example").get<std::string>(), Not(HasSubstr("103.png")));
  EXPECT_EQ(document.at("cases").at("nearest").size(), 29U);
}

TEST(Report, OfANetworkOfOneScoreTheMapSpeaksForItsClassWhateverTheDecision) {
  const ReportFolder folder;
  at::manual_seed(1);
  write_npy(folder.path / "input.npy", at::rand({5, 28, 28}));
  std::set<std::string> decisions;
  for (const double sign : {1., -1.}) {
    Network network = network_with_input("input", {5, 28, 28});
    const int map = limpid::testing::append_conv_relu(network, "conv", 6, 5, 0, 1);
    const int flat =
        append(network, "flat", {&layer_type("reshape"), {{"shape", std::vector<int64_t>{6 * 28 * 28}}}}, {map});
    Layer score = limpid::testing::random_dense(6 * 28 * 28, 1, 2);
    for (Tensor& parameter : score.parameters) parameter = sign * parameter;
    append(network, "score", score, {flat});
    save_onnx(network, folder.path / "one.onnx");
    ReportRequest request = folder.request();
    request.model.path = (folder.path / "one.onnx").string();
    request.input = (folder.path / "input.npy").string();
    request.data = "";
    request.methods = {"gradient"};
    report(request);
    const Json document = folder.json("report.json");
    decisions.insert(document.at("classes")[0].at("label"));
    const double logit = folder.json("maps/manifest.json").at("inputs")[0].at("logits")[0];
    EXPECT_NEAR(numbers_of(document, "decision.sign").at("probability"), 1 / (1 + std::exp(-std::abs(logit))), 1e-6);
    EXPECT_EQ(document.at("changes").size(), 2U);
    EXPECT_FALSE(says(document, "evidence.share")) << "one class is compared with none";
    for (const Json& statement : document.at("statements")) {
      if (!statement.at("id").get<std::string>().starts_with("evidence.")) continue;
      EXPECT_THAT(statement.at("text").get<std::string>(), Not(HasSubstr("not 0")));
    }
  }
  EXPECT_THAT(decisions, ::testing::UnorderedElementsAre("0", "not 0"));
}

TEST(Report, ImpossibleRequestsAreRefused) {
  const ReportFolder folder;
  const auto error = [&](auto change) {
    ReportRequest request = folder.request();
    change(request);
    try {
      report(request);
    } catch (const Error& caught) {
      return std::string(caught.what());
    }
    return std::string();
  };
  EXPECT_THAT(error([](ReportRequest& one) { one.data = "", one.attributes = "glyphs:20"; }), HasSubstr("--data"));
  EXPECT_THAT(error([](ReportRequest& one) { one.response = "lrp"; }), HasSubstr("lrp:epsilon-plus"));
  EXPECT_THAT(error([](ReportRequest& one) { one.fill = "black"; }), HasSubstr("mean"));
  EXPECT_THAT(error([](ReportRequest& one) { one.segments = 1; }), HasSubstr("2 or more"));
  EXPECT_THAT(error([&](ReportRequest& one) {
                write_npy(folder.path / "many.npy", at::zeros({3, 3, 64, 64}));
                one.input = (folder.path / "many.npy").string();
              }),
              HasSubstr("3 inputs"));
  EXPECT_THAT(error([](ReportRequest& one) { one.data = "nowhere"; }), HasSubstr("nowhere"));
}

TEST(Narration, EveryTemplateSaysWhatItIsGivenInItsForm) {
  ASSERT_GT(statement_templates().size(), 20U);
  for (const auto& [id, text] : statement_templates()) {
    std::vector<Word> words;
    for (size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
      const std::string inside = text.substr(open + 1, text.find('}', open) - open - 1);
      const std::string name = inside.substr(0, inside.find(':'));
      if (inside == name)
        words.push_back({name, "WORDS"});
      else
        words.push_back({name, .25, "file", "how"});
    }
    const Statement statement(id, words);
    EXPECT_THAT(statement.text(), Not(HasSubstr("{"))) << id;
    EXPECT_EQ(statement.text().back(), '.') << id;
  }
  EXPECT_THAT([] { Statement("decision.class", {}); }, ThrowsMessage<Error>(HasSubstr("has no 'class'")));
  EXPECT_THAT([] { Statement("decision.none", {}); }, ThrowsMessage<Error>(HasSubstr("decision.none")));
}

TEST(Narration, NumbersAreShownAsPeopleReadThem) {
  EXPECT_EQ(shown_number(.4567, "%"), "46 %");
  EXPECT_EQ(shown_number(.0456, "%"), "4.6 %");
  EXPECT_EQ(shown_number(.0001, "%"), "less than 0.1 %");
  EXPECT_EQ(shown_number(.99999, "%"), "more than 99.9 %");
  EXPECT_EQ(shown_number(.9949, "%"), "99.5 %");
  EXPECT_EQ(shown_number(0, "%"), "0 %");
  EXPECT_EQ(shown_number(1, "%"), "100 %");
  EXPECT_EQ(shown_number(.0001, "p"), "less than 0.001");
  EXPECT_EQ(shown_number(.9999, "p"), "more than 0.999");
  EXPECT_EQ(shown_number(.5, "p"), "0.500");
  EXPECT_EQ(shown_number(1234, "n"), "1,234");
  EXPECT_EQ(shown_number(1, "n segment|segments"), "1 segment");
  EXPECT_EQ(shown_number(3, "n segment|segments"), "3 segments");
  EXPECT_EQ(shown_number(-3.14159, "x"), "−3.14");
  EXPECT_EQ(shown_number(31.4159, "x"), "31.4");
  EXPECT_THAT([] { shown_number(1, "z"); }, ThrowsMessage<Error>(HasSubstr("'z'")));
}

TEST(Place, IsWhereTheWeightLies) {
  const auto spot = [](int64_t row, int64_t column) {
    Tensor map = at::full({30, 60}, -1.);
    map[row][column] = 2;
    return map;
  };
  EXPECT_EQ(place_of(spot(3, 5)), "in the upper left");
  EXPECT_EQ(place_of(spot(15, 30)), "in the middle");
  EXPECT_EQ(place_of(spot(28, 30)), "in the lower middle");
  EXPECT_EQ(place_of(spot(15, 50)), "on the right");
  EXPECT_EQ(place_of(at::ones({30, 60})), "spread over all of it");
  EXPECT_EQ(place_of(-at::ones({30, 60})), "nowhere");
  EXPECT_DOUBLE_EQ(half_area(spot(3, 5)), 1. / 1800);
  EXPECT_DOUBLE_EQ(half_area(at::ones({30, 60})), .5);
  EXPECT_DOUBLE_EQ(half_area(-at::ones({30, 60})), 0);
}

}  // namespace
}  // namespace limpid
