// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/score_page.h"

#include <gmock/gmock.h>

#include <cmath>

namespace limpid {
namespace {
using ::testing::HasSubstr;
using ::testing::Not;

TEST(CurvesSvg, PutsTheLowestPointAtTheBottomAndTheHighestAtTheTop) {
  const std::string svg = curves_svg({"Loss", "epochs", {{"training", {{0, 2}, {1, 1}, {2, 0}}}}});
  EXPECT_THAT(svg, HasSubstr("M52.0 14.0L300.0 110.0L548.0 206.0"));  // the plot is 52..548 by 14..206
  EXPECT_THAT(svg, HasSubstr("aria-label=\"Loss\""));
}

TEST(CurvesSvg, LeavesOutWhatIsNotANumber) {
  const double none = std::nan("");
  EXPECT_EQ(curves_svg({"Loss", "epochs", {{"validation", {{0, none}}}}}), "");
  const std::string svg = curves_svg({"Loss", "epochs", {{"a", {{0, none}, {0, 1}, {4, 3}}}, {"b", {{1, none}}}}});
  EXPECT_THAT(svg, HasSubstr("M52.0 206.0L548.0 14.0"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(ScorePage, IsWholeAndEscapesNames) {
  ScorePage page{"A <b> title",        "data",       {{"accuracy", "50 %"}}, {},
                 {{"class"}, {"<x>"}}, {"<x>", "y"}, {{3, 1}, {0, 4}}};
  const std::string html = score_page(page);
  EXPECT_THAT(html, HasSubstr("A &lt;b&gt; title"));
  EXPECT_THAT(html, HasSubstr("<th>&lt;x&gt;</th>"));
  EXPECT_THAT(html, HasSubstr(">3</td>"));
  EXPECT_THAT(html, Not(HasSubstr("://")));
  page.confusion.assign(61, std::vector<int64_t>(61, 0));
  page.classes.assign(61, "many");
  EXPECT_THAT(score_page(page), Not(HasSubstr("<h2>Confusion")));
}

}  // namespace
}  // namespace limpid
