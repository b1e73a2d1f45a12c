// SPDX-License-Identifier: Apache-2.0
// Stacked interpretable sequencing cells on lung nodules (Kumar 2020), cross-validated by exam, with critical response
// maps and binary attention maps of every nodule held out; beside two networks of similar size and a regression on
// radiomic features.
#include <fmt/format.h>

#include <map>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "limpid/data/wrapping.h"
#include "limpid/explain/clear.h"
#include "limpid/train/architectures.h"
#include "limpid/train/evaluation.h"
#include "pipeline/studies/nodules_parts.h"
#include "pipeline/studies/nodules_report.h"
#include "pipeline/studies/studies.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

using namespace study_of_nodules;

TrainRequest training_of(const StudyRun& run, const std::string& architecture, const std::string& width, int64_t fold) {
  const Options& options = run.options();
  TrainRequest how = run.training(architecture);
  how.options = {"width=" + width};
  if (architecture == "sisc") how.options.push_back("dropout=" + options.text("dropout"));
  how.fold = fold;
  how.weight_decay = options.number("weight-decay");
  how.label_smoothing = options.number("label-smoothing");
  how.class_weights = options.text("class-weights");
  how.augment = options.text("augment");
  how.normalise = options.text("normalise");
  how.schedule = "cosine";
  how.warm_up = .25;
  return how;
}

/// The network of each fold, trained or opened when it is first asked for.
class Networks {
 public:
  Networks(StudyRun& run, const Collection& all, std::string architecture, std::string width)
      : run_(run), all_(all), architecture_(std::move(architecture)), width_(std::move(width)) {}

  const Reader& operator[](int64_t fold) {
    const auto found = readers_.find(fold);
    if (found != readers_.end()) return found->second;
    const Model model =
        run_.trained(fmt::format("{}-fold{}", architecture_, fold), training_of(run_, architecture_, width_, fold));
    return readers_.emplace(fold, reader_of(run_, all_, model)).first->second;
  }

  void train() {
    for (const int64_t fold : all_.folds) (*this)[fold];
  }

 private:
  StudyRun& run_;
  const Collection& all_;
  const std::string architecture_, width_;
  std::map<int64_t, Reader> readers_;
};

Table predictions_table(StudyRun& run, const Collection& all, Networks& networks) {
  Table table{{"index", "input", "exam", "nodule", "fold", "malignant", "probability"}, {}};
  for (const int64_t fold : all.folds) {
    const Model& model = networks[fold].model;
    const Split sides = split_fold(all.data, fold);
    const Tensor logits = logits_of(model.network, normalised(sides.held_out, model.preprocess), 128,
                                    run.request().loading, run.progress("predictions"));
    const Tensor p = at::softmax(logits.to(at::kDouble), 1).select(1, all.malignant).contiguous();
    int64_t row = 0;
    for (const Slice& slice : all.slices)
      if (slice.fold == fold)
        table.add({slice.index, slice.input, slice.exam, slice.nodule, fold, static_cast<int64_t>(slice.malignant),
                   p.data_ptr<double>()[row++]});
  }
  return table;
}

std::vector<Decision> decisions_of(const Table& table, size_t exam) {
  std::vector<Decision> all;
  for (const auto& row : table.rows)
    all.push_back({std::get<std::string>(row[exam]), std::get<std::string>(row[exam + 1]),
                   std::get<int64_t>(row[exam + 2]), std::get<int64_t>(row[exam + 3]) == 1,
                   std::get<double>(row[exam + 4])});
  return all;
}

/// SISC: its networks are trained, then every fold is read with its maps.
std::vector<Reading> read_all(StudyRun& run, const Collection& all, Networks& networks) {
  networks.train();
  std::vector<Reading> result;
  for (const int64_t fold : all.folds) {
    const Table table =
        run.table(fmt::format("evidence-fold{}", fold), [&] { return evidence_table(run, all, networks[fold], fold); });
    const std::vector<Reading> part = readings(table, all);
    result.insert(result.end(), part.begin(), part.end());
  }
  return result;
}

Contender peer(StudyRun& run, const Collection& all, const std::string& architecture, int64_t parameters,
               const Shape& input) {
  const Sized size = sized(architecture, parameters, input);
  Networks networks(run, all, architecture, size.width);
  networks.train();
  const Table table = run.table("predictions-" + architecture, [&] { return predictions_table(run, all, networks); });
  return contender(architecture, size.parameters, decisions_of(table, 2));
}

std::filesystem::path radiomics_file(const StudyRun& run) {
  if (const std::string& file = run.options().text("radiomics"); !file.empty()) return file;
  const std::filesystem::path data = run.request().data;
  return (std::filesystem::is_directory(data) ? data : data.parent_path()) / "radiomics.csv";
}

struct Regression {
  std::string name;
  Radiomics radiomics;
};

/// The features of every nodule, read before anything is trained.
std::vector<Regression> regressions_of(const StudyRun& run, const Collection& all) {
  const std::filesystem::path file = radiomics_file(run);
  if (!std::filesystem::exists(file)) {
    if (!run.options().text("radiomics").empty())
      fail("there is no table of radiomic features at '", file.string(), "'");
    run.tell("there is no '" + file.string() + "': the regression on radiomic features is left out");
    return {};
  }
  const std::vector<std::string> size = split(run.options().text("size-columns"), ',');
  std::vector<Regression> regressions = {{"radiomics", radiomics_of(file, all, {})}};
  if (!size.empty()) regressions.push_back({"size-alone", radiomics_of(file, all, size)});
  return regressions;
}

