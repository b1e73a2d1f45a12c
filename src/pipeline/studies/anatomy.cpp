// SPDX-License-Identifier: Apache-2.0
// Do networks use the landmarks that a radiologist uses, and since when? The thesis's study (kumar2020) on MedNIST, a
// reconstruction: its layer tables, pictures and figures could not be had.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/wrapping.h"
#include "pipeline/scoring.h"
#include "pipeline/studies/anatomy_charts.h"
#include "pipeline/studies/anatomy_report.h"
#include "pipeline/studies/studies.h"
#include "pipeline/words.h"

extern const unsigned char limpid_anatomy_landmarks[];
extern const unsigned long limpid_anatomy_landmarks_size;

namespace limpid {
namespace {

using namespace study_of_anatomy;

constexpr uint64_t kMostLandmarkBytes = uint64_t{64} << 20;

std::vector<double> checkpoints_of(const Options& options) {
  std::vector<double> epochs;
  for (const std::string& word : split(options.text("checkpoints"), ',')) epochs.push_back(std::stod(word));
  std::sort(epochs.begin(), epochs.end());
  epochs.erase(std::unique(epochs.begin(), epochs.end()), epochs.end());
  const auto last = static_cast<double>(options.integer("epochs", 1));
  if (epochs.empty() || epochs.front() < 0 || epochs.back() > last)
    refuse("option checkpoints is '", options.text("checkpoints"), "'; expected epochs from 0 to ", last);
  return epochs;
}

TrainRequest training_of(const StudyRun& run, const std::string& architecture, uint64_t seed) {
  const Options& options = run.options();
  TrainRequest how = run.training(architecture);
  how.seed = seed;
  how.examples = options.integer("train-examples", 0);
  how.augment = options.text("augment");
  how.validation = 0;
  how.snapshots = checkpoints_of(options);
  return how;
}

Landmarks landmarks_of(const StudyRun& run, const Dataset& pictures) {
  const std::string& file = run.options().text("landmarks");
  if (!file.empty()) return read_landmarks(read_file(file, kMostLandmarkBytes), "'" + file + "'", pictures);
  const std::string own(reinterpret_cast<const char*>(limpid_anatomy_landmarks), limpid_anatomy_landmarks_size);
  try {
    return read_landmarks(own, "limpid's own set of landmarks on MedNIST", pictures);
  } catch (const Error& error) {
    run.unfit(error.what());
  }
}

/// Networks must not have seen the exemplars.
void check_apart(const StudyRun& run, const Dataset& pictures, const Landmarks& landmarks) {
  std::set<std::string> seen;
  for (const Example& example : run.data(Part::train).examples) seen.insert(example.name);
  for (const Exemplar& exemplar : landmarks.exemplars)
    if (const std::string& name = pictures[exemplar.index].name; seen.count(name))
      fail("the picture '", name,
           "', on which landmarks are drawn, is among those trained on; expected parts of their "
           "own, such as folders train/ and test/");
}

/// The boxes as a table of the run: an earlier one's must be the same.
void keep_landmarks(StudyRun& run, const Subject& subject) {
  Table table{{"image", "class", "region", "x0", "y0", "x1", "y1"}, {}};
  for (size_t i = 0; i < subject.size(); ++i) {
    std::vector<Region> regions = subject.landmarks.exemplars[i].landmarks;
    regions.push_back({kMarkers, subject.landmarks.exemplars[i].markers});
    for (const Region& region : regions)
      for (const Box& box : region.boxes)
        table.add(
            {subject.landmarks.exemplars[i].image, subject.class_of(i), region.name, box.x0, box.y0, box.x1, box.y1});
  }
  if (run.table("landmarks", [&] { return table; }).rows != table.rows)
    fail("'", run.folder().string(), "' holds a run with other landmarks; another output folder works");
}

void check_size(const Subject& subject, const Model& model) {
  const Shape picture = subject.exemplars.front().sizes().vec(), input = model.network.input_shape();
  if (picture[1] != input[1] || picture[2] != input[2])
    fail("landmarks are drawn on pictures of ", shape_text(picture), " and the networks take ", shape_text(input),
         "; expected training and test pictures of one size");
}

Checkpoint measured(StudyRun& run, const Subject& subject, const std::string& network, double epoch) {
  const Model model = run.trained_until(network, epoch);
  check_size(subject, model);
  const std::string name = fmt::format("{}-epoch{:.6g}", network, epoch);
  std::optional<LocalisationTables> found;
  const auto localisation = [&]() -> const LocalisationTables& {
    if (!found) found = localisation_tables(subject, model, run.options().text("mode"), run.progress("maps, " + name));
    return *found;
  };
  Checkpoint checkpoint{network, epoch, {}, {}, {}};
  checkpoint.maps = run.table("maps-" + name, [&] { return localisation().maps; });
  checkpoint.units = run.table("units-" + name, [&] { return localisation().units; });
  checkpoint.ablation = run.table("ablation-" + name, [&] {
    return ablation_table(subject, model, run.options().integer("draws", 1), run.progress("ablation, " + name));
  });
  return checkpoint;
}

Table accuracies(StudyRun& run, const Dataset& pictures, const std::string& network, const std::string& name,
                 const std::vector<double>& epochs) {
  Table table{{"network", "epoch", "pictures", "accuracy", "balanced_accuracy", "without_corners", "only_corners"}, {}};
  for (const double epoch : epochs) {
    const Model model = run.trained_until(name, epoch);
    const CornerScores scores = corner_scores(model, aligned(pictures, model.labels), run.request().loading,
                                              run.progress(fmt::format("accuracy, {} at {:.6g}", name, epoch)));
    table.add({network, epoch, pictures.size(), scores.whole, scores.balanced, scores.without, scores.only});
  }
  return table;
}

/// The class response alone, in the study's mode, and what landmarks matter at the end.
Checkpoint measured_in_short(StudyRun& run, const Subject& subject, const std::string& network, const std::string& name,
                             double epoch, bool last) {
  const Model model = run.trained_until(name, epoch);
  const std::string at = fmt::format("{}-epoch{:.6g}", name, epoch);
  Checkpoint checkpoint{network, epoch, {}, {}, {}};
  checkpoint.maps = run.table("class-" + at, [&] { return class_table(subject, model, run.options().text("mode")); });
  if (last)
    checkpoint.ablation = run.table("ablation-" + at, [&] {
      return ablation_table(subject, model, run.options().integer("draws", 1), run.progress("ablation, " + at));
    });
  return checkpoint;
}

/// Both networks trained from other first weights, `offset` seeds further.
Seed seed_of(StudyRun& run, const Subject& subject, const Dataset& pictures, const std::vector<double>& epochs,
             uint64_t offset) {
  Seed seed{run.request().seed + offset, {}, {}, {}};
  for (const std::string network : {kShallow, kDeep}) {
    const std::string name = fmt::format("{}-seed{}", network, seed.number);
    run.trained(name, training_of(run, network, offset));
    append_rows(seed.accuracy,
                run.table("accuracy-" + name, [&] { return accuracies(run, pictures, network, name, epochs); }));
    for (const double epoch : epochs)
      (network == kShallow ? seed.shallow : seed.deep)
          .push_back(measured_in_short(run, subject, network, name, epoch, epoch == epochs.back()));
  }
  return seed;
}

void run_anatomy(StudyRun& run) {
  const std::vector<double> epochs = checkpoints_of(run.options());
  const Dataset pictures = run.data(Part::test);
  const Landmarks landmarks = landmarks_of(run, pictures);
  check_apart(run, pictures, landmarks);
  const Subject subject = subject_of(pictures, landmarks, run.request().seed);
  keep_landmarks(run, subject);
  write_masks(subject, run.folder() / "landmarks");
  Results results{epochs, {}, {}, {}, {}, {}, run.table("controls", [&] { return control_table(subject); })};
  const int64_t most = run.options().integer("examples", 0);
  const Dataset asked = most > 0 ? thinned(pictures, most) : pictures;
  for (const char* network : {kShallow, kDeep}) run.trained(network, training_of(run, network, 0));
  for (const std::string network : {kShallow, kDeep}) {
    append_rows(results.accuracy,
                run.table("accuracy-" + network, [&] { return accuracies(run, asked, network, network, epochs); }));
    for (const double epoch : epochs)
      (network == kShallow ? results.shallow : results.deep).push_back(measured(run, subject, network, epoch));
  }
  for (const std::string network : {kShallow, kDeep})
    results.modes.push_back(
        {network,
         epochs.back(),
         run.table("modes-" + network, [&] { return mode_table(subject, run.trained_until(network, epochs.back())); }),
         {},
         {}});
  const auto seeds = static_cast<uint64_t>(run.options().integer("seeds", 1));
  for (uint64_t offset = 1; offset < seeds; ++offset)
    results.others.push_back(seed_of(run, subject, asked, epochs, offset));
  report(run, subject, results);
}

}  // namespace

const Study anatomy_study = {
    "anatomy",
    "whether shallow and deep networks use a radiologist's landmarks, and since when in training",
    "kumar2020",
    "MedNIST's radiographs and tomograms as folders train/ and test/ with a folder for each class (Hand, CXR, …; "
    "github.com/apolanco3225/Medical-MNIST-Classification has the pictures, the test part must have those of the "
    "landmarks), or other pictures of one size with a file of landmarks of your own",
    {{"landmarks", "", "boxes on test pictures, a JSON file; empty: limpid's own of MedNIST", {}, OptionType::file},
     {"epochs", "10", "times through the data", {}, OptionType::whole, 1},
     {"checkpoints",
      "0,0.25,0.5,1,2,5,10",
      "epochs after which the networks are looked at",
      {},
      OptionType::numbers,
      0},
     {"batch", "64", "examples a step", {}, OptionType::whole, 1},
     {"learning-rate", "0.001", "constant, so that checkpoints differ in nothing but time", {}, OptionType::number, 0},
     {"augment", "", "as of `limpid train`", {}},
     {"train-precision", "auto", "of training, as of `limpid train`", {"auto", "float32", "bfloat16"}},
     {"train-examples", "0", "of the training part, at most; 0: all", {}, OptionType::whole, 0},
     {"examples", "0", "of the test part, at most, for the accuracy; 0: all", {}, OptionType::whole, 0},
     {"seeds",
      "3",
      "trainings of each network from other first weights, counting from --seed; units and figures are of the first",
      {},
      OptionType::whole,
      1},
     {"mode", "linear", "what activations do on the way back", mode_names()},
     {"draws", "8", "random boxes for each region, of which the control is the mean", {}, OptionType::whole, 1},
     {"fill", "image mean", "what regions become where one fill is shown", fills()},
     {"strips", "2", "exemplars of each class drawn as film strips", {}, OptionType::whole, 1}},
    {{"epochs", "2"},
     {"seeds", "1"},
     {"checkpoints", "0,0.25,0.5,1,2"},
     {"train-examples", "1800"},
     {"examples", "300"},
     {"draws", "4"},
     {"strips", "1"}},
    run_anatomy};

}  // namespace limpid
