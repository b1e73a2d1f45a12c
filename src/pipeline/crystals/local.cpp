// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "core/parallel.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/crystal/formats.h"
#include "limpid/crystal/neighbours.h"
#include "limpid/pipeline/crystal_classify.h"
#include "limpid/pipeline/limits.h"
#include "pipeline/clock.h"
#include "pipeline/crystals/classifier.h"
#include "pipeline/crystals/local_files.h"
#include "pipeline/failure.h"
#include "version.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;
using Eigen::Vector3d;
using Json = nlohmann::ordered_json;

constexpr double kAtoms = 400;            // in a sphere whose radius is not given; bcc wants more than 350
constexpr int64_t kFewest = 48;           // atoms that can be told of a crystal
constexpr size_t kSpheresTogether = 256;  // spheres that are looked at together

class LocalRun {
 public:
  LocalRun(const LocalRequest& request, const Structure& structure)
      : request_(request),
        structure_(structure),
        tree_(structure),
        classifier_(request.model, request.compounds),
        all_(prepared()) {}

  std::string finish(const Progress& progress) {
    const fs::path folder = request_.output;
    make_folder(folder);  // before the work, where that cannot be done
    look(progress);
    const std::string document = describe(write_local_atoms(all_, folder / "atoms.xyz"));
    write_positions(all_, folder / "positions.csv");
    write_slices(all_, folder / "slices.png");
    write_file(folder / "local.json", document);
    return document;
  }

 private:
  LocalAnswers prepared() const {
    const double radius = request_.radius > 0 ? request_.radius : radius_for(structure_, tree_, kAtoms);
    const double stride = request_.stride > 0 ? request_.stride : radius / 3;
    const LocalGrid grid = grid_of(structure_, stride);
    return {structure_, tree_, radius, stride, grid, std::vector<LocalAnswer>(static_cast<size_t>(grid.size()))};
  }

  void look(const Progress& progress) {
    for (size_t done = 0; done < all_.answers.size(); done += kSpheresTogether) {
      const size_t count = std::min(kSpheresTogether, all_.answers.size() - done);
      std::vector<std::optional<CrystalView>> seen(count);
      for_each_parallel(count, [&](size_t i) {
        seen[i] = view(all_.answers[done + i], all_.grid.at(static_cast<int64_t>(done + i)));
      });
      std::vector<CrystalView> views;
      for (auto& one : seen)
        if (one) views.push_back(std::move(*one));
      const std::vector<CrystalAnswer> answers = classifier_(views);
      size_t next = 0;
      for (size_t i = 0; i < count; ++i)
        if (seen[i]) note(all_.answers[done + i], answers[next++]);
      if (progress) progress(static_cast<int64_t>(done + count), all_.grid.size(), "classified");
    }
  }

  /// None where nothing can be told.
  std::optional<CrystalView> view(LocalAnswer& spot, const Vector3d& center) const {
    const Structure atoms = sphere(structure_, tree_, center, all_.radius);
    spot.atoms = atoms.size();
    if (spot.atoms < kFewest) {
      spot.why_none = "too few atoms";
      return {};
    }
    try {
      CrystalView view = classifier_.frame(atoms);
      spot.why_none = why_no_crystal(view);
      if (!spot.why_none.empty()) return {};
      return classifier_.with_image(std::move(view));
    } catch (...) {
      spot.why_none = failure_caught("not enough memory");
      return {};
    }
  }

  static void note(LocalAnswer& spot, const CrystalAnswer& answer) {
    spot.probabilities = answer.probabilities;
    spot.why_none = answer.abstains;
    if (!answer.abstains.empty()) return;
    spot.label = answer.label;
    spot.confidence = answer.probabilities[static_cast<size_t>(answer.label)];
  }

  std::string describe(const std::map<std::string, int64_t>& atoms_of) const {
    Json classes = Json::object();
    for (const auto& [name, atoms] : atoms_of) classes[name] = atoms;
    std::map<std::string, int64_t> reasons;
    for (const LocalAnswer& spot : all_.answers)
      if (!spot.why_none.empty()) ++reasons[spot.why_none.substr(0, spot.why_none.find(" ("))];
    return json_text({{"limpid", kVersion},
                      {"command", request_.command},
                      {"input", request_.input},
                      {"model", {{"path", classifier_.model().path}, {"sha256", classifier_.model().sha256}}},
                      {"atoms", structure_.size()},
                      {"radius", all_.radius},
                      {"stride", all_.stride},
                      {"positions", all_.grid.size()},
                      {"atoms_of_class", classes},
                      {"positions_of_none", reasons},
                      {"seconds", clock_.seconds()}},
                     2) +
           "\n";
  }

  const LocalRequest& request_;
  const Structure& structure_;
  const Clock clock_;
  const AtomTree tree_;
  const CrystalClassifier classifier_;
  LocalAnswers all_;
};

}  // namespace

std::string classify_locally(const LocalRequest& request, const Progress& progress) {
  set_up_process(request.threads);
  if (!(request.radius >= 0 && request.stride >= 0))
    refuse("radius and stride are ", request.radius, " and ", request.stride,
           " Å; expected positive lengths, or 0 for those chosen here");
  LocalRequest whole = request;
  whole.model.limits = request.limits;
  const Structure structure = read_structure(request.input, limits_of(request.limits).structure);
  return LocalRun(whole, structure).finish(progress);
}

}  // namespace limpid
