// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/chart.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

#include "limpid/core/error.h"
#include "render/payload.h"
#include "render/text.h"

namespace limpid {
namespace {

/// Okabe and Ito's colours, which colour-blind people can tell apart, without yellow.
constexpr std::array<const char*, 7> kPalette = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                 "#56b4e9", "#e69f00", "#8a8a8a"};
constexpr double letters = 11, title_letters = 13, left_margin = 58, right_margin = 14;
constexpr double bold = 1.15;  // times as wide

const char* colour_of(const Series& series, size_t place) {
  return kPalette[series.colour.value_or(place) % kPalette.size()];
}

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;

  void take(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  void take(const std::vector<double>& values) {
    for (const double value : values) take(value);
  }
  bool empty() const { return low > high; }
};

/// 1, 2 or 5 times a power of ten, such that about `count` of them span the range.
double step_of(const Range& range, int count) {
  const double rough = (range.high - range.low) / count, power = std::pow(10, std::floor(std::log10(rough)));
  const double digit = rough / power;
  return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

std::vector<double> ticks(const Range& range, int count) {
  const double step = step_of(range, count);
  std::vector<double> places;
  for (auto k = std::ceil(range.low / step - 1e-9); k * step <= range.high + 1e-9 * step; ++k)
    places.push_back(k * step);
  return places;
}

std::string shown_tick(double value) { return std::abs(value) < 1e-12 ? "0" : fmt::format("{:.4g}", value); }

/// At most about eight along the x axis, fewer where their numbers would run into each other.
std::vector<double> ticks_across(const Range& range, double pixels) {
  constexpr double gap = 8;  // pixels
  for (int count = 8; count > 2; --count) {
    const std::vector<double> places = ticks(range, count);
    double needed = 0;
    for (const double value : places)
      needed += gap + static_cast<double>(text_width(shown_tick(value), static_cast<int64_t>(letters)));
    if (needed <= pixels) return places;
  }
  return ticks(range, 2);
}

std::vector<double> powers_of_ten(const Range& range) {
  std::vector<double> places;
  for (double k = std::ceil(std::log10(range.low) - 1e-9); k <= std::log10(range.high) + 1e-9; ++k)
    places.push_back(std::pow(10, k));
  return places;
}

/// Numbers along one side of the drawing.
struct Axis {
  Range range;
  double from, to;  // pixels of its ends
  bool logarithmic = false;

  double operator()(double value) const {
    const auto warped = [this](double v) { return logarithmic ? std::log(v) : v; };
    return from + (to - from) * (warped(value) - warped(range.low)) / (warped(range.high) - warped(range.low));
  }
};

std::string text(double x, double y, const std::string& words, const char* anchor = "middle", double size = letters,
                 const std::string& more = "") {
  return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}" font-size="{}"{}>{}</text>)", x, y, anchor, size,
                     more, html_escaped(words));
}

std::string line(double x1, double y1, double x2, double y2, const std::string& more) {
  return fmt::format(R"(<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" {}/>)", x1, y1, x2, y2, more);
}

std::string svg(double width, double height, const std::string& title, const std::string& body) {
  return fmt::format(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0:.0f} {1:.0f}" width="{0:.0f}" )"
                     R"(role="img" aria-label="{2}" fill="currentColor" font-family="system-ui, sans-serif">)",
                     width, height, html_escaped(title)) +
         body + "</svg>\n";
}

/// Title, legend, axes and grid around a drawing.
struct Frame {
  const Chart& chart;
  Axis x, y;
  double top;
  std::string body;

  Frame(const Chart& c, Range across, Range up) : chart(c), x{across, left_margin, 0, c.log_x}, y{up, 0, 0} {
    top = 30;
    body = text(left_margin, 17, chart.title, "start", title_letters, R"( font-weight="600")");
    legend();
    x.to = static_cast<double>(chart.width) - right_margin;
    y.from = static_cast<double>(chart.height) - 42;
    y.to = top + 8;
    for (const double value : ticks(up, 5)) {
      body += line(x.from, y(value), x.to, y(value), R"(stroke="currentColor" stroke-opacity=".15")");
      body += text(x.from - 6, y(value) + 4, shown_tick(value), "end");
    }
    body += line(x.from, y.from, x.to, y.from, R"(stroke="currentColor" stroke-opacity=".5")");
    body += text((x.from + x.to) / 2, y.from + 36, chart.x_label);
    const double middle = (y.from + y.to) / 2;
    body += text(14, middle, chart.y_label, "middle", letters,
                 fmt::format(R"x( transform="rotate(-90 14 {:.1f})")x", middle));
  }

