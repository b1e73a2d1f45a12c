// SPDX-License-Identifier: Apache-2.0
#include "data/glyphs/shapes.h"

#include <algorithm>
#include <cmath>

namespace limpid {
namespace {

using Distance = std::function<double(Point)>;
using Line = std::vector<Point>;

constexpr double kStroke = 0.3;  // width

Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
double dot(Point a, Point b) { return a.x * b.x + a.y * b.y; }
double length(Point a) { return std::sqrt(dot(a, a)); }

double to_segment(Point at, Point from, Point to) {
  const Point along = to - from, here = at - from;
  const double share = std::clamp(dot(here, along) / dot(along, along), 0.0, 1.0);
  return length({here.x - share * along.x, here.y - share * along.y});
}

/// Lines with round ends and joints.
Distance strokes(std::vector<Line> lines, double width = kStroke) {
  return [lines = std::move(lines), width](Point at) {
    double nearest = INFINITY;
    for (const Line& line : lines)
      for (size_t i = 1; i < line.size(); ++i) nearest = std::min(nearest, to_segment(at, line[i - 1], line[i]));
    return nearest - width / 2;
  };
}

/// How much an edge adds to the winding number of a point: by half-open rows, so that a corner counts once.
int winding(Point at, Point from, Point to) {
  const double side = (to.x - from.x) * (at.y - from.y) - (to.y - from.y) * (at.x - from.x);
  if (from.y <= at.y && to.y > at.y && side > 0) return 1;
  if (from.y > at.y && to.y <= at.y && side < 0) return -1;
  return 0;
}

Distance polygon(Line corners) {
  return [corners = std::move(corners)](Point at) {
    double nearest = INFINITY;
    int turns = 0;
    for (size_t i = 0; i < corners.size(); ++i) {
      const Point from = corners[i], to = corners[(i + 1) % corners.size()];
      nearest = std::min(nearest, to_segment(at, from, to));
      turns += winding(at, from, to);
    }
    return turns == 0 ? nearest : -nearest;
  };
}

Distance disc(Point center, double radius) {
  return [=](Point at) { return length(at - center) - radius; };
}

Distance ring(double radius) {
  return [=](Point at) { return std::abs(length(at) - radius) - kStroke / 2; };
}

/// The first without the second; exact but near the corners where both edges meet.
Distance without(Distance whole, Distance hole) {
  return [=](Point at) { return std::max(whole(at), -hole(at)); };
}

Line star_corners(int arms, double inner) {
  Line corners;
  for (int i = 0; i < 2 * arms; ++i) {
    const double radius = i % 2 == 0 ? 1 : inner, angle = M_PI * i / arms;
    corners.push_back({radius * std::sin(angle), -radius * std::cos(angle)});
  }
  return corners;
}

Line arc_points(double radius, double degrees) {
  Line points;
  for (int i = 0; i <= 8; ++i) {
    const double angle = degrees * M_PI / 180 * i / 8;
    points.push_back({radius * std::cos(angle), radius * std::sin(angle)});
  }
  return points;
}

}  // namespace

const std::vector<GlyphShape>& glyph_shapes() {
  static const std::vector<GlyphShape> shapes = {
      {"ring", ring(0.82)},
      {"square", strokes({{{-0.75, -0.75}, {0.75, -0.75}, {0.75, 0.75}, {-0.75, 0.75}, {-0.75, -0.75}}})},
      {"triangle", polygon({{0, -0.95}, {0.95, 0.75}, {-0.95, 0.75}})},
      {"cross", strokes({{{-0.8, -0.8}, {0.8, 0.8}}, {{-0.8, 0.8}, {0.8, -0.8}}})},
      {"star", polygon(star_corners(5, 0.42))},
      {"arrow", strokes({{{-0.95, 0}, {0.9, 0}}, {{0.25, -0.65}, {0.9, 0}, {0.25, 0.65}}})},
      {"tee", strokes({{{-0.85, -0.8}, {0.85, -0.8}}, {{0, -0.8}, {0, 0.95}}})},
      {"ell", strokes({{{-0.6, -0.95}, {-0.6, 0.8}, {0.75, 0.8}}})},
      {"zigzag", strokes({{{-0.95, 0.5}, {-0.45, -0.5}, {0.05, 0.5}, {0.5, -0.5}, {0.95, 0.5}}}, 0.26)},
      {"crescent", without(disc({0, 0}, 0.95), disc({0.45, 0}, 0.75))}};
  return shapes;
}

const std::vector<GlyphShape>& distractor_shapes() {
  static const std::vector<GlyphShape> shapes = {
      {"dot", disc({0, 0}, 0.6)},
      {"two dots",
       [left = disc({-0.6, 0}, 0.4), right = disc({0.6, 0}, 0.4)](Point at) { return std::min(left(at), right(at)); }},
      {"bar", strokes({{{-0.8, 0}, {0.8, 0}}}, 0.4)},
      {"two bars", strokes({{{-0.8, -0.45}, {0.8, -0.45}}, {{-0.8, 0.45}, {0.8, 0.45}}}, 0.35)},
      {"chevron", strokes({{{-0.7, -0.4}, {0, 0.4}, {0.7, -0.4}}}, 0.4)},
      {"arc", strokes({arc_points(0.8, 120)}, 0.35)}};
  return shapes;
}

}  // namespace limpid
