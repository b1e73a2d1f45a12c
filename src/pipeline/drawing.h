// SPDX-License-Identifier: Apache-2.0
#pragma once
// How the kinds of maps become files, pictures and parts of the page.

#include "limpid/pipeline/manifest.h"
#include "limpid/render/report.h"
#include "pipeline/batch.h"
#include "pipeline/naming.h"

namespace limpid {

/// The maps of one input on their way to its folder and the page.
struct Drawing {
  const Plan& plan;
  const Result& result;
  const Naming& naming;
  std::filesystem::path folder;  // of the input; empty: only the page is drawn
  Tensor picture;                // uint8 [3, H, W]: what the network saw
  std::vector<FileRecord> files = {};
  ReportInput section = {};
};

/// What is done with a kind of map. One that is not in the list is saved, and drawn where it has the input's size.
struct Kind {
  std::string name;
  bool saved;  // as .npy
  bool drawn;  // as a heat map
};
const Kind& kind_of(const Map& map);

/// Saves every map and draws all that belongs together.
void draw_all(Drawing& drawing);

// The parts of draw_all.
void save_maps(Drawing& drawing);
void draw_heat_maps(Drawing& drawing);
void draw_clear(Drawing& drawing, const std::string& method);
void draw_for_against(Drawing& drawing, const std::string& method);
void draw_panel(Drawing& drawing, const std::string& method);
void draw_units(Drawing& drawing, const std::string& method);

/// The method's map of a kind; null when there is none.
const Map* find_map(const Result& result, const std::string& method, const std::string& kind);

/// Values [C, H, W], [C, L] or [H, W] as rows and columns, channels summed.
Tensor plane(const Tensor& values, const Shape& input_shape);

/// "signed" or "unsigned", by the method and the kind alone: maps that share a scale share their colours too.
std::string colormap_of(const Plan& plan, const Map& map);

/// The plane of a map as it is drawn; ARM's mode `authors` shows the positive part.
Tensor drawn_plane(const Plan& plan, const Map& map);

/// Writes a picture into the input's folder and notes it; nothing where no files are wanted.
void save_picture(Drawing& drawing, const Map& about, const std::string& name, const std::string& kind,
                  const Tensor& picture);

}  // namespace limpid
