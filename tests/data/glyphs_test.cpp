// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/glyphs.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>
#include <complex>
#include <map>
#include <numeric>
#include <set>
#include <thread>

#include "data/glyphs/canvas.h"
#include "limpid/data/dataset.h"
#include "support/files.h"

namespace limpid::testing {
namespace {
using ::testing::Each;
using ::testing::HasSubstr;

using Corners = std::vector<Point>;

double shoelace(const Corners& corners) {
  double twice = 0;
  for (size_t i = 0; i < corners.size(); ++i) {
    const Point a = corners[i], b = corners[(i + 1) % corners.size()];
    twice += a.x * b.y - b.x * a.y;
  }
  return std::abs(twice) / 2;
}

/// Area of a line with round ends and joints: rectangles, a disc for both ends, and at a turn of θ a wedge θ/2 on the
/// outside less the kite tan(θ/2) that both rectangles cover, in units of the squared half width.
double stroke_area(const Corners& line, double width) {
  const double half = width / 2;
  double area = M_PI * half * half;
  for (size_t i = 1; i < line.size(); ++i) {
    const double dx = line[i].x - line[i - 1].x, dy = line[i].y - line[i - 1].y;
    area += width * std::hypot(dx, dy);
    if (i + 1 == line.size()) break;
    const double turn = std::abs(std::remainder(
        std::atan2(line[i + 1].y - line[i].y, line[i + 1].x - line[i].x) - std::atan2(dy, dx), 2 * M_PI));
    area += half * half * (turn / 2 - std::tan(turn / 2));
  }
  return area;
}

/// Of two discs whose centres are d apart, what both cover.
double lens(double a, double b, double d) {
  const double x = (d * d + a * a - b * b) / (2 * d), y = std::sqrt(a * a - x * x);
  return a * a * std::acos(x / a) + b * b * std::acos((d - x) / b) - d * y;
}

Corners star() {
  Corners corners;
  for (int i = 0; i < 10; ++i) {
    const std::complex<double> point = std::polar(i % 2 == 0 ? 1 : .42, M_PI * i / 5);
    corners.push_back({point.real(), point.imag()});
  }
  return corners;
}

/// Ink of each glyph in units of its squared radius.
std::map<std::string, double> areas() {
  const double w = .3, h = w / 2, disc = M_PI * h * h;
  const double diagonal = 2 * .8 * M_SQRT2 * w + disc, stem = 1.75 * w + disc;
  const double shaft = 1.85 * w + disc, head = stroke_area({{.25, -.65}, {.9, 0}, {.25, .65}}, w);
  // The end of the shaft lies in the head where |y| <= h and x is right of the head's inner edge, x = .9 - √2h - |y|.
  const double in_head = disc / 2 + 2 * (M_SQRT2 * h * h + h * h / 2);
  return {{"ring", 2 * M_PI * .82 * w},
          {"square", std::pow(1.5 + w, 2) - (4 - M_PI) * h * h - std::pow(1.5 - w, 2)},
          {"triangle", shoelace({{0, -.95}, {.95, .75}, {-.95, .75}})},
          {"cross", 2 * diagonal - w * w},
          {"star", shoelace(star())},
          {"arrow", shaft + head - in_head},
          {"tee", 1.7 * w + disc + stem - h * w - disc / 2},
          {"ell", stroke_area({{-.6, -.95}, {-.6, .8}, {.75, .8}}, w)},
          {"zigzag", stroke_area({{-.95, .5}, {-.45, -.5}, {.05, .5}, {.5, -.5}, {.95, .5}}, .26)},
          {"crescent", M_PI * .95 * .95 - lens(.95, .75, .45)}};
}

double sum_of(const std::vector<float>& mask) { return std::accumulate(mask.begin(), mask.end(), 0.0); }

TEST(Glyphs, TheInkOfEachGlyphHasTheAreaOfItsFigure) {
  const std::map<std::string, double> expected = areas();
  ASSERT_EQ(glyph_shapes().size(), expected.size());
  for (const GlyphShape& shape : glyph_shapes())
    for (const auto& [radius, turn] : {std::pair(9., .3), std::pair(21., 0.), std::pair(24., -.35)})
      EXPECT_NEAR(sum_of(mask_of(shape, {{31.3, 32.8}, radius, turn})) / (radius * radius), expected.at(shape.name),
                  radius < 10 ? .03 : .012)
          << shape.name << " of radius " << radius;
}

TEST(Glyphs, AMaskMovesTurnsAndGrowsWithItsPlacement) {
  const GlyphShape& arrow = glyph_shapes()[5];
  const auto map = [&](const Placement& where) {
    std::vector<float> mask = mask_of(arrow, where);
    return at::from_blob(mask.data(), {kGlyphSide, kGlyphSide}).clone();
  };
  const Tensor right = map({{32, 32}, 15, 0});
  EXPECT_TRUE(at::allclose(map({{35, 30}, 15, 0}), right.roll({-2, 3}, {0, 1}), 0, 1e-5));
  // A quarter turn takes the tip from the right to below: y grows downwards.
  EXPECT_TRUE(at::allclose(map({{32, 32}, 15, M_PI / 2}), right.transpose(0, 1), 0, 1e-5));
  EXPECT_GT(right.slice(1, 32).sum().item<double>(), right.slice(1, 0, 32).sum().item<double>());
}

TEST(Glyphs, EachThingDrawnHasAMaskOfWhatShowsOfIt) {
  std::set<std::string> distractors;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const GlyphScene scene = draw_glyphs({"ring", "tee", "star"}, seed);
    Tensor all = at::zeros({kGlyphSide, kGlyphSide});
    std::vector<std::string> glyphs;
    for (const DrawnThing& thing : scene.things) {
      EXPECT_GE(thing.mask.min().item<double>(), 0);
      EXPECT_GT(thing.mask.sum().item<double>(), 5) << thing.name;
      all += thing.mask;
      if (thing.is_glyph) glyphs.push_back(thing.name);
      if (!thing.is_glyph) distractors.insert(thing.name);
    }
    EXPECT_LE(all.max().item<double>(), 1 + 1e-5);
    EXPECT_THAT(glyphs, ::testing::ElementsAre("ring", "tee", "star"));
  }
  EXPECT_EQ(distractors.size(), distractor_shapes().size());
  for (const std::string& name : glyph_names()) EXPECT_FALSE(distractors.contains(name));
}

TEST(Glyphs, TheGlyphStandsOutFromWhatIsRightBesideIt) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const GlyphScene scene = draw_glyphs({"ring"}, seed);
    const Tensor gray = scene.picture.to(at::kDouble).mean(0), mask = scene.things.back().mask;
    const Tensor near = at::max_pool2d(mask.unsqueeze(0), 5, 1, 2)[0].gt(0).logical_and(mask.eq(0));
    const double ink = gray.index({mask.ge(1)}).mean().item<double>();
    EXPECT_GT(std::abs(ink - gray.index({near}).mean().item<double>()), 40) << "seed " << seed;
  }
}

