// SPDX-License-Identifier: Apache-2.0
// The study of anatomy in a few sentences, all from its tables.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "pipeline/scoring.h"
#include "pipeline/studies/anatomy_charts.h"
#include "pipeline/studies/spread.h"

namespace limpid::study_of_anatomy {
namespace {

double cell(const Table& table, const std::string& column, const Landmark& of, const std::string& network = "") {
  std::vector<std::pair<std::string, Cell>> where = {{"class", of.first}, {"region", of.second}};
  if (!network.empty()) where.emplace_back("network", network);
  const std::vector<double> values = values_of(table, column, where);
  return values.empty() ? std::nan("") : values.front();
}

template <class Test>
int64_t count(const std::vector<Landmark>& landmarks, Test test) {
  return std::count_if(landmarks.begin(), landmarks.end(), test);
}

/// Mean lift of the class response at one checkpoint; 0 where it responds nowhere.
double lift_at(const Checkpoint& checkpoint, const Landmark& of) {
  const double lift =
      spread_of(values_of(checkpoint.maps, "lift",
                          {{"layer", std::string(kClassLayer)}, {"class", of.first}, {"region", of.second}}))
          .mean;
  return std::isnan(lift) ? 0 : lift;
}

std::string accuracy_sentence(const Results& results) {
  const auto last = [&](const char* network) {
    return percent(values_of(results.accuracy, "accuracy", {{"network", std::string(network)}}).back());
  };
  return fmt::format("Right on the test pictures after {} epochs: {} {}, {} {}.", epoch_text(results.epochs.back()),
                     kShallow, last(kShallow), kDeep, last(kDeep));
}

std::string lift_sentence(const Results& results, const std::vector<Landmark>& all, const Table& side) {
  const auto reach = [&](const char* column) {
    return count(all, [&](const Landmark& l) { return cell(side, column, l) >= kLeastLift; });
  };
  const auto raised = [&](const std::vector<Checkpoint>& run) {
    return count(all, [&](const Landmark& l) { return lift_at(run.back(), l) > lift_at(run.front(), l); });
  };
  return fmt::format(
      "Of {} landmarks the class response reaches a mean lift of {} in {} ({}) and {} ({}); the deep network's is the "
      "higher one in {}. Against the same network at its first checkpoint it has grown in {} and {}.",
      all.size(), kLeastLift, reach("lift_shallow"), kShallow, reach("lift_deep"), kDeep,
      count(all, [&](const Landmark& l) { return cell(side, "difference", l) > 0; }), raised(results.shallow),
      raised(results.deep));
}

/// Of one class: the landmark in which each network's class response has the largest lift.
std::string strongest_sentence(const std::string& label, const std::vector<Landmark>& all, const Table& side) {
  const auto largest = [&](const char* column) {
    const Landmark* best = nullptr;
    for (const Landmark& l : all)
      if (l.first == label && (!best || cell(side, column, l) > cell(side, column, *best))) best = &l;
    return fmt::format("{} (lift {:.2f})", best->second, cell(side, column, *best));
  };
  return fmt::format("On {} the class response lies most on: {} in {}, {} in {}.", label, largest("lift_shallow"),
                     kShallow, largest("lift_deep"), kDeep);
}

std::string onset_sentence(const std::vector<Landmark>& all, const Table& side) {
  const auto begun = [&](const char* column, bool trained) {
    return count(all, [&](const Landmark& l) {
      const double epoch = cell(side, column, l);
      return !std::isnan(epoch) && (epoch > 0) == trained;
    });
  };
  return fmt::format(
      "The class response's onset comes in training for {} of the landmarks in {} and {} in {}; for {} and {} it is "
      "there "
      "before any training.",
      begun("onset_shallow", true), kShallow, begun("onset_deep", true), kDeep, begun("onset_shallow", false),
      begun("onset_deep", false));
}

std::string mode_sentence(const std::vector<Landmark>& all, const Table& modes) {
  const int64_t unsteady = count(all, [&](const Landmark& l) {
    std::set<bool> signs;
    for (const std::string& mode : mode_names()) {
      const Table own = rows_where(modes, {{"layer", mode}});
      signs.insert(cell(own, "lift", l, kDeep) > cell(own, "lift", l, kShallow));
    }
    return signs.size() > 1;
  });
  return fmt::format(
      "In {} of {} landmarks it depends on the mode of the way back which network's lift is the higher one.", unsteady,
      all.size());
}

/// Of one class: how many units are selective before and after training.
std::string units_sentence(const std::string& label, const std::vector<double>& epochs, const Table& selective) {
  const auto sum = [&](const std::string& column, const std::string& network, double epoch) {
    double all = 0;
    for (const double layer : values_of(selective, column, {{"network", network}, {"epoch", epoch}})) all += layer;
    return all;
  };
  const auto grown = [&](const char* network) {
    return fmt::format("from {:.0f} to {:.0f} of {:.0f} in {}", sum("selective_" + label, network, epochs.front()),
                       sum("selective_" + label, network, epochs.back()), sum("units", network, epochs.back()),
                       network);
  };
  return fmt::format("Units selective for a landmark of {} go {} and {}, from the first checkpoint to the last.", label,
                     grown(kShallow), grown(kDeep));
}

std::string ablation_sentence(const std::string& label, const Table& ablation) {
  const auto both = [&](const char* column) {
    const Landmark of{label, kAllLandmarks};
    return fmt::format("{} and {}", percent(cell(ablation, column, of, kShallow)),
                       percent(cell(ablation, column, of, kDeep)));
  };
  const auto gray = [&](const char* column) { return cell(ablation, column, {label, kAllLandmarks}, kDeep); };
  const std::string whole = fmt::format(
      "Without all landmarks of {} (the picture changes by {:.1f} gray levels) {} of the decisions flip, shallow and "
      "deep",
      label, gray("change"), both("flips"));
  if (std::isnan(gray("change_match"))) return whole + "; beside them is no room for boxes to compare with.";
  return whole + fmt::format("; without equally large boxes that change it most nearly as much ({:.1f}) {}.",
                             gray("change_match"), both("flips_match"));
}

/// The mean over classes of what all landmarks matter beyond matched boxes.
double excess(const std::vector<std::string>& classes, const Table& ablation, const std::string& network) {
  std::vector<double> gaps;
  for (const std::string& label : classes)
    gaps.push_back(cell(ablation, "drop", {label, kAllLandmarks}, network) -
                   cell(ablation, "drop_match", {label, kAllLandmarks}, network));
  return spread_of(gaps).mean;
}

std::string verdict(const std::vector<Landmark>& all, const Table& side, const Table& ablation,
                    const std::vector<std::string>& classes) {
  const auto reach = [&](const char* column) {
    return count(all, [&](const Landmark& l) { return cell(side, column, l) >= kLeastLift; });
  };
  const bool maps = reach("lift_deep") > reach("lift_shallow");
  const double shallow = excess(classes, ablation, kShallow), deep = excess(classes, ablation, kDeep);
  return fmt::format(
      "The thesis's claim, that deep networks use an expert's landmarks where shallow ones do not, is, for these data "
      "and these reconstructed networks, {} by the maps (more landmarks with a lift of {} in the deep network: {}) and "
      "{} by the ablation (what landmarks matter beyond matched boxes, as a fall of the probability, mean over "
      "classes: {:.3f} shallow, {:.3f} deep).",
      maps ? "borne out" : "not borne out", kLeastLift, maps ? "yes" : "no",
      deep > shallow ? "borne out" : "not borne out", shallow, deep);
}

}  // namespace

std::vector<std::string> findings(const Results& results, const Summaries& summaries) {
  std::vector<std::string> classes;
  for (const auto& [label, region] : summaries.landmarks)
    if (std::find(classes.begin(), classes.end(), label) == classes.end()) classes.push_back(label);
  const std::vector<Landmark>& landmarks = summaries.landmarks;
  std::vector<std::string> all = {accuracy_sentence(results), lift_sentence(results, landmarks, summaries.side)};
  for (const std::string& label : classes) all.push_back(strongest_sentence(label, landmarks, summaries.side));
  all.push_back(onset_sentence(landmarks, summaries.side));
  all.push_back(mode_sentence(landmarks, summaries.modes));
  for (const std::string& label : classes) all.push_back(units_sentence(label, results.epochs, summaries.selective));
  for (const std::string& label : classes) all.push_back(ablation_sentence(label, summaries.ablation));
  all.push_back(verdict(landmarks, summaries.side, summaries.ablation, classes));
  return all;
}

}  // namespace limpid::study_of_anatomy
