// SPDX-License-Identifier: Apache-2.0
// What CLEAR says of a network's decisions: Kumar 2017's masking experiment, with the control that it lacks, and whose
// evidence the maps hold where decisions are right and where they are wrong.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "limpid/train/evaluation.h"
#include "pipeline/scoring.h"
#include "pipeline/studies/clear_parts.h"
#include "pipeline/studies/spread.h"
#include "pipeline/studies/studies.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

using study_of_clear::Reading;
using study_of_clear::Subject;

constexpr size_t kPageOfGallery = 48;

/// A file's name without its folders.
std::string name_of(const std::string& path) { return std::filesystem::path(path).filename().string(); }

void report_accuracy(StudyRun& run, const Subject& subject) {
  const Table scores = run.table("accuracy", [&] {
    const Tensor logits =
        logits_of(subject.model.network, subject.inputs, 128, run.request().loading, run.progress("accuracy"));
    const Scores s = scores_of(logits, labels_of(subject.inputs));
    Table table{{"class", "examples", "recall", "precision"}, {}};
    for (size_t k = 0; k < s.classes.size(); ++k)
      if (s.classes[k].examples > 0)
        table.add({subject.model.labels[k], s.classes[k].examples, s.classes[k].recall, s.classes[k].precision});
    table.add({"all", subject.inputs.size(), s.accuracy, std::nan("")});
    return table;
  });
  const double accuracy = std::get<double>(scores.rows.back()[2]);
  run.report().heading("The network");
  const std::string& file = run.options().text("model");
  const std::string origin = file.empty() ? ", trained on " + subject.model.original.metadata.at("data") + "," : "";
  run.report().paragraph(fmt::format("{}{} is right on {} of {} pictures: {}.",
                                     file.empty() ? run.options().text("architecture") : name_of(file), origin,
                                     percent(accuracy), subject.pictures.size(), subject.pictures.description));
  run.report().table(scores, "Recall and precision of each class.");
}

/// kept and removed against t, a curve for each response, the random control dashed.
NamedChart masking_chart(const Table& table, const std::string& what, const std::string& title) {
  const size_t column = what == "kept" ? 3 : 4;
  Chart chart{title, "t", "accuracy", {}};
  for (const auto& row : table.rows) {
    const std::string& response = std::get<std::string>(row[0]);
    if (chart.series.empty() || chart.series.back().name != response) {
      chart.series.push_back({response, {}});
      chart.series.back().points = true;
    }
    chart.series.back().x.push_back(std::get<double>(row[1]));
    chart.series.back().y.push_back(std::get<double>(row[column]));
  }
  Series control{"random, as many as linear", {}};
  control.dashed = true;
  for (const auto& row : table.rows) {
    if (row[0] != table.rows.front()[0]) break;
    control.x.push_back(std::get<double>(row[1]));
    control.y.push_back(std::get<double>(row[column + 2]));
  }
  chart.series.push_back(control);
  chart.y_range = {0, 1};
  return {"masking-" + what, line_chart(chart)};
}

std::string masking_sentence(const std::vector<Cell>& row) {
  const auto number = [&](size_t column) { return percent(std::get<double>(row[column])); };
  return fmt::format(
      "With the {} response and t = {}, the evidence for the true class covers {} of the pixels. With nothing but "
      "these, {} of the pictures are still taken for what they are, with as many random pixels {}. Without them {} "
      "are, without as many random pixels {}.",
      std::get<std::string>(row[0]), std::get<double>(row[1]), number(7), number(3), number(5), number(4), number(6));
}

/// As it may stand in a file's name everywhere.
std::string word_of(std::string response) {
  std::replace(response.begin(), response.end(), ':', '-');
  return response;
}

void report_masking(StudyRun& run, const Subject& subject) {
  Table all{{"response", "t", "full", "kept", "removed", "random_kept", "random_removed", "area"}, {}};
  for (const std::string& response : split(run.options().text("responses"), ',')) {
    const Table part = run.table("masking-" + word_of(response),
                                 [&] { return study_of_clear::masking_table(subject, run, response); });
    all.rows.insert(all.rows.end(), part.rows.begin(), part.rows.end());
  }
  if (all.rows.empty()) return;
  run.report().heading("Is the evidence enough, and is it needed?");
  run.report().paragraph(
      "The mask of a picture are the pixels whose evidence for the true class, channels summed, exceeds t times its "
      "maximum. The network is asked again with nothing but the mask kept, and with the mask removed. Removed pixels "
      "become " +
      (run.options().is("background", "mean") ? "the mean of the training pictures"
                                              : run.options().text("background")) +
      ". The control keeps or removes as many random pixels, both "
      "counted among those that differ from the background. Kumar 2017 reports 99.26 % on whole digits of MNIST, "
      "79.89 % kept and 43.45 % removed, and 92.60, 69.12 and 54.46 % on SVHN; its t is not stated, and it has no "
      "control.");
  for (const auto& row : all.rows)
    if (std::get<double>(row[1]) == .02) run.report().paragraph(masking_sentence(row));
  run.report().table(all, "Accuracy on whole pictures, with the mask kept and removed, and for the random controls.");
  run.report().charts(
      {masking_chart(all, "kept", "With the evidence alone"), masking_chart(all, "removed", "Without the evidence")});
}

