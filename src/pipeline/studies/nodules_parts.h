// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of the study of nodules: whose slices they are, how decisions are scored, what the maps hold, and what is
// drawn.

#include <ATen/ATen.h>

#include "limpid/data/csv.h"
#include "limpid/render/clear_picture.h"
#include "limpid/train/binary.h"
#include "pipeline/studies/run.h"
#include "pipeline/studies/spread.h"

namespace limpid::study_of_nodules {

/// A slice, as the folders say: <exam>/<nodule>/<slice>.png, and its exam and fold from the manifest.
struct Slice {
  int64_t index;                    // in the data
  std::string exam, nodule, input;  // nodule: exam/folder; input: its path from the exam's folder on
  int64_t fold;
  bool malignant;
};

struct Collection {
  Dataset data;
  int64_t malignant;  // its class
  std::vector<Slice> slices;
  std::vector<int64_t> folds;  // those studied, ascending

  const Slice& operator[](int64_t index) const { return slices[static_cast<size_t>(index)]; }
};

/// The study's data. Throws where there are not two classes, no folds, or an exam in two folds, and where slices of one
/// nodule have different labels.
Collection collected(const StudyRun& run);

/// The slices of each nodule of a fold, in the order of the data.
std::vector<std::vector<int64_t>> nodules_of(const Collection& all, int64_t fold);

/// What is decided of a slice, a nodule or an exam that was held out.
struct Decision {
  std::string exam, nodule;  // nodule: empty for an exam
  int64_t fold;
  bool malignant;
  double probability;  // of malignant

  bool right() const { return (probability >= .5) == malignant; }
  double of_decision() const { return std::max(probability, 1 - probability); }
};

/// A nodule's probability is the mean over its slices, an exam's the largest of its nodules; an exam is malignant where
/// any of its nodules is. Both keep the order of their first slice.
std::vector<Decision> by_nodule(const std::vector<Decision>& slices);
std::vector<Decision> by_exam(const std::vector<Decision>& nodules);

BinaryScores scores_of(const std::vector<Decision>& decisions);

/// One classifier's decisions about every slice held out, or every nodule where it has no slices.
struct Contender {
  std::string name;
  int64_t parameters;
  std::vector<Decision> slices, nodules, exams;  // slices: empty for a regression on nodules
};
Contender contender(const std::string& name, int64_t parameters, const std::vector<Decision>& slices);
Contender contender_of_nodules(const std::string& name, int64_t parameters, const std::vector<Decision>& nodules);

/// network, level, fold, cases, malignant, accuracy, sensitivity, specificity, auc: a row for each fold and level.
Table scores_table(const std::vector<Contender>& contenders, const std::vector<int64_t>& folds);
/// Mean and standard deviation of these over the folds, a row for each contender and level.
Table summary_table(const Table& scores, const std::vector<Contender>& contenders);

/// The width with which an architecture has about as many parameters, to a hundredth, and how many that are.
struct Sized {
  std::string width;
  int64_t parameters;
};
Sized sized(const std::string& architecture, int64_t parameters, const Shape& input);
int64_t parameters_of(const Network& network);

/// What the regression sees: a row of numbers for each nodule.
struct Radiomics {
  std::vector<std::string> columns;
  Tensor features;                // float64 [N, F]
  std::vector<Decision> nodules;  // theirs, without a probability
};
/// The nodules of `all` in a table with the columns exam_id, nodule_id and features. What names a nodule, tells its
/// malignancy or was measured by the reader of the exam (diameter_mm) is not a feature; `only`, where it is not empty,
/// are those taken.
Radiomics radiomics_of(const std::filesystem::path& table, const Collection& all, const std::vector<std::string>& only);

/// Each fold's nodules as a regression on the others' decides; its penalty is the one with the smallest mean loss over
/// inner folds, each of the others held out in turn. Columns exam, nodule, fold, malignant, probability, l2.
Table regression_table(const Radiomics& radiomics, const std::vector<int64_t>& folds);

/// Inside the nodule, its margin, and outside: 2, 1 and 0, uint8 [H,W]. The nodule is what is not black, holes (black
/// without a way of black neighbours to the border of the picture) filled; the margin are the pixels of both sides
/// within `width` pixels of the other side.
Tensor regions_of(const Tensor& picture, double width = 2);

/// What the maps of a slice hold.
struct Evidence {
  double benign = 0, malignant = 0;  // Σ R⁺(x|benign), Σ R⁺(x|malignant)
  std::array<double, 3> parts[2]{};  // for benign and malignant, shares of R⁺ outside, on the margin, inside
  std::array<double, 3> area{};      // shares of the pixels
  int64_t pixels = 0;                // of the nodule
  double ratio() const { return malignant / (malignant + benign); }  // e; NaN where there is no evidence
};
Evidence evidence_of(const Tensor& benign, const Tensor& malignant, const Tensor& regions, int64_t pixels);

/// The binary attention map: 0 malignant, 1 benign, the class of the larger response; −1 where neither is positive or
/// the larger is below t times its maximum over the picture.
DominantMap attention_map(const Tensor& benign, const Tensor& malignant, double t);

/// A fold's network with what it needs to explain slices.
struct Reader {
  Model model;
  Dataset inputs;     // as the network takes them
  int64_t malignant;  // class
  std::string response;
  double threshold;  // t
};
Reader reader_of(const StudyRun& run, const Collection& all, const Model& model);

/// One slice as the network sees it, with its critical response maps.
struct Explained {
  int64_t index;
  Tensor picture;            // uint8 [3,H,W]
  Tensor benign, malignant;  // R⁺, float32 [H,W]
  double probability;        // of malignant
};
std::vector<Explained> explained(const Reader& reader, const std::vector<int64_t>& slices);

/// What is known of a slice that was held out.
struct Reading {
  int64_t index;
  Decision decision;
  Evidence evidence;
};
Table evidence_columns();
void add_reading(Table& table, const Slice& slice, const Reading& reading);
std::vector<Reading> readings(const Table& evidence, const Collection& all);

/// A nodule with its slices read.
struct Case {
  Decision decision;
  std::vector<Reading> slices;
  const Reading& largest() const;  // the slice with the largest nodule
  double ratio() const;            // e of all its slices
};
std::vector<Case> cases_of(const std::vector<Reading>& readings);

/// A fold's slices read; the picture of each nodule goes to nodules/fold<k>/ below the run's folder.
Table evidence_table(const StudyRun& run, const Collection& all, const Reader& reader, int64_t fold);

/// Every slice of a nodule above its two critical response maps, on one scale, and its binary attention map.
Tensor nodule_picture(const Reader& reader, const std::vector<Explained>& slices, const std::string& caption);

using ReaderOf = std::function<const Reader&(int64_t fold)>;
/// Cases two in a row, each by its largest slice: patch, both responses, attention.
Tensor gallery(const ReaderOf& reader, const std::vector<Case>& cases);
/// Many cases, each as one small attention map over its largest slice.
Tensor contact_sheet(const ReaderOf& reader, const std::vector<Case>& cases);

/// "9a3f…/Nodule 001": an exam's long name shortened.
std::string short_name(const Decision& decision);

}  // namespace limpid::study_of_nodules
