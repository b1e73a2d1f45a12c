// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of the study of anatomy: what is measured at one checkpoint of one network, and what is drawn.

#include <filesystem>
#include <functional>
#include <map>

#include "limpid/pipeline/model.h"
#include "limpid/render/clear_picture.h"
#include "pipeline/studies/landmarks.h"
#include "pipeline/studies/run.h"

namespace limpid::study_of_anatomy {

inline constexpr const char* kClassLayer = "class";  // the response of the picture's own class, from its class map

/// A region of one exemplar, with random boxes of its sizes that touch neither it nor any landmark or marker.
struct Place {
  std::string name;
  Tensor mask;                   // bool [H, W]
  std::vector<Tensor> controls;  // the same; none where there is no room
  std::vector<size_t> matches;   // for each of fills(): the control that changes the picture most nearly as much
};

/// The pictures that networks are asked about.
struct Subject {
  Dataset pictures;  // the test part
  Landmarks landmarks;
  std::vector<Tensor> exemplars;           // uint8 [C, H, W], as in the landmarks
  std::vector<std::vector<Place>> places;  // of each exemplar

  size_t size() const { return exemplars.size(); }
  const std::string& class_of(size_t exemplar) const {
    return pictures.classes[static_cast<size_t>(landmarks.exemplars[exemplar].label)];
  }
};

Subject subject_of(const Dataset& pictures, const Landmarks& landmarks, uint64_t seed);

/// Responses of one layer for N pictures, channels summed.
struct LayerMaps {
  std::string layer;
  Tensor whole;  // [N, H, W]: the sum over the layer's four strongest units, or the response of the picture's class
  Tensor units;  // [N, K, H, W]: of every unit; undefined for the class and where it was not asked for
};

/// The convolutions below the class maps, first to last, then kClassLayer.
std::vector<std::string> layers_of(const Network& network);

/// Calls `use` for each of them. inputs [N, C, H, W] as the network takes them, labels int64 [N].
void for_each_layer(const Model& model, const Tensor& inputs, const Tensor& labels, const std::string& mode,
                    bool all_units, const std::function<void(const LayerMaps&)>& use);

/// Exemplars as a network takes them, [N, C, H, W].
Tensor inputs_of(const Model& model, const std::vector<Tensor>& pictures);

/// A row for each exemplar, layer and region; and one for each unit, class and region, over exemplars.
struct LocalisationTables {
  Table maps, units;
};
LocalisationTables localisation_tables(const Subject& subject, const Model& model, const std::string& mode,
                                       const Progress& progress);

/// The class response alone in each of mode_names(), by mode as if it were the layer.
std::vector<std::string> mode_names();
Table mode_table(const Subject& subject, const Model& model);

/// Of one mode, as kClassLayer.
Table class_table(const Subject& subject, const Model& model, const std::string& mode);

/// The same measures, as of a layer, for maps without a network: edges and brightness of the picture itself.
Table control_table(const Subject& subject);

/// A row for each exemplar, region and fill: the class's probability and the decision without the region, without
/// random boxes (the mean over `draws`), and without those of all random boxes that change the picture most nearly as
/// much as the region does.
Table ablation_table(const Subject& subject, const Model& model, int64_t draws, const Progress& progress);

/// Accuracy on whole pictures, without their four corners, and with nothing but these.
struct CornerScores {
  double whole, balanced, without, only;
};
CornerScores corner_scores(const Model& model, const Dataset& pictures, int64_t loading, const Progress& progress);

/// Below the folder, for each class with landmarks, its exemplars with the landmarks and markers as masks, as
/// ConceptSet has them.
void write_masks(const Subject& subject, const std::filesystem::path& folder);

/// Every exemplar with its boxes and a legend of their colours, one picture a class.
Tensor exemplars_picture(const Subject& subject, int64_t label);

/// One exemplar: a row for each layer, a column for each checkpoint, headed by the picture with its boxes.
Tensor film_strip(const Subject& subject, size_t exemplar, const std::vector<Model>& models,
                  const std::vector<std::string>& headings, const std::string& mode);

}  // namespace limpid::study_of_anatomy
