// SPDX-License-Identifier: Apache-2.0
#pragma once
// A small report for tests: one signed map, two unsigned (one with an outlier), a CLEAR map of three classes and a map
// of labels.

#include <ATen/ATen.h>

#include "limpid/render/report.h"

namespace limpid {

inline ReportFacts sample_facts() {
  return {"two maps", {{"file", "net.onnx"}}, {{"seed", "0"}}, {{"forward", 0.021}}, {{"size", "8 × 8"}}};
}

/// Classes 0, 1, 2 respond with 3.07, 1.98, 1 in the left half of 8x8 pixels and with 1, 2, 4 in the right half.
inline ReportClear sample_clear() {
  const Tensor left = at::arange(8).lt(4).view({1, 1, 8}).expand({1, 8, 8});
  const auto column = [](std::vector<float> v) { return at::tensor(v).view({3, 1, 1}); };
  const Tensor responses = at::where(left, column({3.07f, 1.98f, 1}), column({1, 2, 4}));
  const auto [values, classes] = at::topk(responses, 3, 0);
  ReportClear clear{{classes[0].to(at::kInt), values[0]}, {}, classes, values, {"ant", "bee", "cat"}};
  clear.colors = class_colors(clear.map, clear.labels);
  return clear;
}

inline ReportInput sample_input(const std::string& name) {
  ReportInput input;
  input.name = name;
  input.picture = at::arange(3 * 8 * 8).to(at::kByte).view({3, 8, 8});
  input.predictions = {{2, "cat", 4.5, 0.7}, {0, "ant", 3.1, 0.2}, {1, "bee", -1.0, 0.1}};
  input.seconds = {{"forward", 0.021}};
  ReportMap gradient;
  gradient.method = "gradient";
  gradient.target = "cat";
  gradient.values = at::linspace(-1, 2, 64).view({8, 8});
  ReportMap half = gradient;
  half.target = "ant";
  half.values = gradient.values / 2;
  ReportMap cam;
  cam.method = "cam";
  cam.colormap = "unsigned";
  cam.values = gradient.values.clamp_min(0);
  ReportMap clear;
  clear.method = "clear";
  clear.clear = sample_clear();
  ReportMap outlier;
  outlier.method = "lrp";
  outlier.colormap = "unsigned";
  outlier.values = at::ones({16, 16});
  outlier.values[0][15] = 10;
  ReportMap label;
  label.method = "occlusion";
  label.kind = "label";
  label.clear = ReportClear{{clear.clear->map.classes, at::ones({8, 8})}, {}, {}, {}, {"ant", "bee", "cat"}, "area"};
  label.clear->colors = class_colors(label.clear->map, label.clear->labels);
  input.maps = {gradient, half, cam, outlier, clear, label};
  input.notes = {{"gradient", "Class by class: 2 of 1000 classes."}};
  return input;
}

}  // namespace limpid
