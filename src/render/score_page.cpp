// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/score_page.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "render/payload.h"

extern const unsigned char limpid_report_css[];
extern const unsigned long limpid_report_css_size;

namespace limpid {
namespace {

constexpr double kWidth = 560, kHeight = 240, kLeft = 52, kRight = 12, kTop = 14, kBottom = 34;
constexpr size_t kMostClasses = 60;
const char* const kColors[] = {"#1f6f8b", "#c8553d", "#5b8c3a", "#7b5ea7"};

const char* const kStyle =
    "svg text{font:11px system-ui,sans-serif;fill:currentColor}svg{max-width:100%;height:auto}"
    "table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums;margin:.5rem 0 1.5rem}"
    "th,td{padding:.18rem .55rem;text-align:right;border-bottom:1px solid var(--line)}"
    "th:first-child,td:first-child{text-align:left}.wide{overflow-x:auto}h2{margin-top:2rem}";

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;

  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  double share(double value) const { return high > low ? (value - low) / (high - low) : 0.5; }
};

bool drawn(const std::pair<double, double>& point) { return std::isfinite(point.first) && std::isfinite(point.second); }

double across(const Range& range, double value) { return kLeft + range.share(value) * (kWidth - kLeft - kRight); }
double up(const Range& range, double value) {
  return kHeight - kBottom - range.share(value) * (kHeight - kTop - kBottom);
}

std::string axes(const Range& x, const Range& y, const std::string& label) {
  std::string svg;
  for (const double share : {0., .25, .5, .75, 1.}) {
    const double value = y.low + share * (y.high - y.low), at = up(y, value);
    svg += fmt::format("<path d=\"M{} {:.1f}H{}\" stroke=\"currentColor\" stroke-opacity=\".15\"/>", kLeft, at,
                       kWidth - kRight);
    svg += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.3g}</text>", kLeft - 6, at + 4, value);
  }
  for (const double value : {x.low, x.high})
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.3g}</text>", across(x, value),
                       kHeight - kBottom + 15, value);
  return svg + fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>", kWidth / 2, kHeight - 4,
                           html_escaped(label));
}

std::string line(const Series& series, const Range& x, const Range& y, size_t number) {
  std::string path, marks;
  const char* const color = kColors[number % std::size(kColors)];
  for (const auto& point : series.points) {
    if (!drawn(point)) continue;
    const double h = across(x, point.first), v = up(y, point.second);
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? 'M' : 'L', h, v);
    marks += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.4\" fill=\"{}\"><title>{}: {:.6g}</title></circle>",
                         h, v, color, html_escaped(series.name), point.second);
  }
  if (path.empty()) return {};
  const double place = kTop + 14 * static_cast<double>(number);
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\"/>", path, color) + marks +
         fmt::format("<text x=\"{}\" y=\"{:.0f}\" text-anchor=\"end\" style=\"fill:{}\">{}</text>", kWidth - kRight - 4,
                     place, color, html_escaped(series.name));
}

std::string row(const std::vector<std::string>& cells, const char* tag) {
  std::string html = "<tr>";
  for (const std::string& cell : cells) html += fmt::format("<{0}>{1}</{0}>", tag, html_escaped(cell));
  return html + "</tr>\n";
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::string html = "<div class=\"wide\"><table>\n";
  for (size_t i = 0; i < rows.size(); ++i) html += row(rows[i], i == 0 ? "th" : "td");
  return html + "</table></div>\n";
}

/// Each cell as dark as its share of its row.
std::string confusion_table(const ScorePage& page) {
  std::vector<std::string> head = {"true \\ predicted"};
  head.insert(head.end(), page.classes.begin(), page.classes.end());
  std::string html = "<div class=\"wide\"><table>\n" + row(head, "th");
  for (size_t i = 0; i < page.confusion.size(); ++i) {
    double all = 0;
    for (const int64_t count : page.confusion[i]) all += static_cast<double>(count);
    html += "<tr><th>" + html_escaped(page.classes[i]) + "</th>";
    for (size_t j = 0; j < page.confusion[i].size(); ++j) {
      const double share = all > 0 ? static_cast<double>(page.confusion[i][j]) / all : 0;
      const char* const color = i == j ? "31,111,139" : "200,85,61";
      html += fmt::format("<td style=\"background:rgba({},{:.2f})\">{}</td>", color, .75 * std::sqrt(share),
                          page.confusion[i][j]);
    }
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

}  // namespace

std::string curves_svg(const Curves& curves) {
  Range x, y;
  for (const Series& series : curves.series)
    for (const auto& point : series.points) {
      if (!drawn(point)) continue;
      x.include(point.first);
      y.include(point.second);
    }
  if (!(x.low <= x.high)) return {};
  if (y.low == y.high) y.include(y.low == 0 ? 1 : 0);
  std::string svg = fmt::format("<svg viewBox=\"0 0 {} {}\" width=\"{}\" role=\"img\" aria-label=\"{}\">", kWidth,
                                kHeight, kWidth, html_escaped(curves.title));
  svg += axes(x, y, curves.across);
  for (size_t i = 0; i < curves.series.size(); ++i) svg += line(curves.series[i], x, y, i);
  return svg + "</svg>\n";
}

std::string score_page(const ScorePage& page) {
  const std::string css(reinterpret_cast<const char*>(limpid_report_css), limpid_report_css_size);
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<title>" +
      html_escaped(page.title) + "</title>\n<style>" + css + kStyle + "</style></head>\n<body><header class=\"page\">" +
      "<p class=\"mark\">limpid</p><h1>" + html_escaped(page.title) + "</h1><p id=\"subtitle\">" +
      html_escaped(page.subtitle) + "</p></header>\n<main><dl>";
  for (const auto& [name, value] : page.facts)
    html += "<dt>" + html_escaped(name) + "</dt><dd>" + html_escaped(value) + "</dd>\n";
  html += "</dl>\n";
  for (const Curves& curves : page.curves)
    if (const std::string svg = curves_svg(curves); !svg.empty())
      html += "<h2>" + html_escaped(curves.title) + "</h2>\n" + svg;
  if (!page.table.empty()) html += "<h2>Classes</h2>\n" + table(page.table);
  if (!page.confusion.empty() && page.confusion.size() <= kMostClasses)
    html += "<h2>Confusion</h2>\n" + confusion_table(page);
  return html + "</main></body></html>\n";
}

}  // namespace limpid
