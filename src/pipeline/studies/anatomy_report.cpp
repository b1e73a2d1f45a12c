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
      "layers, data and results could not be had. The two networks, the checkpoints, the boxes, the measures, the "
      "onset's thresholds and all controls are limpid's.");
}

void report_findings(StudyRun& run, const Results& results, const Summaries& summaries) {
  run.report().heading(results.others.empty() ? "What was found" : "What was found with the first seed");
  run.report().list(findings(results, summaries));
}

void report_accuracy(StudyRun& run, const Results& results) {
  run.report().heading("How well the networks do");
  const auto last = [&](const char* network, const char* column) {
    return values_of(results.accuracy, column, {{"network", std::string(network)}}).back();
  };
  run.report().paragraph(fmt::format(
      "After {} epochs {} is right on {} of the test pictures and {} on {}. Where two networks come close to each "
      "other, or to all, accuracy does not tell them apart.",
      epoch_text(results.epochs.back()), kShallow, percent(last(kShallow, "accuracy")), kDeep,
      percent(last(kDeep, "accuracy"))));
  run.report().table(readable(results.accuracy),
                     "Accuracy by checkpoint: on whole pictures, with the four corners (squares of an eighth of the "
                     "side) filled with the mean of the picture's outermost pixels, and with nothing but the corners, "
                     "the rest being the mean of the training pictures.");
  run.report().charts({accuracy_chart(results.accuracy, results.epochs)});
}

void report_landmarks(StudyRun& run, const Subject& subject) {
  run.report().heading("The landmarks");
  if (run.options().text("landmarks").empty())
    run.report().paragraph(
        "The boxes are limpid's own, drawn by eye on enlarged test pictures by people who are not radiologists.");
  run.report().paragraph(
      "A landmark may have several boxes (five fingers, two clavicles): they are united, so that a pixel counts once. "
      "Landmarks may overlap (diaphragm and costophrenic angles): each is measured alone, a pixel in two of them "
      "counts for both, and their shares need not add up to one; \"all landmarks\" is the union. Markers (letters, "
      "clips) and corners are no landmarks: they are where a network would look that has learned the wrong thing.");
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
      "its class map. Only the positive part R⁺ is drawn and measured; it is drawn averaged over 3 × 3 pixels, for "
      "un-pooling leaves single ones, each map on a scale of its own to the 99 % quantile, for responses grow by "
      "orders of magnitude. Below each is its lift in all landmarks.");
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

void report_lifts(StudyRun& run, const Results& results, const Summaries& summaries) {
  run.report().heading("Do the responses lie on the landmarks?");
  run.report().paragraph(
      "The energy share E is Σ R⁺ inside a landmark over Σ R⁺; the lift is E over the landmark's share of the area: 1 "
      "for a response that is spread evenly, and at most 1 over that share. A hit is a largest response inside. Lifts "
      "need something to be compared with: checkpoint 0 is a network that has learned nothing, and edges and "
      "brightness of the picture are maps without any network.");
  run.report().table(
      readable(chosen_columns(
          summaries.side, {"class", "region", "lift_shallow", "lift_deep", "difference", "difference_sd",
                           "deep_is_higher", "pictures", "hits_shallow", "hits_deep", "onset_shallow", "onset_deep"})),
      "The class response at the end, shallow beside deep: mean lift over the exemplars, paired difference with its "
      "standard deviation over exemplars, on how many of how many exemplars the deep network's is the higher one, "
      "share of hits, and onset in epochs.");
  run.report().charts(lift_charts(summaries.lifts, "class", results, summaries.landmarks),
                      "Mean lift of the class response by checkpoint.");
  run.report().charts(lift_charts(run.table("lift-by-layer", [&] { return lift_table(last_of(results), ""); }), "layer",
                                  results, drawn_landmarks(results)),
                      "Mean lift by layer at the last checkpoint: templates of the convolutions, and the class.");
  const Table controls = run.table("controls-lift", [&] {
    return lift_table({{"none", 0, results.controls, {}, {}}}, "");
  });
  Table matrix = matrix_of(controls, "lift", "none", summaries.landmarks);
  matrix.columns.front() = "map";
  run.report().table(matrix,
                     "Mean lift of maps without a network: edges of the picture, and its brightness above that of its "
                     "outermost pixels.");
}

