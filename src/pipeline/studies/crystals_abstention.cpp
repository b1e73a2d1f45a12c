// SPDX-License-Identifier: Apache-2.0
// Whether a structure is like any that a network was trained on.
#include <ATen/ATen.h>

#include <map>

#include "core/parallel.h"
#include "limpid/crystal/classes.h"
#include "limpid/crystal/order.h"
#include "limpid/data/wrapping.h"
#include "limpid/train/novelty.h"
#include "pipeline/crystals/dataset.h"
#include "pipeline/studies/crystals_parts.h"
#include "pipeline/words.h"

namespace limpid::study_of_crystals {
namespace {

constexpr int64_t kReferences = 1400;  // fingerprints that are compared with
const std::vector<std::string> kCriteria = {"probability", "energy", "class distance", "nearest features",
                                            "nearest fingerprint"};
const std::string kWithOrder = "nearest features and order";
const std::string kWithSymmetry = "nearest features, order and symmetry";  // as `limpid crystal classify` does

/// What a network makes of some structures.
struct Impression {
  Tensor answer, probability;                         // [N]
  std::map<std::string, Tensor> foreign;              // by criterion: larger for what is less like the training data
  std::vector<bool> compound = {}, of_no_class = {};  // by species, and by symmetry
};

class Critic {
 public:
  Critic(const Reader& reader, const Dataset& trained_on)
      : reader_(reader), references_(thinned(trained_on, kReferences)) {
    std::vector<Tensor> images;
    for (int64_t i = 0; i < references_.size(); ++i) images.push_back(references_.read(i, 0));
    images_ = at::stack(images);
    features_ = values_of(images_)[0];
    classes_.emplace(features_, labels_of(references_), static_cast<int64_t>(references_.classes.size()));
  }

  Impression operator()(const std::vector<Structure>& clusters) const {
    const Tensor images = fingerprints_of(clusters, reader_.scaling);
    const std::vector<Tensor> values = values_of(images);
    const Tensor& features = values[0];
    const Tensor logits = values[1].to(at::kDouble);
    Impression made;
    std::tie(made.probability, made.answer) = at::softmax(logits, 1).max(1);
    made.foreign["probability"] = 1 - made.probability;
    made.foreign["energy"] = -logits.logsumexp({1});
    made.foreign["class distance"] = (*classes_)(features);
    made.foreign["nearest features"] = distance_to_nearest(features, features_);
    made.foreign["nearest fingerprint"] = distance_to_nearest(images, images_);
    std::vector<char> compound(clusters.size()), of_no_class(clusters.size());
    for_each_parallel(clusters.size(), [&](size_t i) {
      compound[i] = is_compound(clusters[i]);
      of_no_class[i] = is_of_no_class(standard_cluster(clusters[i]));
    });
    made.compound.assign(compound.begin(), compound.end());
    made.of_no_class.assign(of_no_class.begin(), of_no_class.end());
    return made;
  }

 private:
  /// Features and logits.
  std::vector<Tensor> values_of(const Tensor& images) const {
    const Network& network = reader_.model.network;
    std::vector<Tensor> features, logits;
    for (const Tensor& part : images.split(kBatch)) {
      const auto values = values_at(network, part.to(reader_.model.device, reader_.model.type),
                                    {feature_node(network), network.output});
      features.push_back(values[0].cpu());
      logits.push_back(values[1].cpu());
    }
    return {at::cat(features), at::cat(logits)};
  }

  const Reader& reader_;
  const Dataset references_;
  Tensor images_, features_;
  std::optional<ClassDistance> classes_;
};

/// The thresholds of all criteria, by what they were calibrated with.
class Gates {
 public:
  Gates(const StudyRun& run, const Critic& critic) {
    const auto crystals = calibrating_crystals(run);
    for (const auto& [name, defects] : {std::pair("pristine", Defects{}), std::pair("defective", kModerate)}) {
      std::vector<Structure> structures;
      for (size_t i = 0; i < crystals.size(); ++i)
        structures.push_back(defective(crystals[i], defects, run.request().seed, static_cast<int64_t>(i)));
      const Impression made = critic(structures);
      for (const std::string& criterion : kCriteria)
        thresholds_[name][criterion] = empirical_quantile(made.foreign.at(criterion), kKept);
    }
  }

  static std::vector<std::string> calibrations() { return {"pristine", "defective"}; }
  static std::vector<std::string> criteria() {
    std::vector<std::string> all = kCriteria;
    all.insert(all.end(), {kWithOrder, kWithSymmetry});
    return all;
  }