  /// One line or more below the title, where there are several series.
  void legend() {
    if (chart.series.size() < 2) return;
    double at = left_margin;
    for (size_t i = 0; i < chart.series.size(); ++i) {
      const double width = 26 + static_cast<double>(text_width(chart.series[i].name, static_cast<int64_t>(letters)));
      if (at > left_margin && at + width > static_cast<double>(chart.width)) {
        at = left_margin;
        top += 16;
      }
      body += line(at, top + 1, at + 14, top + 1,
                   fmt::format(R"(stroke="{}" stroke-width="3"{})", colour_of(chart.series[i], i),
                               chart.series[i].dashed ? R"( stroke-dasharray="4 3")" : ""));
      body += text(at + 18, top + 5, chart.series[i].name, "start");
      at += width + 8;
    }
    top += 14;
  }

  std::string whole() const {
    return svg(static_cast<double>(chart.width), static_cast<double>(chart.height), chart.title, body);
  }
};

void check(const Series& series, size_t count) {
  const auto fits = [count](const std::vector<double>& list) { return list.empty() || list.size() == count; };
  if (series.y.size() != count || !fits(series.low) || !fits(series.high) || series.low.size() != series.high.size())
    fail("the series '", series.name, "' of a chart has ", series.y.size(), " values, ", series.low.size(),
         " lower and ", series.high.size(), " upper ends; ", count, " of each are expected, or no ends");
}

/// What the numbers need, or what was asked for; never a single value.
Range spread(Range range, const std::optional<std::pair<double, double>>& asked, const std::string& title) {
  if (asked) return {asked->first, asked->second};
  if (range.empty()) fail("the chart '", title, "' has no number to draw");
  const double space =
      range.high > range.low ? .04 * (range.high - range.low) : std::max(std::abs(range.high), 1.) * .1;
  return {range.low - space, range.high + space};
}

Range heights(const Chart& chart) {
  Range range;
  for (const Series& series : chart.series)
    for (const auto* list : {&series.y, &series.low, &series.high}) range.take(*list);
  return range;
}

/// The stretches of a curve without gaps, as paths.
std::string curve(const Frame& frame, const Series& series, size_t index) {
  std::string path, dots;
  bool pen_down = false;
  for (size_t i = 0; i < series.y.size(); ++i) {
    if (!std::isfinite(series.y[i])) {
      pen_down = false;
      continue;
    }
    const double x = frame.x(series.x[i]), y = frame.y(series.y[i]);
    path += fmt::format("{}{:.1f} {:.1f}", pen_down ? "L" : "M", x, y);
    pen_down = true;
    if (series.points)
      dots += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="{}" fill="{}"{}/>)", x, y, series.line ? 3 : 2.5,
                          colour_of(series, index), series.line ? "" : R"( fill-opacity=".45")");
  }
  if (!series.line) return dots;
  return fmt::format(R"(<path d="{}" fill="none" stroke="{}" stroke-width="1.8" stroke-linejoin="round"{}/>)", path,
                     colour_of(series, index), series.dashed ? R"( stroke-dasharray="5 4")" : "") +
         dots;
}

std::string band(const Frame& frame, const Series& series, size_t index) {
  std::string points;
  const auto add = [&](size_t i, double y) {
    if (std::isfinite(y)) points += fmt::format("{:.1f},{:.1f} ", frame.x(series.x[i]), frame.y(y));
  };
  for (size_t i = 0; i < series.low.size(); ++i) add(i, series.low[i]);
  for (size_t i = series.high.size(); i-- > 0;) add(i, series.high[i]);
  return fmt::format(R"(<polygon points="{}" fill="{}" fill-opacity=".15"/>)", points, colour_of(series, index));
}

std::string bar(const Frame& frame, const Series& series, size_t index, size_t group, double left, double width) {
  const double value = series.y[group];
  if (!std::isfinite(value)) return "";
  const double zero = frame.y(std::clamp(0., frame.y.range.low, frame.y.range.high)), end = frame.y(value);
  std::string drawn = fmt::format(R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>)", left,
                                  std::min(zero, end), width, std::abs(zero - end), colour_of(series, index));
  if (series.low.empty()) return drawn;
  const double middle = left + width / 2;
  return drawn + line(middle, frame.y(series.low[group]), middle, frame.y(series.high[group]),
                      R"(stroke="currentColor" stroke-width="1.4")");
}

}  // namespace

