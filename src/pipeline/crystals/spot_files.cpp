// SPDX-License-Identifier: Apache-2.0
#include "pipeline/crystals/spot_files.h"

#include <ATen/ATen.h>

#include "limpid/core/files.h"
#include "limpid/crystal/classes.h"
#include "pipeline/crystals/spots.h"

namespace limpid {
namespace {

constexpr int64_t kOnThePage = 50;  // structures
constexpr size_t kRows = 12;        // of a structure's table there

/// The spots with the most evidence for a class, for people.
Table strongest(const std::vector<BraggSpot>& spots, const Tensor& image, const Tensor& shares) {
  Table table{{"spot", "d, Å", "channel", "rotation", "intensity", "evidence, %"}, {}};
  const Tensor order = shares.argsort(0, true);
  for (size_t i = 0; i < std::min(kRows, spots.size()); ++i) {
    const int64_t place = order[static_cast<int64_t>(i)].item<int64_t>();
    const BraggSpot& spot = spots[static_cast<size_t>(place)];
    table.add({spot.name(), spot.spacing, std::string(1, "xyz"[spot.channel]), spot.positive ? "+45°" : "−45°",
               spot_value(image, spot), 100 * shares[place].item<double>()});
  }
  return table;
}

}  // namespace

SpotFiles::SpotFiles(std::filesystem::path folder)
    : folder_(std::move(folder)),
      page_("Bragg spots", "which reflection speaks for which class: each spot tells its name under the cursor") {
  page_.paragraph(
      "A spot is named by h, k, l of the conventional cell. Orange is evidence for the class, the positive part of the "
      "logit's gradient times the fingerprint; gray is the fingerprint.");
}

std::vector<std::string> SpotFiles::add(const CrystalClassifier& classifier, const CrystalView& view, int64_t label,
                                        const std::string& stem) {
  const Model& model = classifier.model();
  const auto spots = bragg_spots({view.cluster, view.scale}, classifier.fingerprint());
  if (spots.empty()) return {};
  const Tensor evidence = class_evidence(model.network, view.image.to(model.device, model.type));
  const Tensor shares = spot_shares(spots, evidence);
  const std::vector<std::string> files = {"spots/" + stem + ".csv", "spots/" + stem + ".svg"};
  make_folder((folder_ / files[0]).parent_path());
  const std::string chart = spot_chart(spots, view.image, evidence, shares, crystal_classes(), label);
  write_file(folder_ / files[0], csv(spot_table(spots, view.image, shares, crystal_classes())));
  write_file(folder_ / files[1], chart);
  if (charts_++ < kOnThePage) {
    page_.heading(stem + ": " + crystal_classes()[static_cast<size_t>(label)]);
    page_.charts({chart});
    page_.table(strongest(spots, view.image, shares[label]), "The spots with the most evidence for this class.");
  }
  return files;
}

void SpotFiles::finish() const { write_file(folder_ / "spots.html", page_.html()); }

}  // namespace limpid