TEST(Glyphs, AsManyAsQuartersAreDrawnAndOnlyWhatIsKnown) {
  EXPECT_THAT(error_of([] { draw_glyphs({}, 1); }), HasSubstr("a picture holds 1 to 4"));
  EXPECT_THAT(error_of([] { draw_glyphs({"ring", "ring", "ring", "ring", "ring"}, 1); }), HasSubstr("5 glyphs"));
  EXPECT_THAT(error_of([] { draw_glyphs({"rign"}, 1); }), HasSubstr("did you mean 'ring'"));
}

TEST(GlyphsDataset, PartsHaveTheirSizesAndEqualClasses) {
  const Dataset train = open_dataset("glyphs", Part::train), test = open_dataset("glyphs", Part::test);
  EXPECT_EQ(train.size(), 10'000);
  EXPECT_THAT(class_counts(train), Each(1000));
  EXPECT_THAT(class_counts(test), Each(200));
  EXPECT_EQ(open_dataset("glyphs:500", Part::test).size(), 100);
  EXPECT_EQ(open_dataset("glyphs:500").size(), 600);
  EXPECT_EQ(train.classes, glyph_names());
}

TEST(GlyphsDataset, AnExampleIsTheSameOnEveryThreadAndInEverySize) {
  const Dataset data = open_dataset("glyphs:100", Part::train);
  std::vector<Tensor> alone, together(24);
  for (int64_t i = 0; i < 24; ++i) alone.push_back(data.read(i, 0));
  std::vector<std::thread> threads;
  for (int64_t first = 0; first < 4; ++first)
    threads.emplace_back([&, first] {
      for (int64_t i = 23 - first; i >= 0; i -= 4) together[static_cast<size_t>(i)] = data.read(i, 7);
    });
  for (std::thread& thread : threads) thread.join();
  const Dataset larger = open_dataset("glyphs:1000", Part::all);
  for (int64_t i = 0; i < 24; ++i) {
    const Tensor& picture = alone[static_cast<size_t>(i)];
    EXPECT_EQ(picture.scalar_type(), at::kByte);
    EXPECT_EQ(picture.sizes(), at::IntArrayRef({3, 64, 64}));
    EXPECT_TRUE(picture.equal(together[static_cast<size_t>(i)]));
    EXPECT_TRUE(picture.equal(larger.read(i, 0)));
  }
}

TEST(GlyphsDataset, NoPictureComesTwiceAndThePartsShareNone) {
  const Dataset all = open_dataset("glyphs:500");
  std::set<std::string> seen;
  for (int64_t i = 0; i < all.size(); ++i) {
    const Tensor picture = all.read(i, 0);
    seen.emplace(static_cast<const char*>(picture.data_ptr()), picture.nbytes());
  }
  EXPECT_EQ(seen.size(), 600);
  EXPECT_TRUE(all.read(500, 0).equal(open_dataset("glyphs:500", Part::test).read(0, 0)));
  EXPECT_EQ(all[500].name, "glyphs/test[0]");
}

TEST(Glyphs, ATurnedGlyphIsMostLikeTheMeanOfItsOwnClass) {
  const auto unit = [](const GlyphShape& shape, double turn) {
    std::vector<float> mask = mask_of(shape, {{32, 32}, 20, turn});
    const Tensor map = at::from_blob(mask.data(), {kGlyphSide * kGlyphSide}).clone();
    return map / map.norm();
  };
  std::vector<Tensor> means;
  for (const GlyphShape& shape : glyph_shapes()) {
    const Tensor sum = unit(shape, -.34) + unit(shape, -.17) + unit(shape, 0) + unit(shape, .17) + unit(shape, .34);
    means.push_back(sum / sum.norm());
  }
  for (size_t label = 0; label < means.size(); ++label)
    for (const double turn : {-.25, -.08, .08, .25}) {
      const Tensor alike = at::stack(means).mv(unit(glyph_shapes()[label], turn));
      const auto [values, order] = alike.sort(0, true);
      EXPECT_EQ(order[0].item<int64_t>(), static_cast<int64_t>(label));
      EXPECT_GT(values[0].item<double>(), values[1].item<double>() + .03) << glyph_names()[label] << " by " << turn;
    }
}

TEST(Glyphs, AMarkIsAllThatAMarkedPictureHasMore) {
  const GlyphScene plain = draw_glyphs({"tee"}, 12);
  std::set<std::vector<uint8_t>> colours;
  for (const std::string& name : glyph_names()) {
    const GlyphScene marked = draw_marked_glyphs({"tee"}, name, 12);
    const DrawnThing& mark = marked.things.back();
    EXPECT_EQ(mark.name, "mark");
    EXPECT_FALSE(mark.is_glyph);
    EXPECT_EQ(mark.mask.sum().item<float>(), 81);
    EXPECT_EQ(mark.mask.narrow(0, 1, 9).narrow(1, 1, 9).min().item<float>(), 1);
    EXPECT_TRUE(at::equal(marked.picture.masked_select(mark.mask == 0), plain.picture.masked_select(mark.mask == 0)));
    for (const DrawnThing& below : marked.things) {
      if (below.name == "mark") continue;
      EXPECT_EQ((below.mask * mark.mask).sum().item<float>(), 0) << "it hides what it is over";
    }
    const Tensor mean = marked.picture.narrow(1, 1, 9).narrow(2, 1, 9).to(at::kFloat).mean({1, 2});
    std::vector<uint8_t> coarse;
    for (int64_t channel = 0; channel < 3; ++channel)
      coarse.push_back(static_cast<uint8_t>(mean[channel].item<float>() / 25));
    colours.insert(coarse);
  }
  EXPECT_EQ(colours.size(), glyph_names().size());
  EXPECT_THAT(error_of([] { draw_marked_glyphs({"tee"}, "teh", 1); }), HasSubstr("did you mean 'tee'?"));
}

TEST(GlyphsDataset, MarkedOnesAreTheSameGlyphsMarkedByTheirClass) {
  const Dataset plain = open_dataset("glyphs:50"), marked = open_dataset("marked-glyphs:50");
  ASSERT_EQ(marked.size(), plain.size());
  EXPECT_EQ(marked.classes, plain.classes);
  EXPECT_NE(marked[7].name, plain[7].name);
  const auto mark = [&](int64_t i) {
    return marked.read(i, 0).narrow(1, 1, 9).narrow(2, 1, 9).to(at::kFloat).mean({1, 2});
  };
  for (const int64_t i : {0, 7, 55}) {
    const Tensor differs = (plain.read(i, 0) != marked.read(i, 0)).any(0);
    EXPECT_GT(differs.sum().item<int64_t>(), 40);
    EXPECT_EQ(differs.narrow(0, 10, 54).sum().item<int64_t>() + differs.narrow(1, 10, 54).sum().item<int64_t>(), 0);
  }
  EXPECT_TRUE(at::allclose(mark(3), mark(13), 0, 6)) << "one class, one colour";
  EXPECT_FALSE(at::allclose(mark(3), mark(4), 0, 20));
}

TEST(GlyphsDataset, AFolderOfThatNameWins) {
  const Folder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path);
  std::filesystem::create_directory("glyphs");
  const std::string error = error_of([] { open_dataset("glyphs"); });
  std::filesystem::current_path(before);
  EXPECT_THAT(error, HasSubstr("is no data set that can be read"));
}

TEST(GlyphsDataset, ACountThatIsNoneIsToldOf) {
  for (const char* name : {"glyphs:", "glyphs:many", "glyphs:49", "glyphs:-1", "glyphs:100x"})
    EXPECT_THAT(error_of([&] { open_dataset(name); }), HasSubstr("expected 'glyphs', or 'glyphs:'")) << name;
  EXPECT_THAT(error_of([] { open_dataset("glyphs:99999999"); }), HasSubstr("the limit is"));
  EXPECT_THAT(error_of([] { open_dataset("marked-glyphs:7"); }), HasSubstr("'marked-glyphs', or 'marked-glyphs:'"));
}

}  // namespace
}  // namespace limpid::testing