/// "1 picture", "936 pictures"
std::string counted(int64_t pictures) { return grouped(pictures) + (pictures == 1 ? " picture" : " pictures"); }

/// Mean shares of those decisions that are right, or wrong.
struct Side {
  std::string name;
  Spread label, predicted, others;
  double largest_is_predicted = 0;  // how often the class with the largest share is the one decided for
  int64_t beside = 0;               // left out: a class of theirs is not among those compared
};

Side side_of(const std::string& name, const std::vector<Reading>& all, bool right) {
  std::vector<double> label, predicted, others;
  double agree = 0;
  int64_t beside = 0;
  for (const Reading& r : all) {
    if (r.right() != right) continue;
    if (std::isnan(r.share_label + r.share_predicted)) {
      ++beside;
      continue;
    }
    label.push_back(r.share_label);
    predicted.push_back(r.share_predicted);
    others.push_back(1 - r.share_label - (right ? 0 : r.share_predicted));
    agree += r.largest == r.predicted;
  }
  const double count = static_cast<double>(std::max<size_t>(1, label.size()));
  return {name, spread_of(label), spread_of(predicted), spread_of(others), agree / count, beside};
}

void report_shares(StudyRun& run, const Subject& subject, const std::vector<Reading>& all) {
  const Side right = side_of("right", all, true), wrong = side_of("wrong", all, false);
  Table table{{"decisions", "pictures", "true_class", "true_class_sd", "predicted_class", "predicted_class_sd",
               "other_classes", "other_classes_sd", "largest_is_predicted"},
              {}};
  Chart chart{"Share of the evidence",
              "",
              "share of Σ D",
              {{"true class", {}}, {"predicted class", {}}, {"other classes", {}}}};
  std::vector<std::string> labels;
  for (const Side& side : {right, wrong}) {
    if (side.label.count == 0) continue;
    table.add({side.name, side.label.count, side.label.mean, side.label.deviation, side.predicted.mean,
               side.predicted.deviation, side.others.mean, side.others.deviation, side.largest_is_predicted});
    labels.push_back(side.name);
    for (const auto& [series, value] :
         {std::pair(0, side.label.mean), std::pair(1, side.predicted.mean), std::pair(2, side.others.mean)})
      chart.series[static_cast<size_t>(series)].y.push_back(value);
  }
  run.report().heading("For whom the evidence speaks");
  if (right.label.count > 0)
    run.report().paragraph(fmt::format(
        "Where the decision is right, {} of Σ D speaks for the class (mean ± standard deviation over {}), and "
        "it is the class with the largest share in {} of them.",
        right.label.percent(), counted(right.label.count), percent(right.largest_is_predicted)));
  if (wrong.label.count > 0)
    run.report().paragraph(fmt::format(
        "Where it is wrong, {} speaks for the class decided for, {} for the true one, and {} for the others ({}); "
        "the class decided for has the largest share in {} of them.",
        wrong.predicted.percent(), wrong.label.percent(), wrong.others.percent(), counted(wrong.label.count),
        percent(wrong.largest_is_predicted)));
  if (const int64_t beside = right.beside + wrong.beside; beside > 0)
    run.report().paragraph(
        fmt::format("{} left out: the class, or the class decided for, is not among the {} compared, and no evidence "
                    "is asked for it.",
                    counted(beside) + (beside == 1 ? " is" : " are"), subject.classes.size()));
  run.report().table(table, "Mean shares of Σ D, the level of the CLEAR map, with standard deviations.");
  run.report().charts({{"shares", bar_chart(chart, labels)}});
}

std::string statement(const Subject& subject, const Reading& r) {
  const auto name = [&](int64_t index) { return subject.model.labels[static_cast<size_t>(index)]; };
  const auto part = [&](int64_t index, double share) {
    return std::isnan(share) ? name(index) + " is not among the classes compared"
                             : fmt::format("{:.0f} % of the evidence speaks for {}", 100 * share, name(index));
  };
  std::string text = fmt::format("{}, a {}, is taken for {} (p = {:.2f}): {}, {}",
                                 name_of(subject.pictures[r.index].name), name(r.label), name(r.predicted),
                                 r.probability, part(r.predicted, r.share_predicted), part(r.label, r.share_label));
  if (r.largest >= 0 && r.largest != r.label && r.largest != r.predicted)
    text += fmt::format(", most, {:.0f} %, for {}", 100 * r.share_largest, name(r.largest));
  return text + ".";
}

