// SPDX-License-Identifier: Apache-2.0
// The report's second half: what pictures without landmarks, corners and markers are taken for, and what it all allows
// to be said.
#include <fmt/format.h>

#include <cmath>

#include "pipeline/scoring.h"
#include "pipeline/studies/anatomy_charts.h"

namespace limpid::study_of_anatomy {
namespace {

/// "0.967", "−0.002": never "-0.000".
std::string fall_text(double fall) {
  const double rounded = std::round(fall * 1000) / 1000;
  return rounded < 0 ? fmt::format("−{:.3f}", -rounded) : fmt::format("{:.3f}", std::abs(rounded));
}

std::string ablation_sentence(const Table& table, const std::string& network, const std::string& label) {
  const auto value = [&](const char* column) {
    return values_of(table, column, {{"network", network}, {"class", label}, {"region", std::string(kAllLandmarks)}})
        .front();
  };
  const auto outcome = [&](const char* drop, const char* flips, const char* change) {
    return fmt::format("falls by {} and {} of the decisions flip ({:.1f} gray levels changed)", fall_text(value(drop)),
                       percent(value(flips)), value(change));
  };
  const std::string whole = fmt::format("{} on {}: without all landmarks the class's probability {}", network, label,
                                        outcome("drop", "flips", "change"));
  if (std::isnan(value("drop_match"))) return whole + "; beside them is no room for a control.";
  return whole + "; without random boxes of the same sizes it " +
         outcome("drop_random", "flips_random", "change_random") + ", without matched ones it " +
         outcome("drop_match", "flips_match", "change_match") + ".";
}

}  // namespace

void report_ablation(StudyRun& run, const Subject& subject, const Table& shown) {
  const std::string fill = run.options().text("fill");
  run.report().heading("Do decisions rest on the landmarks?");
  run.report().paragraph(
      fmt::format("A landmark's boxes are filled with the picture's mean, with the mean of its outermost pixels, or "
                  "with black. The control fills as many random boxes of the same sizes that touch no landmark, no "
                  "marker and not each other, the mean over {} draws. Beside a hand there is mostly background, and "
                  "filling it changes little: the matched control is the one among 32 draws that changes the picture "
                  "most nearly as much as the landmark does (mean absolute difference in gray levels, the columns "
                  "\"change\"). Where there is no room for such boxes there is no control.",
                  run.options().text("draws")));
  std::vector<std::string> sentences;
  for (const auto& [label, names] : subject.landmarks.classes)
    for (const char* network : {kShallow, kDeep})
      sentences.push_back(ablation_sentence(shown, network, subject.pictures.classes[static_cast<size_t>(label)]));
  run.report().list(sentences);
  run.report().table(
      readable(chosen_columns(shown, {"network", "class", "region", "pictures", "p", "drop", "drop_sd", "flips",
                                      "drop_random", "drop_match", "flips_match", "change", "change_match"})),
      "At the last checkpoint, filled with " + fill +
          ": probability of the class, its mean fall, and the share of decisions that flip; for the landmark, for "
          "random boxes and for matched ones.");
  run.report().charts(ablation_charts(shown, subject), "Mean fall of the class's probability.");
}

void report_bias(StudyRun& run, const Subject& subject, const Results& results, const Table& lifts) {
  run.report().heading("Corners and markers");
  const auto last = [&](const char* network, const char* column) {
    return values_of(results.accuracy, column, {{"network", std::string(network)}}).back();
  };
  run.report().paragraph(
      fmt::format("Without their corners the pictures are still sorted rightly in {} ({}) and {} ({}) of the cases; "
                  "from nothing but the corners, a sixteenth of the area, {} and {} are. By chance it would be {}.",
                  percent(last(kShallow, "without_corners")), kShallow, percent(last(kDeep, "without_corners")), kDeep,
                  percent(last(kShallow, "only_corners")), percent(last(kDeep, "only_corners")),
                  percent(1 / static_cast<double>(subject.pictures.classes.size()))));
  Table bias;
  for (const char* region : {kMarkers, kCorners})
    append_rows(bias, rows_where(lifts, {{"region", std::string(region)}}));
  bias = rows_where(bias, {{"epoch", results.epochs.back()}});
  run.report().table(readable(chosen_columns(bias, {"network", "class", "region", "pictures", "area", "energy", "lift",
                                                    "reached", "hits"})),
                     "The class response at the last checkpoint in markers and corners. What filling them does is in "
                     "the table before.");
}

void report_limits(StudyRun& run, const Subject& subject) {
  run.report().heading("What the data allow to be said");
  std::vector<std::string> limits = {
      "Body parts can be told apart by coarse outlines: both networks may be right for reasons that need no landmark. "
      "That a response lies on a landmark does not show that the landmark is used; the ablation is the test of that, "
      "and "
      "its random and matched controls are part of the result.",
      "Lift has a ceiling of one over the area: it cannot reach 2 in a landmark of half the picture. It is high for "
      "any "
      "map that prefers bright or sharp places where landmarks are bright or sharp, hence the rows without a network "
      "and checkpoint 0.",
      fmt::format(
          "What is said is said of {} exemplars, of these boxes, and of pictures of {} pixels: small structures, "
          "such as single carpal bones at 64 × 64, cannot be seen by people either.",
          subject.size(), shape_text(subject.exemplars.front().sizes().slice(1))),
      run.options().integer("seeds", 1) == 1
          ? "One training run for each network: differences between the two include chance of the first weights. The "
            "option seeds tells how much."
          : "Where no seed is named, the networks of the first seed are meant: differences between the two include "
            "chance of the first weights, as far as the table over seeds tells.",
      "The networks differ in depth, width, kernels, receptive field and parameters at once: what differs between them "
      "is not depth alone."};
  if (run.options().text("landmarks").empty())
    limits.insert(limits.end(),
                  {"The boxes were drawn by people who are not radiologists.",
                   "Pictures of one patient may stand in both parts of MedNIST (no patient numbers are known), so that "
                   "accuracy is optimistic; the exemplars themselves are never trained on."});
  run.report().list(limits);
}

}  // namespace limpid::study_of_anatomy
