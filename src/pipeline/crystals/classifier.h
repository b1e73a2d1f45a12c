// SPDX-License-Identifier: Apache-2.0
#pragma once
// A network that names the class of a crystal, with what it must know to do so: how fingerprints are made, and what it
// was trained on.

#include "limpid/crystal/diffraction.h"
#include "limpid/pipeline/model.h"

namespace limpid {

/// What a model file has beside the network, in its metadata as "crystals".
struct CrystalKnowledge {
  FingerprintOptions fingerprint;  // but for the device
  Tensor references;               // [M, F], values of the last hidden layer for crystals that it was trained on
  double farthest = 0;             // distance to the nearest of them (sun2022) up to which it answers
};

/// The network with this in its metadata; references are stored in float16.
Network with_knowledge(Network network, const CrystalKnowledge& knowledge);

/// Throws for a network without it.
CrystalKnowledge knowledge_of(const Network& network);

/// References from images [M,3,64,64] that the network was trained on, and the distance within which `kept` of other
/// images lie.
CrystalKnowledge calibrated(const Network& network, const FingerprintOptions& fingerprint, const Tensor& trained_on,
                            const Tensor& others, double kept);

/// A structure as the classifier sees it.
struct CrystalView {
  Cluster cluster = {};
  double scale = 0;
  Tensor image = {};  // [3,64,64]
};

/// Why a structure has no class whatever its image; empty where the network is to be asked.
std::string why_no_crystal(const CrystalView& view);

struct CrystalAnswer {
  int64_t label = 0;                  // the most probable class
  std::vector<double> probabilities;  // of each class
  double distance = 0;                // to the nearest reference
  std::string abstains = {};          // why the answer is none; empty: it is `label`
};

class CrystalClassifier {
 public:
  /// `compounds`: sites are named whatever their species, otherwise a crystal of several in order is none of the
  /// classes.
  explicit CrystalClassifier(const ModelRequest& request, bool compounds = false);

  const Model& model() const { return model_; }
  const FingerprintOptions& fingerprint() const { return knowledge_.fingerprint; }

  CrystalView view(const Structure& structure) const { return with_image(frame(structure)); }

  /// The same in two steps, the second of which takes most of the time.
  CrystalView frame(const Structure& structure) const;
  CrystalView with_image(CrystalView view) const;

  std::vector<CrystalAnswer> operator()(const std::vector<CrystalView>& views) const;

 private:
  Model model_;
  CrystalKnowledge knowledge_;
  bool compounds_;
};

}  // namespace limpid
