// SPDX-License-Identifier: Apache-2.0
#include "pipeline/studies/anatomy_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "limpid/render/chart.h"
#include "pipeline/scoring.h"
#include "pipeline/studies/anatomy_charts.h"
#include "pipeline/studies/spread.h"

namespace limpid::study_of_anatomy {
namespace {

std::vector<Checkpoint> both(const Results& results) {
  std::vector<Checkpoint> all = results.shallow;
  all.insert(all.end(), results.deep.begin(), results.deep.end());
  return all;
}

std::vector<Checkpoint> last_of(const Results& results) { return {results.shallow.back(), results.deep.back()}; }

/// Landmarks that were drawn: neither their union nor markers and corners.
std::vector<Landmark> drawn_landmarks(const Results& results) {
  std::vector<Landmark> all = landmarks_in(results.deep.back().maps);
  std::erase_if(
      all, [](const Landmark& l) { return l.second == kAllLandmarks || l.second == kMarkers || l.second == kCorners; });
  return all;
}

std::string listed_epochs(const std::vector<double>& epochs) {
  std::string text;
  for (const double epoch : epochs) text += (text.empty() ? "" : ", ") + epoch_text(epoch);
  return text;
}

void report_question(StudyRun& run, const Results& results) {
  run.report().paragraph(
      "Radiographs are sorted by body part. Do a shallow and a deep network use the landmarks by which a radiologist "
      "would, and since when in training? Attentive response maps say to what each layer answers, at checkpoints "
      "after " +
      listed_epochs(results.epochs) +
      " epochs; boxes on exemplars that no network has seen say where the landmarks are; filling these boxes, and "
      "random ones, says whether decisions rest on them.");
  run.report().paragraph(
      "This is a reconstruction: the question, the maps and the claim (shallow networks do not use an expert's "
      "landmarks, deep ones do, and the stage of training shows) are the thesis's (kumar2020, eq. 3.1 to 3.3). Its "
      "layers, data and results could not be had. The two networks, the checkpoints, the boxes, the "
      "measures, the onset's thresholds and all controls are limpid's.");
}

void report_accuracy(StudyRun& run, const Results& results) {
  run.report().heading("How well the networks do");
  const auto last = [&](const char* network, const char* column) {
    return values_of(results.accuracy, column, {{"network", std::string(network)}}).back();
  };
  run.report().paragraph(fmt::format(
      "After {} epochs {} is right on {} of the test pictures and {} on {}. As accuracies come this close to each "
      "other, or to all, it is not accuracy that tells the networks apart.",
      epoch_text(results.epochs.back()), kShallow, percent(last(kShallow, "accuracy")), kDeep,
      percent(last(kDeep, "accuracy"))));
  run.report().table(results.accuracy,
                     "Accuracy by checkpoint: on whole pictures, with the four corners (squares of an eighth of the "
                     "side) filled with the mean of the picture's outermost pixels, and with nothing but the corners, "
                     "the rest being the mean of the training pictures.");
  run.report().charts({accuracy_chart(results.accuracy, results.epochs)});
}

void report_landmarks(StudyRun& run, const Subject& subject) {
  run.report().heading("The landmarks");
  run.report().paragraph(
      "Boxes were drawn by eye on enlarged test pictures by the authors of limpid, who are not radiologists. A "
      "landmark "
      "may have several boxes (five fingers, two clavicles): they are united, so that a pixel counts once. Landmarks "
      "may overlap (diaphragm and costophrenic angles): each is measured alone, a pixel in two of them counts for "
      "both, and their shares need not add up to one; \"all landmarks\" is the union. Markers (letters, clips) "
      "and corners are no landmarks: they are where a network would look that has learned the wrong thing.");
  for (const auto& [label, names] : subject.landmarks.classes)
    run.report().picture("landmarks-" + subject.pictures.classes[static_cast<size_t>(label)],
                         exemplars_picture(subject, label),
                         "The exemplars of " + subject.pictures.classes[static_cast<size_t>(label)] +
                             " with their landmarks; beside each the mean share of the area that it takes.");
}

/// The first exemplars of each class.
std::vector<size_t> strips_of(const Subject& subject, size_t most) {
  std::vector<size_t> chosen;
  for (const auto& [label, names] : subject.landmarks.classes) {
    size_t taken = 0;
    for (size_t i = 0; i < subject.size() && taken < most; ++i)
      if (subject.landmarks.exemplars[i].label == label) chosen.push_back(i), ++taken;
  }
  return chosen;
}

void report_strips(StudyRun& run, const Subject& subject, const Results& results) {
  run.report().heading("What the layers answer to");
  run.report().paragraph(
      "A film strip a layer: the sum of the responses of its four most active units, carried back to the picture (" +
      run.options().text("mode") +
      " mode), over the checkpoints. The last row is the response of the picture's class, from the positive part of "
      "its class map. Only the positive part R⁺ is drawn and measured; each map has a scale of its own, to the 99 % "
      "quantile, for responses grow by orders of magnitude. Below each is its lift in all landmarks.");
  std::vector<std::string> headings;
  for (const double epoch : results.epochs) headings.push_back("epoch " + epoch_text(epoch));
  for (const std::string network : {kShallow, kDeep}) {
    std::vector<Model> models;
    for (const double epoch : results.epochs) models.push_back(run.trained_until(network, epoch));
    for (const size_t i : strips_of(subject, static_cast<size_t>(run.options().integer("strips", 1))))
      run.report().picture(
          fmt::format("strip-{}-{}-{}", network, subject.class_of(i), i + 1),
          film_strip(subject, i, models, headings, run.options().text("mode")),
          network + " on " + subject.landmarks.exemplars[i].image + ", layer by layer, checkpoint by checkpoint.");
  }
}

std::string lift_sentence(const Results& results, const std::vector<Landmark>& landmarks, const Table& side) {
  double shallow = 0, deep = 0, higher = 0;
  for (const auto& [label, region] : landmarks) {
    const auto value = [&](const char* column) {
      return values_of(side, column, {{"class", label}, {"region", region}}).front();
    };
    shallow += value("lift_shallow") >= kLeastLift, deep += value("lift_deep") >= kLeastLift;
    higher += value("difference") > 0;
  }
  return fmt::format(
      "After {} epochs the class response of {} has a mean lift of at least {} in {:.0f} of {} landmarks, that of {} "
      "in "
      "{:.0f}; the deep network's is the higher one in {:.0f}.",
      epoch_text(results.epochs.back()), kDeep, kLeastLift, deep, landmarks.size(), kShallow, shallow, higher);
}

void report_lifts(StudyRun& run, const Results& results, const Table& side) {
  run.report().heading("Do the responses lie on the landmarks?");
  run.report().paragraph(
      "The energy share E is Σ R⁺ inside a landmark over Σ R⁺; the lift is E over the landmark's share of the "
      "area: 1 for a response that is spread evenly, and at most 1 over that share. A hit is a largest response "
      "inside. Lifts need something to be compared with: checkpoint 0 is a network that has learned nothing, and "
      "edges and brightness of the picture are maps without any network.");
  run.report().paragraph(lift_sentence(results, drawn_landmarks(results), side));
  run.report().table(
      chosen_columns(side, {"class", "region", "lift_shallow", "lift_deep", "difference", "difference_sd",
                            "deep_is_higher", "pictures", "hits_shallow", "hits_deep", "onset_shallow", "onset_deep"}),
      "The class response at the end, shallow beside deep: mean lift over the exemplars, paired difference "
      "with its standard deviation over exemplars, on how many of how many exemplars the deep network's is "
      "the higher one, share of hits, and onset in epochs (a dash: never).");
  run.report().charts(
      lift_charts(run.table("lift-by-checkpoint", [&] { return lift_table(both(results), kClassLayer); }), "class",
                  results, drawn_landmarks(results)),
      "Mean lift of the class response by checkpoint.");
  run.report().charts(lift_charts(run.table("lift-by-layer", [&] { return lift_table(last_of(results), ""); }), "layer",
                                  results, drawn_landmarks(results)),
                      "Mean lift by layer at the last checkpoint: templates of the convolutions, and the class.");
  const Table controls = run.table("controls-lift", [&] {
    return lift_table({{"none", 0, results.controls, {}, {}}}, "");
  });
  run.report().table(chosen_columns(controls, {"layer", "class", "region", "area", "lift", "reached", "hits"}),
                     "The same measures of maps without a network: edges of the picture, and its brightness above that "
                     "of its outermost pixels. \"Reached\" is the share of exemplars with a lift of at least 2.");
}

void report_onset(StudyRun& run, const Results& results) {
  run.report().heading("Since when?");
  run.report().paragraph(fmt::format(
      "A landmark's onset is the first checkpoint at which the lift is at least {} on at least {:.0f} % of the "
      "exemplars. An onset at 0 comes before any training: it tells of the architecture and the pictures, not of what "
      "was "
      "learned. Later checkpoints may fall below the mark again: the table of onsets has the share at the end, too.",
      kLeastLift, 100 * kLeastShare));
  const Table onsets = run.table("onset", [&] { return onset_table(both(results)); });
  for (const std::string network : {kShallow, kDeep})
    run.report().table(onset_matrix(onsets, network, drawn_landmarks(results)),
                       "Onset in epochs in " + network + ", by layer; a dash: never.");
}

void report_units(StudyRun& run, const Results& results) {
  const std::vector<Landmark> landmarks = drawn_landmarks(results);
  run.report().heading("Which units answer to which landmark?");
  run.report().paragraph(fmt::format(
      "A unit is called selective for a landmark when it responds to at least half of the class's exemplars and the "
      "lift of its response reaches {} on at least {:.0f} % of these. Selective need not mean only there, nor learned: "
      "see "
      "checkpoint 0.",
      kLeastLift, 100 * kLeastShare));
  const Table selective = run.table("selective-units", [&] { return selective_table(both(results), landmarks); });
  run.report().charts(selective_charts(selective, results));
  run.report().table(selective, "Units of each layer, how many respond, and how many are selective for a landmark.");
  for (const Checkpoint& last : last_of(results)) {
    const Table units =
        run.table("strongest-units-" + last.network, [&] { return strongest_units(last, landmarks, 3); });
    run.report().charts({unit_chart(units, last.network, landmarks)},
                        "Units × landmarks: mean lift of the three units of " + last.network +
                            " with the largest lift for each landmark, in all of them.");
  }
}

std::string ablation_sentence(const Table& table, const std::string& network, const std::string& label) {
  const auto value = [&](const char* column) {
    return values_of(table, column, {{"network", network}, {"class", label}, {"region", std::string(kAllLandmarks)}})
        .front();
  };
  return fmt::format(
      "{} on {}: without all landmarks the class's probability falls by {:.3f} and {} of the decisions flip; without "
      "as many "
      "random boxes of the same sizes by {:.3f} and {}, without those that change the picture as much by {:.3f} and "
      "{}.",
      network, label, value("drop"), percent(value("flips")), value("drop_random"), percent(value("flips_random")),
      value("drop_match"), percent(value("flips_match")));
}

void report_ablation(StudyRun& run, const Subject& subject, const Results& results) {
  const std::string fill = run.options().text("fill");
  run.report().heading("Do decisions rest on the landmarks?");
  run.report().paragraph(
      fmt::format("A landmark's boxes are filled with the picture's mean, with the mean of its outermost pixels, or "
                  "with black. The "
                  "control fills as many random boxes of the same sizes that touch no landmark, no marker and not each "
                  "other, the mean over "
                  "{} draws. Beside a hand there is mostly background, and filling it changes little: the matched "
                  "control is the one "
                  "among 32 draws that changes the picture most nearly as much as the landmark does (mean absolute "
                  "difference in gray "
                  "levels, the columns \"change\"). Where there is no room for such boxes there is no control.",
                  run.options().text("draws")));
  const Table last = run.table("ablation", [&] { return ablation_summary(last_of(results), ""); });
  const Table shown = rows_where(last, {{"fill", fill}});
  std::vector<std::string> sentences;
  for (const auto& [label, names] : subject.landmarks.classes)
    for (const char* network : {kShallow, kDeep})
      sentences.push_back(ablation_sentence(shown, network, subject.pictures.classes[static_cast<size_t>(label)]));
  run.report().list(sentences);
  run.report().table(
      chosen_columns(shown, {"network", "class", "region", "pictures", "p", "drop", "drop_sd", "flips", "drop_random",
                             "flips_random", "drop_match", "flips_match", "change", "change_random", "change_match"}),
      "At the last checkpoint, filled with " + fill +
          ": probability of the class, its mean fall, and the share of decisions that flip; for the landmark, "
          "for random boxes and for matched ones.");
  run.report().charts(ablation_charts(shown, subject), "Mean fall of the class's probability.");
  run.table("ablation-by-checkpoint", [&] { return ablation_summary(both(results), fill); });
}

void report_bias(StudyRun& run, const Subject& subject, const Results& results) {
  run.report().heading("Corners and markers");
  const auto last = [&](const char* network, const char* column) {
    return values_of(results.accuracy, column, {{"network", std::string(network)}}).back();
  };
  run.report().paragraph(
      fmt::format("Without their corners the pictures are still sorted rightly in {} ({}) and {} ({}) of the cases; "
                  "from nothing but the "
                  "corners, a sixteenth of the area, {} and {} are. By chance it would be {}.",
                  percent(last(kShallow, "without_corners")), kShallow, percent(last(kDeep, "without_corners")), kDeep,
                  percent(last(kShallow, "only_corners")), percent(last(kDeep, "only_corners")),
                  percent(1 / static_cast<double>(subject.pictures.classes.size()))));
  const Table lifts = run.table("lift-by-checkpoint", [&] { return lift_table(both(results), kClassLayer); });
  Table bias{lifts.columns, {}};
  for (const char* region : {kMarkers, kCorners}) {
    const Table part = rows_where(lifts, {{"region", std::string(region)}});
    bias.rows.insert(bias.rows.end(), part.rows.begin(), part.rows.end());
  }
  bias = rows_where(bias, {{"epoch", results.epochs.back()}});
  run.report().table(
      chosen_columns(bias, {"network", "class", "region", "pictures", "area", "energy", "lift", "reached", "hits"}),
      "The class response at the last checkpoint in markers and corners. What filling them does is in the table "
      "before.");
}

void report_limits(StudyRun& run) {
  run.report().heading("What the data allow to be said");
  run.report().list(
      {"Body parts of MedNIST are told apart by coarse outlines: both networks may be right for reasons that need no "
       "landmark. That a response lies on a landmark does not show that the landmark is used; the ablation is the test "
       "of "
       "that, and its random and matched controls are part of the result.",
       "Lift has a ceiling of one over the area: it cannot reach 2 in a landmark of half the picture. It is high "
       "for any map that prefers bright or sharp places where landmarks are bright or sharp, hence the rows without a "
       "network "
       "and checkpoint 0.",
       "About twenty exemplars a class, boxes by people who are not radiologists, pictures of 64 × 64 pixels at which "
       "carpal "
       "bones or the heart's chambers cannot be told apart: what is said is said of these boxes.",
       "Pictures of one patient may stand in both parts (no patient numbers are known), so that accuracy is "
       "optimistic; the "
       "exemplars themselves are never trained on.",
       "One training run for each network: differences between the two include chance of the first weights. Another "
       "--seed tells how much.",
       "The networks differ in depth, width, kernels, receptive field and parameters at once: what differs between "
       "them is "
       "not depth alone."});
}

}  // namespace

void report(StudyRun& run, const Subject& subject, const Results& results) {
  const Table side = run.table("shallow-deep",
                               [&] { return side_by_side(results.shallow, results.deep, run.options().text("fill")); });
  report_question(run, results);
  report_accuracy(run, results);
  report_landmarks(run, subject);
  report_strips(run, subject, results);
  report_lifts(run, results, side);
  report_onset(run, results);
  report_units(run, results);
  report_ablation(run, subject, results);
  report_bias(run, subject, results);
  report_limits(run);
}

}  // namespace limpid::study_of_anatomy