void report_pages(StudyRun& run, const Subject& subject, const std::string& name, const std::string& caption,
                  const std::vector<Reading>& shown) {
  for (size_t first = 0; first < shown.size(); first += kPageOfGallery) {
    const auto begin = shown.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = shown.begin() + static_cast<std::ptrdiff_t>(std::min(shown.size(), first + kPageOfGallery));
    run.report().picture(fmt::format("{}-{}", name, first / kPageOfGallery + 1),
                         study_of_clear::gallery(subject, {begin, end}), caption);
  }
}

/// The first right decision of each class.
std::vector<Reading> one_of_each(const std::vector<Reading>& all) {
  std::vector<Reading> shown;
  std::set<int64_t> seen;
  for (const Reading& r : all)
    if (r.right() && shown.size() < kPageOfGallery && seen.insert(r.label).second) shown.push_back(r);
  std::sort(shown.begin(), shown.end(), [](const Reading& a, const Reading& b) { return a.label < b.label; });
  return shown;
}

void report_galleries(StudyRun& run, const Subject& subject, const std::vector<Reading>& all) {
  std::vector<Reading> wrong;
  std::copy_if(all.begin(), all.end(), std::back_inserter(wrong), [](const Reading& r) { return !r.right(); });
  const size_t count = wrong.size();
  std::stable_sort(wrong.begin(), wrong.end(),
                   [](const Reading& a, const Reading& b) { return a.probability > b.probability; });
  wrong.resize(std::min(count, static_cast<size_t>(run.options().integer("gallery", 1))));
  run.report().heading("Right decisions");
  const std::vector<Reading> right = one_of_each(all);
  if (right.empty()) run.report().paragraph("There are none.");
  report_pages(run, subject, "right",
               "The first picture of each class that is taken for what it is. Each beside its binary heat map, red for "
               "this class and blue for any other, and its CLEAR map, whose hue is the class.",
               right);
  run.report().heading("Wrong decisions");
  if (wrong.empty()) return run.report().paragraph("There are none.");
  run.report().paragraph(wrong.size() == count
                             ? count == 1 ? "There is one." : fmt::format("All {} of them, the surest first.", count)
                             : fmt::format("The {} surest of {}.", wrong.size(), count));
  std::vector<std::string> statements;
  for (size_t i = 0; i < std::min<size_t>(10, wrong.size()); ++i) statements.push_back(statement(subject, wrong[i]));
  run.report().list(statements);
  report_pages(
      run, subject, "wrong",
      "Wrong decisions: the binary heat map, red for the class decided for, says where; the CLEAR map says for "
      "which class instead.",
      wrong);
}

void run_clear(StudyRun& run) {
  const Subject subject = study_of_clear::subject_of(run);
  report_accuracy(run, subject);
  const std::vector<Reading> all =
      study_of_clear::readings(run.table("evidence", [&] { return study_of_clear::evidence_table(subject, run); }));
  report_shares(run, subject, all);
  report_masking(run, subject);
  report_galleries(run, subject, all);
}

}  // namespace

const Study clear_study = {
    "clear",
    "for which class the evidence speaks, whether it is enough, and whether it is needed",
    "kumar2017",
    "labelled pictures, such as a folder with MNIST's four files (train-images-idx3-ubyte.gz …, from "
    "yann.lecun.com/exdb/mnist and its mirrors) or folders train/ and test/ with a folder for each class",
    {{"model", "", "a network to study instead of training one", {}, OptionType::file},
     {"labels", "", "its class names, where it has none: a file, one a line", {}, OptionType::file},
     {"preprocess", "", "of its pictures, where it does not say: a preset of `limpid explain`", {}},
     {"architecture", "all-cnn", "the network to train, see `limpid architectures`", {}},
     {"parameters",
      "",
      "of the architecture, name=value,…; all-cnn has width=48,dropout=0.25 where they are not among them",
      {}},
     {"epochs", "10", "times through the data", {}, OptionType::whole, 1},
     {"batch", "128", "examples a step", {}, OptionType::whole, 1},
     {"learning-rate", "0.002", "at its highest; it falls along a cosine", {}, OptionType::number, 0},
     {"augment", "shift=2,rotate=10", "as of `limpid train`", {}},
     {"train-precision", "auto", "of training, as of `limpid train`", {"auto", "float32", "bfloat16"}},
     {"train-examples", "0", "of the training part, at most; 0: all", {}, OptionType::whole, 0},
     {"examples", "0", "of the test part, at most; 0: all", {}, OptionType::whole, 0},
     {"classes", "", "classes to compare, by label or index; empty: all", {}},
     {"responses", "linear,guided,deconvnet,gradient,lrp:epsilon-plus", "for the masking experiment", response_names(),
      OptionType::words},
     {"background", "black", "what removed pixels become", {"black", "gray", "mean"}},
     {"gallery", "96", "wrong decisions to draw, at most", {}, OptionType::whole, 1}},
    {{"parameters", "width=16"}, {"epochs", "2"}, {"train-examples", "12000"}, {"examples", "1000"}, {"gallery", "48"}},
    run_clear};

}  // namespace limpid
