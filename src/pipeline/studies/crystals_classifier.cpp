// SPDX-License-Identifier: Apache-2.0
// The network as a file that `limpid crystal classify` takes: with what it knows of crystals.
#include <ATen/ATen.h>

#include "limpid/data/wrapping.h"
#include "limpid/net/onnx.h"
#include "pipeline/crystals/classifier.h"
#include "pipeline/studies/crystals_parts.h"

namespace limpid::study_of_crystals {
namespace {

constexpr int64_t kReferencesOfClassifier = 1200;
constexpr double kAllowance = 2;  // of their distance: symmetry and order tell most of what is foreign

Tensor images_of(const Dataset& data) {
  std::vector<Tensor> images;
  for (int64_t i = 0; i < data.size(); ++i) images.push_back(data.read(i, 0));
  return at::stack(images);
}

Tensor defective_images(const StudyRun& run, Scaling scaling) {
  const auto crystals = calibrating_crystals(run);
  std::vector<Structure> structures;
  for (size_t i = 0; i < crystals.size(); ++i)
    structures.push_back(defective(crystals[i], kModerate, run.request().seed, static_cast<int64_t>(i)));
  return fingerprints_of(structures, scaling);
}

}  // namespace

void write_classifier(const StudyRun& run, const Reader& reader, const Dataset& trained_on) {
  const std::filesystem::path path = run.folder() / "networks" / (reader.name + "-classifier.onnx");
  if (std::filesystem::exists(path)) return;
  FingerprintOptions how;
  how.scaling = reader.scaling;
  CrystalKnowledge knowledge =
      calibrated(reader.model.network, how, images_of(thinned(trained_on, kReferencesOfClassifier)),
                 defective_images(run, reader.scaling), kKept);
  knowledge.farthest *= kAllowance;
  save_onnx(with_knowledge(reader.model.original, knowledge), path);
}

}  // namespace limpid::study_of_crystals
