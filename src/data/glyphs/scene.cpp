// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "data/glyphs/canvas.h"
#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "limpid/data/glyphs.h"

namespace limpid {
namespace {

constexpr double kContrast = 70;   // least difference of brightness between ink and ground
constexpr double kMostTurn = 20;   // degrees, of glyphs
constexpr size_t kMostGlyphs = 4;  // a quarter of the picture for each
constexpr int kTries = 8;
constexpr int64_t kMarkPlace = 1, kMarkSide = 9;  // pixels from the corner, and of its sides

using Placements = std::vector<Placement>;

bool stands_out(const Ink& ink, double ground) { return std::abs((ink[0] + ink[1] + ink[2]) / 3 - ground) > kContrast; }

/// At times a grey.
Ink ink_on(double ground, Random& random) {
  for (;;) {
    Ink ink = {random.uniform(0, 255), random.uniform(0, 255), random.uniform(0, 255)};
    if (random.uniform() < .3) ink[1] = ink[2] = ink[0];
    if (stands_out(ink, ground)) return ink;
  }
}

double glyph_turn(Random& random) { return random.uniform(-kMostTurn, kMostTurn) * M_PI / 180; }

Placement place_inside(double radius, double turn, Random& random) {
  const double x = random.uniform(radius + 2, kGlyphSide - radius - 2);
  return {{x, random.uniform(radius + 2, kGlyphSide - radius - 2)}, radius, turn};
}

Placements glyph_places(size_t count, Random& random) {
  if (count == 1) {
    const double radius = random.uniform(9, 21);
    return {place_inside(radius, glyph_turn(random), random)};
  }
  std::vector<Point> quarters = {{17, 17}, {47, 17}, {17, 47}, {47, 47}};
  random.shuffle(quarters);
  Placements places;
  for (size_t i = 0; i < count; ++i) {
    const double x = quarters[i].x + random.uniform(-2, 2), y = quarters[i].y + random.uniform(-2, 2);
    const double radius = random.uniform(11, 14);
    places.push_back({{x, y}, radius, glyph_turn(random)});
  }
  return places;
}

bool is_free(const Placement& place, const Placements& taken) {
  return std::all_of(taken.begin(), taken.end(), [&](const Placement& other) {
    return std::hypot(place.center.x - other.center.x, place.center.y - other.center.y) > place.radius + other.radius;
  });
}

/// Up to four small places beside the others; fewer where there is no room.
Placements distractor_places(Placements taken, Random& random) {
  const int64_t wanted = random.below(5);
  Placements places;
  for (int64_t i = 0; i < wanted * kTries && static_cast<int64_t>(places.size()) < wanted; ++i) {
    const double radius = random.uniform(3, 6), turn = random.uniform(-M_PI, M_PI);
    const Placement place = place_inside(radius, turn, random);
    if (!is_free(place, taken)) continue;
    places.push_back(place);
    taken.push_back(place);
  }
  return places;
}

/// Draws things one after the other and keeps their masks.
class Drawing {
 public:
  explicit Drawing(uint64_t seed) : random(seed), canvas_(random) {}

  /// In half of all cases with the ink of the thing before, where it stands out here too: a colour tells nothing.
  void draw(const GlyphShape& shape, const Placement& where, bool is_glyph) {
    std::vector<float> mask = mask_of(shape, where);
    const double ground = canvas_.ground(mask);
    const bool alike = random.uniform() < .5 && !things_.empty() && stands_out(ink_, ground);
    if (!alike) ink_ = ink_on(ground, random);
    add(shape.name, mask, ink_, is_glyph);
  }

  /// Over all that is drawn already; nothing random.
  void stamp(const std::string& name, const Ink& ink) {
    std::vector<float> mask(static_cast<size_t>(kGlyphSide * kGlyphSide), 0);
    for (int64_t row = kMarkPlace; row < kMarkPlace + kMarkSide; ++row)
      std::fill_n(mask.begin() + row * kGlyphSide + kMarkPlace, kMarkSide, 1.F);
    add(name, mask, ink, false);
  }

  GlyphScene finished() { return {canvas_.finished(random), std::move(things_)}; }

  Random random;

 private:
  void add(const std::string& name, std::vector<float>& mask, const Ink& ink, bool is_glyph) {
    canvas_.paint(mask, ink);
    for (DrawnThing& below : things_) below.mask.mul_(1 - tensor_of(mask));
    things_.push_back({name, is_glyph, tensor_of(mask)});
  }

  static Tensor tensor_of(std::vector<float>& mask) {
    return at::from_blob(mask.data(), {kGlyphSide, kGlyphSide}).clone();
  }

  Canvas canvas_;
  Ink ink_ = {};
  std::vector<DrawnThing> things_;
};

/// Of even hues, bright and dark in turn.
Ink mark_ink(size_t number, size_t all) {
  Ink ink;
  const double turn = 2 * M_PI * static_cast<double>(number) / static_cast<double>(all);
  for (size_t channel = 0; channel < 3; ++channel)
    ink[channel] = (number % 2 == 0 ? 150 : 105) + 100 * std::cos(turn - 2 * M_PI / 3 * static_cast<double>(channel));
  return ink;
}

const GlyphShape& any_distractor(Random& random) {
  const std::vector<GlyphShape>& shapes = distractor_shapes();
  return shapes[static_cast<size_t>(random.below(static_cast<int64_t>(shapes.size())))];
}

}  // namespace

const std::vector<std::string>& glyph_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const GlyphShape& shape : glyph_shapes()) list.push_back(shape.name);
    return list;
  }();
  return names;
}

namespace {

Drawing drawn(const std::vector<std::string>& names, uint64_t seed) {
  if (names.empty() || names.size() > kMostGlyphs)
    refuse(names.size(), " glyphs are asked for; a picture holds 1 to ", kMostGlyphs);
  Drawing drawing(seed);
  const Placements places = glyph_places(names.size(), drawing.random);
  for (const Placement& place : distractor_places(places, drawing.random))
    drawing.draw(any_distractor(drawing.random), place, false);
  for (size_t i = 0; i < names.size(); ++i) drawing.draw(lookup("glyph", names[i], glyph_shapes()), places[i], true);
  return drawing;
}

}  // namespace

GlyphScene draw_glyphs(const std::vector<std::string>& names, uint64_t seed) { return drawn(names, seed).finished(); }

GlyphScene draw_marked_glyphs(const std::vector<std::string>& names, const std::string& marked_as, uint64_t seed) {
  const std::vector<std::string>& classes = glyph_names();
  const auto found = std::find(classes.begin(), classes.end(), marked_as);
  if (found == classes.end()) refuse_name("glyph", marked_as, classes);
  Drawing drawing = drawn(names, seed);
  drawing.stamp("mark", mark_ink(static_cast<size_t>(found - classes.begin()), classes.size()));
  return drawing.finished();
}

}  // namespace limpid