  bool keeps(const std::string& calibration, const std::string& criterion, const Impression& made, size_t i) const {
    if (criterion == kWithSymmetry) return !made.of_no_class[i] && keeps(calibration, kWithOrder, made, i);
    if (criterion == kWithOrder) return !made.compound[i] && keeps(calibration, "nearest features", made, i);
    return made.foreign.at(criterion)[static_cast<int64_t>(i)].item<double>() <=
           thresholds_.at(calibration).at(criterion);
  }

  void add(Table& table, const std::string& subject, const Impression& made) const {
    for (const std::string& calibration : calibrations())
      for (const std::string& criterion : criteria()) {
        int64_t kept = 0;
        for (size_t i = 0; i < made.compound.size(); ++i) kept += keeps(calibration, criterion, made, i);
        table.add({calibration, criterion, subject, static_cast<int64_t>(made.compound.size()), kept});
      }
  }

 private:
  std::map<std::string, std::map<std::string, double>> thresholds_;
};

std::vector<Structure> clusters_of(const std::vector<Structure>& structures) {
  std::vector<Structure> clusters(structures.size());
  for_each_parallel(structures.size(), [&](size_t i) { clusters[i] = standard_cluster(structures[i]).structure; });
  return clusters;
}

/// Structures of one name, which follow each other.
std::vector<std::pair<std::string, std::vector<Structure>>> by_kind(const std::vector<Structure>& structures) {
  std::vector<std::pair<std::string, std::vector<Structure>>> kinds;
  for (const Structure& structure : structures) {
    if (kinds.empty() || kinds.back().first != structure.name)
      kinds.emplace_back(structure.name, std::vector<Structure>());
    kinds.back().second.push_back(structure);
  }
  return kinds;
}

}  // namespace

Table abstention(const StudyRun& run, const Reader& reader, const Dataset& trained_on,
                 const std::vector<TestCrystal>& crystals, const std::vector<Defects>& levels) {
  const Critic critic(reader, trained_on);
  const Gates gates(run, critic);
  const Progress progress = run.progress("abstention");
  Table table{{"calibration", "criterion", "subject", "structures", "kept"}, {}};
  const auto kinds = by_kind(outside_structures(run.options().integer("outside", 1), run.request().seed));
  const auto all = static_cast<int64_t>(levels.size() + kinds.size());
  int64_t done = 0;
  for (const Defects& level : levels) {
    std::vector<Structure> structures;
    for (size_t i = 0; i < crystals.size(); ++i)
      structures.push_back(defective(crystals[i], level, run.request().seed, static_cast<int64_t>(i)));
    gates.add(table, level.name(), critic(structures));
    if (progress) progress(++done, all, level.name());
  }
  for (const auto& [name, structures] : kinds) {
    gates.add(table, "outside: " + name, critic(clusters_of(structures)));
    if (progress) progress(++done, all, name);
  }
  return table;
}

Table real_answers(const StudyRun& run, const Reader& reader, const Dataset& trained_on) {
  Table table{{"file", "frame", "label", "answer", "probability", "kept_pristine", "kept_defective"}, {}};
  const std::vector<std::string> inputs = split(run.options().text("real"), ',');
  if (inputs.empty()) return table;
  const Critic critic(reader, trained_on);
  const Gates gates(run, critic);
  StructureSource source(expand_structures(inputs), limits_of(run.request().limits).structure, 2 * kBatch);
  for (auto read = source.next(kBatch); !read.empty(); read = source.next(kBatch)) {
    std::vector<crystal_dataset::Item> items;
    std::vector<Structure> structures;
    for (StructureItem& one : read) {
      items.push_back(crystal_dataset::read_item(std::move(one)));
      if (!items.back().structure.species.empty())
        structures.push_back(items.back().structure);
      else
        items.pop_back();
    }
    if (items.empty()) continue;
    const Impression made = critic(clusters_of(structures));
    for (size_t i = 0; i < items.size(); ++i) {
      const auto at = static_cast<int64_t>(i);
      table.add({items[i].source, items[i].frame, items[i].label.value_or(-1), made.answer[at].item<int64_t>(),
                 made.probability[at].item<double>(),
                 static_cast<int64_t>(gates.keeps("pristine", kWithSymmetry, made, i)),
                 static_cast<int64_t>(gates.keeps("defective", kWithSymmetry, made, i))});
    }
  }
  return table;
}

}  // namespace limpid::study_of_crystals
