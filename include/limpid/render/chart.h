// SPDX-License-Identifier: Apache-2.0
#pragma once
// Charts as SVG: curves, bars, matrices. Text has the colour of the page around it, light or dark.

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace limpid {

/// One curve, or one group of bars.
struct Series {
  std::string name;
  std::vector<double> y;                    // NaN leaves a gap
  std::vector<double> x = {};               // curves: as many as y; bars have none
  std::vector<double> low = {}, high = {};  // empty, or the ends of an interval about each y
  bool dashed = false, points = false;      // points: with a dot at each
  bool line = true;                         // of a curve; without it and with points: a scatter plot
  std::optional<size_t> colour = {};        // its number, for what has the same one in several charts; none: its place
};

struct Chart {
  std::string title, x_label, y_label;
  std::vector<Series> series;
  std::optional<std::pair<double, double>> x_range = {}, y_range = {};  // otherwise what the numbers need
  bool log_x = false;                                                   // every x is above 0
  int64_t width = 560, height = 340;
};

/// Curves with axes, a grid and a legend. Throws where a curve's lists differ in length or nothing can be drawn.
std::string line_chart(const Chart& chart);

/// Bars, one group for each label; the series stand side by side in it.
std::string bar_chart(const Chart& chart, const std::vector<std::string>& labels);

/// A matrix of numbers, each cell as dark as its share of the largest of its row: a confusion matrix.
struct MatrixChart {
  std::string title, row_label, column_label;
  std::vector<std::string> rows, columns;
  std::vector<std::vector<double>> values;
};
std::string matrix_chart(const MatrixChart& chart);

}  // namespace limpid