std::string line_chart(const Chart& chart) {
  Range across;
  for (const Series& series : chart.series) {
    check(series, series.x.size());
    across.take(series.x);
  }
  if (across.empty()) fail("the chart '", chart.title, "' has no number to draw");
  if (chart.log_x && across.low <= 0)
    fail("the chart '", chart.title, "' has an x of ", across.low, " on a logarithmic axis");
  if (chart.x_range) across = {chart.x_range->first, chart.x_range->second};
  if (across.low == across.high)
    across = chart.log_x ? Range{across.low / 2, across.high * 2} : Range{across.low - .5, across.high + .5};
  Frame frame(chart, across, spread(heights(chart), chart.y_range, chart.title));
  for (const double value : chart.log_x ? powers_of_ten(across) : ticks_across(across, frame.x.to - frame.x.from)) {
    frame.body += line(frame.x(value), frame.y.from, frame.x(value), frame.y.from + 4, R"(stroke="currentColor")");
    frame.body += text(frame.x(value), frame.y.from + 17, shown_tick(value));
  }
  for (size_t i = 0; i < chart.series.size(); ++i)
    if (!chart.series[i].low.empty()) frame.body += band(frame, chart.series[i], i);
  for (size_t i = 0; i < chart.series.size(); ++i) frame.body += curve(frame, chart.series[i], i);
  return frame.whole();
}

std::string bar_chart(const Chart& chart, const std::vector<std::string>& labels) {
  for (const Series& series : chart.series) check(series, labels.size());
  Range up = heights(chart);
  up.take(0);
  Range shown = spread(up, chart.y_range, chart.title);
  if (!chart.y_range && up.low == 0) shown.low = 0;
  Frame frame(chart, {0, static_cast<double>(labels.size())}, shown);
  for (size_t group = 0; group < labels.size(); ++group) {
    const double left = frame.x(static_cast<double>(group) + .1), right = frame.x(static_cast<double>(group) + .9);
    const double width = (right - left) / static_cast<double>(chart.series.size());
    for (size_t i = 0; i < chart.series.size(); ++i)
      frame.body += bar(frame, chart.series[i], i, group, left + static_cast<double>(i) * width, width * .92);
    frame.body += text((left + right) / 2, frame.y.from + 17, labels[group]);
  }
  return frame.whole();
}

std::string matrix_chart(const MatrixChart& chart) {
  int64_t names = 0;
  for (const std::string& row : chart.rows) names = std::max(names, text_width(row, static_cast<int64_t>(letters)));
  int64_t widest = 36;
  for (const std::string& column : chart.columns)
    widest = std::max(widest, text_width(column, static_cast<int64_t>(letters)));
  const double cell = static_cast<double>(widest) + 8, left = static_cast<double>(names) + 40, top = 46;
  const double cells = cell * static_cast<double>(chart.columns.size()) + 14;
  const auto title = static_cast<double>(text_width(chart.title, static_cast<int64_t>(title_letters)));
  const double width = left + std::max(cells, bold * title + 14);
  const double height = top + 26 * static_cast<double>(chart.rows.size()) + 40;
  std::string body = text(left, 17, chart.title, "start", title_letters, R"( font-weight="600")");
  for (size_t j = 0; j < chart.columns.size(); ++j)
    body += text(left + cell * (static_cast<double>(j) + .5), top - 6, chart.columns[j]);
  for (size_t i = 0; i < chart.rows.size(); ++i) {
    const auto& values = chart.values.at(i);
    if (values.size() != chart.columns.size())
      fail("row '", chart.rows[i], "' of a matrix has ", values.size(), " values");
    const double most = std::max(*std::max_element(values.begin(), values.end()), 1e-300),
                 y = top + 26 * static_cast<double>(i);
    body += text(left - 6, y + 17, chart.rows[i], "end");
    for (size_t j = 0; j < values.size(); ++j) {
      const double x = left + cell * static_cast<double>(j), share = std::max(values[j] / most, 0.);
      body += fmt::format(R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="24" fill="{}" fill-opacity="{:.2f}"/>)",
                          x, y, cell - 2, kPalette[0], share);
      body += text(x + cell / 2 - 1, y + 16, shown_tick(values[j]), "middle", letters,
                   share > .55 ? R"( fill="white")" : "");
    }
  }
  body += text(left + cells / 2, height - 14, chart.column_label);
  body += text(12, top + (height - top - 40) / 2, chart.row_label, "middle", letters,
               fmt::format(R"x( transform="rotate(-90 12 {:.1f})")x", top + (height - top - 40) / 2));
  return svg(width, height, chart.title, body);
}

}  // namespace limpid
