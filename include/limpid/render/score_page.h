// SPDX-License-Identifier: Apache-2.0
#pragma once
// One self-contained page of a training or a prediction: facts, curves, recall of each class, confusion.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace limpid {

struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;  // those that are not finite are left out
};

struct Curves {
  std::string title, across;  // what the horizontal axis counts
  std::vector<Series> series;
};

struct ScorePage {
  std::string title, subtitle;
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<Curves> curves;
  std::vector<std::vector<std::string>> table;  // the first row is its head
  std::vector<std::string> classes;
  std::vector<std::vector<int64_t>> confusion;  // [true][predicted]; drawn for up to 60 classes
};

std::string score_page(const ScorePage& page);

/// The curves as an SVG element, with labelled axes and a legend.
std::string curves_svg(const Curves& curves);

}  // namespace limpid