Contender regression(StudyRun& run, const Collection& all, const Regression& of) {
  const Table table = run.table("regression-" + of.name, [&] { return regression_table(of.radiomics, all.folds); });
  return contender_of_nodules("regression, " + of.name, static_cast<int64_t>(of.radiomics.columns.size()) + 1,
                              decisions_of(table, 0));
}

/// The architectures to compare with, which are made as large as SISC by their width.
std::vector<std::string> compared(const StudyRun& run) {
  std::vector<std::string> names = split(run.options().text("compare"), ',');
  for (const std::string& name : names) {
    const std::vector<OptionSpec>& options = lookup("architecture", name, architectures()).options;
    if (std::none_of(options.begin(), options.end(), [](const OptionSpec& option) { return option.name == "width"; }))
      refuse("option compare names ", name, ", which has no option width and cannot be made as large as sisc");
  }
  return names;
}

void run_nodules(StudyRun& run) {
  const Collection all = collected(run);
  const std::vector<std::string> architectures = compared(run);
  const std::vector<Regression> regressions = regressions_of(run, all);
  Networks networks(run, all, "sisc", run.options().text("width"));
  Findings findings{all, read_all(run, all, networks), {}, {}};
  const Model& first = networks[all.folds.front()].model;
  const int64_t parameters = parameters_of(first.original);
  std::vector<Decision> slices;
  for (const Reading& reading : findings.readings) slices.push_back(reading.decision);
  findings.contenders.push_back(contender("sisc", parameters, slices));
  for (const std::string& architecture : architectures)
    findings.contenders.push_back(peer(run, all, architecture, parameters, first.network.input_shape()));
  for (const Regression& of : regressions) findings.contenders.push_back(regression(run, all, of));
  if (!regressions.empty()) findings.columns = regressions.front().radiomics.columns;
  report_scores(run, findings);
  report_evidence(run, findings);
  report_galleries(run, findings, [&](int64_t fold) -> const Reader& { return networks[fold]; });
}

}  // namespace

const Study nodules_study = {
    "nodules",
    "lung nodules, benign or malignant: a network of sequencing cells, cross-validated by exam, and where its evidence "
    "lies",
    "kumar2020, kumar2017radiomics",
    "a folder with patches of segmented nodules on black as <exam>/<nodule>/<slice>.png, below folders of any kind, a "
    "manifest.csv with the columns path, label (benign or malignant), exam_id and fold, all slices of an exam in one "
    "fold, and for the comparison radiomics.csv with exam_id, nodule_id and features; patches and features of "
    "LIDC-IDRI "
    "are public at github.com/MaximoDouglas/pulmonary-nodule-classification (data/images, data/features/radiomics), "
    "the "
    "scans at cancerimagingarchive.net/collection/lidc-idri",
    {{"folds", "0", "of the data's folds, so many are studied; 0: all", {}, OptionType::whole, 0},
     {"malignant", "malignant", "the label that is looked for", {}},
     {"width",
      "16",
      "channels of sisc's first cell; the networks compared get as many parameters",
      {},
      OptionType::number,
      1},
     {"dropout", "0.1", "of sisc", {}, OptionType::number, 0, .99},
     {"compare", "gap-cnn,lenet", "architectures of similar size on the same folds; they have an option width", {}},
     {"epochs", "8", "times through the data", {}, OptionType::whole, 1},
     {"batch", "32", "slices a step", {}, OptionType::whole, 1},
     {"learning-rate", "0.002", "at its highest; it falls along a cosine", {}, OptionType::number, 0},
     {"weight-decay", "0.0001", "of weights, not of biases", {}, OptionType::number, 0},
     {"label-smoothing", "0", "share of the label given to both classes", {}, OptionType::number, 0},
     {"class-weights", "none", "none or balanced", {"none", "balanced"}},
     {"augment", "flip,flip-rows,rotate=180", "as of `limpid train`", {}},
     {"normalise", "unit", "of patches, as of `limpid train`", {}},
     {"train-precision", "auto", "of training, as of `limpid train`", {"auto", "float32", "bfloat16"}},
     {"response", "linear", "how classes are carried back, as of the method clear", response_names()},
     {"threshold", "0.1", "t: attention below t times its maximum is not drawn", {}, OptionType::number, 0},
     {"radiomics", "", "the table of features, where it is not radiomics.csv beside the data", {}, OptionType::file},
     {"size-columns", "diameter,area,volume,surfaceArea", "of it, for a regression on size alone; empty: none", {}},
     {"gallery", "12", "cases of each kind to draw", {}, OptionType::whole, 1},
     {"sheet", "0", "nodules on the contact sheets, the surest of malignant first; 0: all", {}, OptionType::whole, 0}},
    {{"folds", "2"}, {"width", "8"}, {"epochs", "3"}, {"sheet", "120"}},
    run_nodules};

}  // namespace limpid
