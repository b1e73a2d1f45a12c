// SPDX-License-Identifier: Apache-2.0
#include "pipeline/crystals/classifier.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "core/whole.h"
#include "limpid/core/error.h"
#include "limpid/crystal/classes.h"
#include "limpid/crystal/order.h"
#include "limpid/train/novelty.h"
#include "pipeline/crystals/dataset.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKey = "crystals";
constexpr int64_t kBatch = 64;

/// Values of the last hidden layer, [N, F], and logits, of images [N,3,64,64].
std::pair<Tensor, Tensor> features_and_logits(const Network& network, const Tensor& images) {
  std::vector<Tensor> features, logits;
  for (const Tensor& part : images.split(kBatch)) {
    const std::vector<Tensor> values =
        values_at(network, part.to(options_of(network)), {feature_node(network), network.output});
    features.push_back(values[0].flatten(1).to(at::kCPU, at::kFloat));
    logits.push_back(values[1].to(at::kCPU, at::kDouble));
  }
  return {at::cat(features), at::cat(logits)};
}

std::string halves_as_text(const Tensor& values) {
  const Tensor halves = values.to(at::kHalf).contiguous();
  return base64({static_cast<const char*>(halves.data_ptr()), halves.nbytes()});
}

Tensor halves_of_text(const std::string& text, int64_t count, int64_t width) {
  const std::string bytes = from_base64(text);
  const auto most = static_cast<int64_t>(bytes.size());
  if (count < 1 || width < 1 || count > most || width > most / count || 2 * count * width != most)
    fail("its references are ", bytes.size(), " bytes; expected ", count, " times ", width, " numbers of two bytes");
  Tensor halves = at::empty({count, width}, at::kHalf);
  std::memcpy(halves.data_ptr(), bytes.data(), bytes.size());
  return halves.to(at::kFloat);
}

CrystalKnowledge knowledge_of_json(const Json& json) {
  CrystalKnowledge knowledge;
  knowledge.fingerprint.scaling = crystal_dataset::scaling_named(json.at("scaling").get<std::string>());
  knowledge.fingerprint.atoms = whole(json.at("atoms"));
  knowledge.fingerprint.z_offset = static_cast<int>(whole(json.at("z_offset")));
  knowledge.fingerprint.published_order = json.at("published_order").get<bool>();
  knowledge.references =
      halves_of_text(json.at("references").get<std::string>(), whole(json.at("count")), whole(json.at("width")));
  knowledge.farthest = json.at("farthest").get<double>();
  return knowledge;
}

Structure of_one_species(Structure structure) {
  std::map<int, int64_t> counts;
  for (const int species : structure.species) ++counts[species];
  const auto commonest = std::max_element(counts.begin(), counts.end(),
                                          [](const auto& one, const auto& other) { return one.second < other.second; });
  std::fill(structure.species.begin(), structure.species.end(), commonest->first);
  return structure;
}

std::string why_none(const CrystalView& view, double distance, double farthest) {
  if (std::string why = why_no_crystal(view); !why.empty()) return why;
  const bool none = is_of_no_class(view.cluster);
  if (distance > farthest)
    return fmt::format("its fingerprint is unlike those of all classes ({:.3g} of {:.3g})", distance, farthest);
  if (is_compound(view.cluster.structure)) return "its species follow the sites: it is a compound";
  if (const auto& group = view.cluster.symmetry; none)
    return fmt::format("the space group of its sites, {} ({}), is that of no class", group->symbol, group->number);
  return {};
}

}  // namespace

std::string why_no_crystal(const CrystalView& view) {
  const bool none = is_of_no_class(view.cluster) && !view.cluster.symmetry;
  return none ? "no crystal is found behind its atoms" : "";
}

Network with_knowledge(Network network, const CrystalKnowledge& knowledge) {
  const FingerprintOptions& how = knowledge.fingerprint;
  network.metadata[kKey] = Json{{"scaling", how.scaling == Scaling::robust ? "robust" : "mean-nn"},
                                {"atoms", how.atoms},
                                {"z_offset", how.z_offset},
                                {"published_order", how.published_order},
                                {"farthest", knowledge.farthest},
                                {"count", knowledge.references.size(0)},
                                {"width", knowledge.references.size(1)},
                                {"references", halves_as_text(knowledge.references)}}
                               .dump();
  return network;
}

CrystalKnowledge knowledge_of(const Network& network) {
  const auto found = network.metadata.find(kKey);
  if (found == network.metadata.end())
    fail("the model does not say how it knows crystals; one that `limpid study crystals` wrote works");
  try {
    return knowledge_of_json(Json::parse(found->second));
  } catch (const Json::exception& error) {
    fail("the model's metadata '", kKey, "' cannot be read: ", error.what());
  }
}

CrystalKnowledge calibrated(const Network& network, const FingerprintOptions& fingerprint, const Tensor& trained_on,
                            const Tensor& others, double kept) {
  CrystalKnowledge knowledge{fingerprint, features_and_logits(network, trained_on).first, 0};
  const Tensor stored = knowledge.references.to(at::kHalf).to(at::kFloat);
  knowledge.farthest =
      empirical_quantile(distance_to_nearest(features_and_logits(network, others).first, stored), kept);
  return knowledge;
}

CrystalClassifier::CrystalClassifier(const ModelRequest& request, bool compounds)
    : model_(open_model(request)), knowledge_(knowledge_of(model_.original)), compounds_(compounds) {
  if (model_.labels != crystal_classes())
    fail("the model '", request.path, "' has the classes ", fmt::format("{}", fmt::join(model_.labels, ", ")),
         "; expected ", fmt::format("{}", fmt::join(crystal_classes(), ", ")));
  knowledge_.fingerprint.device = model_.device;
}

CrystalView CrystalClassifier::frame(const Structure& structure) const {
  ScaledCluster scaled = scaled_cluster(compounds_ ? of_one_species(structure) : structure, knowledge_.fingerprint);
  if (compounds_) scaled.cluster.group.reset();  // of other species
  return {std::move(scaled.cluster), scaled.scale};
}

CrystalView CrystalClassifier::with_image(CrystalView view) const {
  view.image = simulate_diffraction(view.cluster.structure, view.scale, knowledge_.fingerprint).cpu();
  return view;
}

std::vector<CrystalAnswer> CrystalClassifier::operator()(const std::vector<CrystalView>& views) const {
  if (views.empty()) return {};
  std::vector<Tensor> images;
  for (const CrystalView& view : views) images.push_back(view.image);
  const auto [features, logits] = features_and_logits(model_.network, at::stack(images));
  const Tensor probabilities = at::softmax(logits, 1).contiguous(), best = probabilities.argmax(1).contiguous();
  const Tensor distances = distance_to_nearest(features, knowledge_.references).contiguous();
  std::vector<CrystalAnswer> answers;
  for (size_t i = 0; i < views.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    const double* p = probabilities.data_ptr<double>() + row * probabilities.size(1);
    const double distance = distances.data_ptr<double>()[i];
    answers.push_back({best.data_ptr<int64_t>()[i],
                       {p, p + probabilities.size(1)},
                       distance,
                       why_none(views[i], distance, knowledge_.farthest)});
  }
  return answers;
}

}  // namespace limpid
