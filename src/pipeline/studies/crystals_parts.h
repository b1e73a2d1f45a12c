// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of the study of crystals: defective crystals, who is asked about them, and what they answer.

#include "limpid/crystal/diffraction.h"
#include "pipeline/studies/run.h"

namespace limpid::study_of_crystals {

/// What is wrong with a crystal, in the order in which it is made so.
struct Defects {
  double vacancies = 0, substitutions = 0;  // shares of the atoms
  double displacement = 0;                  // ångström

  /// "pristine", "displacement 0.06", "vacancies 0.4", "displacement 0.1, vacancies 0.3"
  std::string name() const;
};

/// As it may stand in a file's name: without spaces and commas.
std::string word_of(std::string name);

/// Pristine, then the levels of the options `displacements`, `vacancies` and `substitutions`, then both together.
std::vector<Defects> levels_of(const Options& options);

struct TestCrystal {
  int64_t label;
  Structure cluster;  // the standard supercell
};

/// `each` crystals of each class, drawn as those that were trained on but with other draws.
std::vector<TestCrystal> test_crystals(int64_t each, double margin, uint64_t seed);

/// The defective crystal: the same for the same seed and number.
Structure defective(const TestCrystal& crystal, const Defects& defects, uint64_t seed, int64_t number);

/// A network with the scale that its fingerprints are made with, and the simplest thing to compare it with.
struct Reader {
  std::string name;
  Scaling scaling;
  Model model;
  Tensor templates;  // [classes, pixels], the mean of each class's fingerprints, of unit length; undefined: none
};

/// The mean fingerprints of a data set's classes, of the first `most` of each.
Tensor class_templates(const Dataset& data, int64_t most);

/// Fingerprints [N,3,64,64] of structures as they are, on all threads.
Tensor fingerprints_of(const std::vector<Structure>& structures, Scaling scaling);

/// Logits, float64 [N, classes].
Tensor logits_of(const Model& model, const Tensor& fingerprints);

/// How often which class was taken for which: method, seed, label, answer (−1: none) and count.
Table answers(const StudyRun& run, const std::vector<Reader>& readers, const std::vector<TestCrystal>& crystals,
              const Defects& defects, int64_t seeds);

/// The same of spglib with loose and tight tolerances.
Table symmetry_answers(const StudyRun& run, const std::vector<TestCrystal>& crystals, const Defects& defects);

/// How far the unit of length of defective crystals is from that of pristine ones: defects, scaling, and of its ratio
/// less one the mean, the standard deviation and the largest magnitude.
Table scale_errors(const StudyRun& run, const std::vector<TestCrystal>& crystals, const std::vector<Defects>& levels);

/// The mean probability of each class where body centres of a bcc crystal are taken out, in steps.
Table vacancy_path(const StudyRun& run, const std::vector<Reader>& readers, int64_t samples);

/// The probability of each class along rhombohedral crystals from bcc over sc to fcc, by c/a.
Table rhombohedral_path(const std::vector<Reader>& readers, int64_t points);

/// Compounds, elements of other space groups and glasses, `each` of each kind; a structure's name is its kind.
std::vector<Structure> outside_structures(int64_t each, uint64_t seed);

/// How many structures of which subject a network would still answer about: calibration, criterion, subject,
/// structures, kept. A criterion's threshold is where 99 % of crystals like those trained on are kept: pristine ones,
/// or those with displacements of 0.1 Å and 30 % vacancies. The last criterion is that species follow the sites, with
/// the nearest features.
Table abstention(const StudyRun& run, const Reader& reader, const Dataset& trained_on,
                 const std::vector<TestCrystal>& crystals, const std::vector<Defects>& levels);

/// networks/<reader>-classifier.onnx, unless an earlier run wrote it: for `limpid crystal classify`. It answers about
/// what is as near to the data as 99 % of crystals with displacements of 0.1 Å and 30 % vacancies.
void write_classifier(const StudyRun& run, const Reader& reader, const Dataset& trained_on);

/// Answers about files of structures that have a class: file, frame, label, answer, probability, kept by each
/// calibration. Empty where the option `real` names none.
Table real_answers(const StudyRun& run, const Reader& reader, const Dataset& trained_on);

/// What a method came to on one level.
struct Measured {
  int64_t structures = 0;
  std::vector<double> recall;                        // of each class
  std::vector<double> balanced;                      // accuracy of each seed, mean recall
  double accuracy = 0;                               // as it would be with the published counts of classes
  std::vector<std::vector<int64_t>> confusion = {};  // [true][answer], the last column: none
};
Measured measured(const Table& answers, const std::string& method);

/// Everything that was found, for the report.
struct Findings {
  std::vector<Reader> readers;
  std::vector<std::pair<Defects, Table>> answers, symmetry;
  Table scales, vacancies, rhombohedral, abstention, real;
};
void report(StudyRun& run, const Findings& findings);

}  // namespace limpid::study_of_crystals
