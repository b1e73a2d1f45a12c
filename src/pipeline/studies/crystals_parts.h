// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of the study of crystals: defective crystals, who is asked about them, and what they answer.

#include "limpid/crystal/bragg.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/explain/clear.h"
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

/// Of the option `snapshots` those before the last epoch.
std::vector<double> snapshots_of(const Options& options);

/// What the crystals have that abstention is calibrated with, and the defective ones whose maps are looked at.
constexpr Defects kModerate = {.vacancies = .3, .displacement = .1};
constexpr double kKept = .99;    // of those
constexpr int64_t kBatch = 128;  // fingerprints that a network is shown together

struct TestCrystal {
  int64_t label;
  Structure cluster;  // the standard supercell
};

/// `each` crystals of each class, drawn as those that were trained on but with other draws.
std::vector<TestCrystal> test_crystals(int64_t each, double margin, uint64_t seed);

/// Those that abstention is calibrated with, with other draws again.
std::vector<TestCrystal> calibrating_crystals(const StudyRun& run);

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

/// The steps from bcc to sc: which share of the body centres is gone, and iron without as many, drawn at random.
constexpr int64_t kVacancySteps = 21;
double removed_at(int64_t step);
std::vector<Structure> without_centres(int64_t step, int64_t samples, uint64_t seed);

/// The points of the rhombohedral path: c/a, and polonium with it.
double ratio_at(int64_t point, int64_t points);
Structure rhombohedral(double ratio);

/// The mean probability of each class where body centres of a bcc crystal are taken out, in steps.
Table vacancy_path(const StudyRun& run, const std::vector<Reader>& readers, int64_t samples);

/// The probability of each class along rhombohedral crystals from bcc over sc to fcc, by c/a.
Table rhombohedral_path(const std::vector<Reader>& readers, int64_t points);

/// Compounds, elements of other space groups and glasses, `each` of each kind; a structure's name is its kind.
std::vector<Structure> outside_structures(int64_t each, uint64_t seed);

/// How many structures of which subject a network would still answer about: calibration, criterion, subject,
/// structures, kept. A criterion's threshold is where 99 % of crystals like those trained on are kept: pristine ones,
/// or those with displacements of 0.1 Å and 30 % vacancies. The last criteria are, with the nearest features, that
/// species follow the sites, and that the crystal's space group is that of no class.
Table abstention(const StudyRun& run, const Reader& reader, const Dataset& trained_on,
                 const std::vector<TestCrystal>& crystals, const std::vector<Defects>& levels);

/// networks/<reader>-classifier.onnx, unless an earlier run wrote it: for `limpid crystal classify`. It answers about
/// what is as near to the data as 99 % of crystals with displacements of 0.1 Å and 30 % vacancies.
void write_classifier(const StudyRun& run, const Reader& reader, const Dataset& trained_on);

/// Answers about files of structures that have a class: file, frame, label, answer, probability, kept by each
/// calibration. Empty where the option `real` names none.
Table real_answers(const StudyRun& run, const Reader& reader, const Dataset& trained_on);

/// A crystal whose maps are looked at.
struct MapCrystal {
  std::string name;  // "fcc, Cu"
  int64_t label;
  std::vector<BraggSpot> spots;
  Tensor pristine, defective;  // fingerprints [3,64,64]
};

/// As many of each class as the option `maps` says, unlike those trained on; the defective ones have displacements of
/// 0.1 Å and 30 % vacancies.
std::vector<MapCrystal> map_crystals(const StudyRun& run, const Reader& reader);

/// Of the positive energy of layer templates (the attentive responses of each convolution's four strongest units, added
/// up) and class maps the share within two pixels of a Bragg spot: epoch, layer, mode, class, structure, share, chance,
/// which is the support's share of the pixels that the mask leaves.
Table spot_energy(const StudyRun& run, const Reader& reader, const std::vector<MapCrystal>& crystals);

/// What spots get that symmetry makes alike: crystal, family (its first member), d, spots, and of the image's value and
/// of the evidence for the crystal's class the mean and the deviation over them, and the evidence of all.
Table family_evidence(const Reader& reader, const std::vector<MapCrystal>& crystals);

/// Whose evidence CLEAR finds along both paths: the parameter and each class's share of Σ D, mean over samples.
Table vacancy_evidence(const StudyRun& run, const Reader& reader, int64_t samples);
Table rhombohedral_evidence(const StudyRun& run, const Reader& reader, int64_t points);

/// Attentive response maps of convolutions 1, 3 and 6, pristine and defective, with their templates.
Tensor response_picture(const Reader& reader, const MapCrystal& crystal, const std::string& mode);
/// CLEAR over all classes, of the first crystal of each class.
Tensor clear_gallery(const Reader& reader, const std::vector<MapCrystal>& crystals);
/// The same of a few steps from bcc to sc.
Tensor transition_picture(const StudyRun& run, const Reader& reader);

/// The strongest responses of the classes for images [N,3,64,64], a pixel each, with positive class maps in the linear
/// mode.
Clear clear_of(const Reader& reader, const Tensor& images);

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
  Table energy, families, vacancy_evidence, rhombohedral_evidence;
  std::vector<MapCrystal> map_crystals;
};
void report(StudyRun& run, const Findings& findings);

}  // namespace limpid::study_of_crystals
