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
  ClassHues& hues;               // of all inputs of the run
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
void draw_heat_maps(Drawing& drawing, const std::string& method);
void draw_clear(Drawing& drawing, const std::string& method);
void draw_for_against(Drawing& drawing, const std::string& method);
void draw_panel(Drawing& drawing, const std::string& method);
void draw_units(Drawing& drawing, const std::string& method);

/// One map on the page and, unless `page_only`, as pictures.
void draw_heat_map(Drawing& drawing, const Map& map, bool page_only = false);

/// A map of whole numbers, a colour for each, with a legend of `names`. `level` is how bright they are, nothing where
/// it is not positive; null: all alike.
void draw_categories(Drawing& drawing, const Map& map, const Map* level, const std::vector<std::string>& names);

/// The method's map of a kind; null when there is none.
const Map* find_map(const Result& result, const std::string& method, const std::string& kind);

/// All of them, in order.
std::vector<const Map*> maps_of(const Result& result, const std::string& method, const std::string& kind);

/// Values [C, H, W], [C, L], [H, W] or [L] as rows and columns of the input's size, channels summed. What has fewer
/// rows and columns is stretched, each value over a rectangle.
Tensor plane(const Tensor& values, const Shape& input_shape);

/// "unit 3", or the name of the class that is explained.
std::string subject_of(const Drawing& drawing, const Map& map);

/// "signed" or "unsigned", by the method and the kind alone: maps that share a scale share their colours too.
std::string colormap_of(const Plan& plan, const Map& map);

/// The plane of a map as it is drawn; ARM's mode `authors` shows the positive part.
Tensor drawn_plane(const Plan& plan, const Map& map);

/// Writes a picture into the input's folder and notes it; nothing where no files are wanted.
void save_picture(Drawing& drawing, const Map& about, const std::string& name, const std::string& kind,
                  const Tensor& picture);

}  // namespace limpid
