// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/core/files.h"
#include "limpid/data/npy.h"
#include "limpid/render/clear_picture.h"
#include "limpid/render/png.h"
#include "pipeline/concepts/attributes.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

constexpr int64_t kAttributePictureSide = 224;

/// Every pixel of planes [.., H, W] repeated to the size of a picture [3, h, w] made of the same by `enlarged`.
Tensor repeated(const Tensor& planes, const Tensor& picture) {
  const int64_t factor = picture.size(1) / planes.size(-2);
  return planes.repeat_interleave(factor, -2).repeat_interleave(factor, -1);
}

/// Borders of the finest segments, a pixel wide: bool [h, w].
Tensor segment_borders(const Segmentation& segments, const Tensor& picture) {
  const Tensor labels = repeated(segments.labels[segments.labels.size(0) - 1], picture);
  Tensor borders = at::zeros_like(labels, at::kBool);
  const int64_t rows = labels.size(0), columns = labels.size(1);
  borders.narrow(0, 1, rows - 1).logical_or_(labels.narrow(0, 1, rows - 1) != labels.narrow(0, 0, rows - 1));
  borders.narrow(1, 1, columns - 1).logical_or_(labels.narrow(1, 1, columns - 1) != labels.narrow(1, 0, columns - 1));
  return borders;
}

/// The input gray, each attribute in its colour where it belongs, with a legend of their shares of the evidence.
Tensor membership_picture(const AttributesRun& run, const Tensor& picture, const AttributeFindings& findings) {
  const auto count = static_cast<int64_t>(run.exemplars.names.size());
  const Tensor large = enlarged(picture, kAttributePictureSide);
  const Tensor belongs = repeated(findings.membership, large);
  const Tensor evidence = evidence_shares(findings.responses.narrow(0, 0, 1), findings.membership)[0];
  Tensor colours = at::zeros({3, large.size(1), large.size(2)});
  std::vector<ClassColor> legend;
  for (int64_t a = 0; a < count; ++a) {
    const double hue = 360. * static_cast<double>(a) / static_cast<double>(count);
    const Color colour = hsv_color(hue, 1, 1);
    for (int64_t channel = 0; channel < 3; ++channel)
      colours[channel] += belongs[a] * static_cast<double>(colour[static_cast<size_t>(channel)]);
    legend.push_back({a, run.exemplars.names[static_cast<size_t>(a)], evidence[a].item<double>(),
                      findings.membership[a].mean().item<double>(), hue});
  }
  legend.push_back({-1, "none", 1 - evidence.sum().item<double>(), 1 - findings.membership.sum(0).mean().item<double>(),
                    std::nullopt});
  const Tensor any = belongs.sum(0);
  const Tensor mean = (colours / any.clamp_min(1e-6)).clamp(0, 255).to(at::kByte);
  Tensor over = overlay(grayed(large), mean, .75, any.clamp(0, 1));
  if (!run.masked() && findings.segments.count > 0) {
    const Tensor borders = segment_borders(findings.segments, large);
    over = at::where(borders, over.to(at::kFloat) * .55, over.to(at::kFloat)).to(at::kByte);
  }
  return with_class_legend(over, legend);
}

}  // namespace

void draw_attributes(const AttributesRun& run, size_t subject, const std::string& files,
                     const AttributeFindings& findings) {
  const Model& model = run.subjects[subject].model();
  const std::filesystem::path stem = run.folder() / files;
  const auto named = [&](const std::string& what) { return std::filesystem::path(stem.string() + "." + what); };
  const Tensor picture = unprocess(findings.input, model.preprocess);
  std::vector<GridCell> cells = {{enlarged(picture, kAttributePictureSide), "input"},
                                 {membership_picture(run, picture, findings), "attributes"}};
  write_png(named("input.png"), cells[0].picture);
  write_png(named("attributes.png"), cells[1].picture);
  write_npy(named("attributes.npy"), findings.membership);
  if (findings.shares.defined()) {
    write_npy(named("segments.npy"), findings.segments.labels);
    write_npy(named("shares.npy"), findings.shares);
  }
  const auto& methods = run.subjects[subject].methods;
  for (size_t m = 0; m < methods.size(); ++m) {
    const Tensor response = findings.responses[static_cast<int64_t>(m)].clamp_min(0);
    const ColorMap& colours = find_colormap("unsigned");
    const std::string name = file_word(methods[m].name);
    write_npy(named(name + ".npy"), findings.responses[static_cast<int64_t>(m)]);
    cells.push_back({heat_overlay(picture, response, colours, quantile_scale(response, colours)),
                     "for " + run.class_name + ": " + methods[m].name});
    write_png(named(name + ".png"), cells.back().picture);
  }
  write_png(named("png"), draw_grid({{cells}, {}, {}}));
}

}  // namespace limpid