/// How the class response lies in landmarks in every mode: one run's answer should not hang on the walk.
void report_modes(StudyRun& run, const Table& modes, const std::vector<Landmark>& landmarks) {
  run.report().subheading("In every mode");
  run.report().paragraph(
      "The walk back can pass activations unchanged (linear, the thesis's equations), rectify the signal (deconvnet), "
      "mask it (gradient), or both (guided). What holds in one mode alone is a property of that mode.");
  for (const std::string network : {kShallow, kDeep}) {
    Table table = matrix_of(modes, "lift", network, landmarks);
    table.columns.front() = "mode";
    run.report().table(table, "Mean lift of the class response of " + network + " at the last checkpoint, by mode.");
  }
}

void report_onset(StudyRun& run, const Results& results) {
  run.report().heading("Since when?");
  run.report().paragraph(fmt::format(
      "A landmark's onset is the first checkpoint at which the lift is at least {} on at least {:.0f} % of the "
      "exemplars. An onset at 0 comes before any training: it tells of the architecture and the pictures, not of what "
      "was learned. Later checkpoints may fall below the mark again: the table of onsets has the share at the end, "
      "too.",
      kLeastLift, 100 * kLeastShare));
  const Table onsets = run.table("onset", [&] { return onset_table(both(results)); });
  for (const std::string network : {kShallow, kDeep})
    run.report().table(matrix_of(onsets, "onset", network, drawn_landmarks(results)),
                       "Onset in epochs in " + network + ", by layer.");
}

void report_units(StudyRun& run, const Results& results, const Table& selective) {
  const std::vector<Landmark> landmarks = drawn_landmarks(results);
  run.report().heading("Which units answer to which landmark?");
  run.report().paragraph(fmt::format(
      "A unit is called selective for a landmark when it responds to at least half of the class's exemplars and the "
      "lift of its response reaches {} on at least {:.0f} % of these. Selective need not mean only there, nor learned: "
      "see checkpoint 0.",
      kLeastLift, 100 * kLeastShare));
  run.report().charts(selective_charts(selective, results));
  Table ends = rows_where(selective, {{"epoch", results.epochs.front()}});
  append_rows(ends, rows_where(selective, {{"epoch", results.epochs.back()}}));
  run.report().table(readable(ends),
                     "Units of each layer at the first and the last checkpoint: how many respond, and how many are "
                     "selective for a landmark.");
  for (const Checkpoint& end : last_of(results)) {
    const Table units = run.table("strongest-units-" + end.network, [&] { return strongest_units(end, landmarks, 3); });
    run.report().charts({unit_chart(units, end.network, landmarks)},
                        "Units × landmarks: mean lift of the three units of " + end.network +
                            " with the largest lift for each landmark, in all of them.");
  }
}

}  // namespace

void report(StudyRun& run, const Subject& subject, const Results& results) {
  const std::string& fill = run.options().text("fill");
  const Table ablation = run.table("ablation", [&] { return ablation_summary(last_of(results), ""); });
  const Summaries summaries{
      drawn_landmarks(results),
      run.table("shallow-deep", [&] { return side_by_side(results.shallow, results.deep, fill); }),
      rows_where(ablation, {{"fill", fill}}),
      run.table("modes", [&] { return lift_table(results.modes, ""); }),
      run.table("lift-by-checkpoint", [&] { return lift_table(both(results), kClassLayer); }),
      run.table("selective-units", [&] { return selective_table(both(results), drawn_landmarks(results)); })};
  run.table("ablation-by-checkpoint", [&] { return ablation_summary(both(results), fill); });
  report_question(run, results);
  report_findings(run, results, summaries);
  report_seeds(run, results, summaries.landmarks);
  report_accuracy(run, results);
  report_landmarks(run, subject);
  report_strips(run, subject, results);
  report_lifts(run, results, summaries);
  report_modes(run, summaries.modes, summaries.landmarks);
  report_onset(run, results);
  report_units(run, results, summaries.selective);
  report_ablation(run, subject, summaries.ablation);
  report_bias(run, subject, results, summaries.lifts);
  report_limits(run, subject);
}

}  // namespace limpid::study_of_anatomy
