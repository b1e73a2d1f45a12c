// SPDX-License-Identifier: Apache-2.0
// Tables, charts and pages of results.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>

#include "limpid/core/error.h"
#include "limpid/render/chart.h"
#include "limpid/render/page.h"
#include "render/counting.h"
#include "render/text.h"

namespace limpid {
namespace {
using limpid::testing::count;

const double none = std::nan("");

Table sample() {
  Table table{{"name", "count", "share"}, {}};
  table.add({"a, \"b\"|c", int64_t{-1234567}, .1});
  table.add({"<i>", int64_t{0}, none});
  return table;
}

TEST(Table, CsvQuotesWhatItMustAndKeepsNumbersWhole) {
  EXPECT_EQ(csv(sample()), "name,count,share\n\"a, \"\"b\"\"|c\",-1234567,0.1\n<i>,0,\n");
  Table third{{"x"}, {}};
  third.add({1. / 3});
  const std::string text = csv(third);
  EXPECT_EQ(std::stod(text.substr(text.find('\n') + 1)), 1. / 3);
}

TEST(Table, JsonHasAnObjectARowWithNullForNaN) {
  const auto rows = nlohmann::json::parse(table_json(sample())).at("rows");
  EXPECT_EQ(rows.at(0).at("count"), -1234567);
  EXPECT_EQ(rows.at(0).at("share"), .1);
  EXPECT_TRUE(rows.at(1).at("share").is_null());
}

TEST(Table, IsReadBackFromItsJsonCellByCell) {
  const Table before = sample(), after = table_of_json(table_json(before));
  EXPECT_EQ(after.columns, before.columns);
  EXPECT_EQ(csv(after), csv(before));
  EXPECT_TRUE(std::holds_alternative<int64_t>(after.rows[0][1]));
  EXPECT_TRUE(std::holds_alternative<double>(after.rows[1][2]));
  EXPECT_EQ(table_of_json(table_json({{"x"}, {}})).columns.size(), 1u);
  EXPECT_THROW(table_of_json("[1]"), Error);
  EXPECT_THROW(table_of_json(R"({"columns": ["x"], "rows": [{"y": 1}]})"), Error);
}

TEST(Table, MarkdownPutsNumbersToTheRightAndEscapesBars) {
  EXPECT_EQ(
      markdown(sample()),
      "| name | count | share |\n| --- | ---: | ---: |\n| a, \"b\"\\|c | −1,234,567 | 0.1000 |\n| <i> | 0 | – |\n");
}

TEST(Table, NumbersAreShownWithFourDigits) {
  EXPECT_EQ(shown(12345.678), "12,346");
  EXPECT_EQ(shown(-123.456), "−123.5");
  EXPECT_EQ(shown(.00012345), "1.23e-04");
  EXPECT_EQ(shown(INFINITY), "∞");
}

TEST(Table, ARowOfAnotherLengthIsRefused) {
  Table table{{"a", "b"}, {}};
  EXPECT_THROW(table.add({"only one"}), Error);
}

TEST(Chart, ACurveIsAPathWithAGapWhereThereIsNoNumber) {
  const std::string drawn = line_chart({"t", "x", "y", {{"s", {1, none, 2, 3}, {0, 1, 2, 3}}}});
  const std::string path = drawn.substr(drawn.find("<path d=\""));
  EXPECT_EQ(count(path.substr(0, path.find("\" fill")), "M"), 2U);
  EXPECT_EQ(count(drawn, "<path"), 1U);
}

TEST(Chart, PointsLieWhereTheNumbersAre) {
  Chart chart{"t", "x", "y", {{"s", {0, 10}, {0, 10}}}};
  chart.x_range = chart.y_range = {{0., 10.}};
  chart.series[0].points = true;
  const std::string drawn = line_chart(chart);  // 58 and 14 pixels to the left and right, 38 above, 42 below
  EXPECT_NE(drawn.find(R"(<circle cx="58.0" cy="298.0")"), std::string::npos) << drawn;
  EXPECT_NE(drawn.find(R"(<circle cx="546.0" cy="38.0")"), std::string::npos) << drawn;
}

TEST(Chart, NumbersAlongANarrowAxisDoNotRunIntoEachOther) {
  for (const double last : {.1, .0555, 1234., 7e9}) {
    Chart chart{"t", "", "y", {{"s", {1, 2}, {.05, last}}}};
    chart.width = 360;
    const std::string drawn = line_chart(chart);
    const std::regex number(R"re(<text x="([0-9.]+)" y="315.0" text-anchor="middle" font-size="11">([^<]+)<)re");
    double before = 0;
    int64_t found = 0;
    for (std::sregex_iterator at(drawn.begin(), drawn.end(), number), end; at != end; ++at, ++found) {
      const double half = static_cast<double>(text_width((*at)[2].str(), 11)) / 2, middle = std::stod((*at)[1]);
      EXPECT_GT(middle - half, before) << (*at)[2];
      before = middle + half;
    }
    EXPECT_GE(found, 2);
  }
}

TEST(Chart, ScatteredPointsHaveNoLineBetweenThem) {
  Chart chart{"t", "x", "y", {{"s", {3, 1, 2}, {1, 3, 2}}}};
  chart.series[0].points = true;
  chart.series[0].line = false;
  const std::string drawn = line_chart(chart);
  EXPECT_EQ(count(drawn, "<circle"), 3U);
  EXPECT_EQ(count(drawn, "<path"), 0U);
}

TEST(Chart, ALogarithmicAxisPutsEqualFactorsAtEqualDistances) {
  Chart chart{"t", "x", "y", {{"s", {1, 1, 1}, {1, 10, 100}}}};
  chart.log_x = chart.series[0].points = true;
  const std::string drawn = line_chart(chart);
  EXPECT_NE(drawn.find(R"(cx="302.0")"), std::string::npos) << drawn;
  chart.series[0].x[0] = 0;
  EXPECT_THROW(line_chart(chart), Error);
}

TEST(Chart, BarsStartAtZeroAndShowTheirIntervals) {
  Chart chart{"t", "", "y", {{"s", {2, -1}}, {"u", {1, 3}}}};
  chart.series[0].low = {1, -2};
  chart.series[0].high = {3, 0};
  const std::string drawn = bar_chart(chart, {"a", "b"});
  EXPECT_EQ(count(drawn, "<rect"), 4U);
  EXPECT_EQ(count(drawn, "stroke-width=\"1.4\""), 2U);
}

TEST(Chart, SeriesThatDoNotFitAreRefused) {
  EXPECT_THROW(line_chart({"t", "", "", {{"s", {1, 2}, {1}}}}), Error);
  EXPECT_THROW(line_chart({"t", "", "", {{"s", {none}, {1}}}}), Error);
  EXPECT_THROW(bar_chart({"t", "", "", {{"s", {1, 2}}}}, {"only one"}), Error);
}

TEST(Chart, AMatrixIsAsDarkAsTheShareOfItsRow) {
  const std::string drawn = matrix_chart({"t", "true", "predicted", {"a", "b"}, {"a", "b"}, {{3, 1}, {0, 0}}});
  EXPECT_NE(drawn.find("fill-opacity=\"1.00\""), std::string::npos);
  EXPECT_NE(drawn.find("fill-opacity=\"0.33\""), std::string::npos);
  EXPECT_EQ(count(drawn, "fill-opacity=\"0.00\""), 2U);
}

TEST(Chart, AMatrixIsAsWideAsItsTitle) {
  const auto width = [](const std::string& title) {
    const std::string drawn = matrix_chart({title, "true", "predicted", {"a"}, {"a"}, {{1}}});
    return std::stod(drawn.substr(drawn.find("width=\"") + 7));
  };
  EXPECT_EQ(width("t"), width("u"));
  EXPECT_GT(width(std::string(60, 't')), width("t") + 100);
}

TEST(Chart, ASeriesMayHaveTheColourOfAnotherPlace) {
  Chart chart{"t", "x", "y", {{"s", {1, 2}, {1, 2}}}};
  const std::string first = line_chart(chart);
  chart.series[0].colour = 3;
  const std::string fourth = line_chart(chart);
  EXPECT_NE(first.find("#0072b2"), std::string::npos);
  EXPECT_EQ(fourth.find("#0072b2"), std::string::npos);
  EXPECT_NE(fourth.find("#cc79a7"), std::string::npos);
}

TEST(Page, HoldsEverythingAndNothingOfItIsMarkup) {
  Page page("A <title>", "sub & title");
  page.heading("Heading");
  page.paragraph("<script>alert(1)</script>");
  page.list({"one", "two"});
  page.facts({{"seed", "3"}});
  page.table(sample(), "caption");
  page.charts({line_chart({"curve", "x", "y", {{"s", {1, 2}, {1, 2}}}})});
  page.picture(at::zeros({3, 4, 5}, at::kByte), "black");
  page.gallery({{at::zeros({3, 4, 5}, at::kByte), "first"}, {at::zeros({3, 4, 5}, at::kByte), "second"}});
  const std::string html = page.html();
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
  EXPECT_NE(html.find("A &lt;title&gt;"), std::string::npos);
  EXPECT_EQ(count(html, "data:image/png;base64,"), 3U);
  EXPECT_EQ(count(html, "<svg"), 1U);
  EXPECT_EQ(html.find("http://", html.find("<body>")), html.find("http://www.w3.org/2000/svg", html.find("<body>")));
}

}  // namespace
}  // namespace limpid
