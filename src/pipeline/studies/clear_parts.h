// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of the study of CLEAR: what is measured over the test pictures, and what is drawn of them.

#include <ATen/ATen.h>

#include "limpid/explain/clear.h"
#include "limpid/render/picture.h"
#include "pipeline/studies/run.h"

namespace limpid::study_of_clear {

/// The network under study and the labelled pictures that it is asked about.
struct Subject {
  Model model;
  Dataset pictures;                 // as they are; classes are the model's
  Dataset inputs;                   // as the network takes them
  std::vector<int64_t> classes;     // compared, ascending
  std::vector<std::string> labels;  // theirs
};

/// The network that the run's settings name, trained by it where they name none, and the pictures of the test part.
Subject subject_of(StudyRun& run);

/// What is said of one picture.
struct Reading {
  int64_t index;                      // of the picture
  int64_t label, predicted, largest;  // classes of the network; the last, with the largest share, is −1 where none is
  double probability;                 // of the predicted class
  double share_label, share_predicted, share_largest;  // of Σ D; NaN for a class that is not among those compared
  double area;                                         // of the pixels to which any class responds

  bool right() const { return label == predicted; }
};

/// One response's masking experiment, a row for each threshold.
Table masking_table(const Subject& subject, const StudyRun& run, const std::string& response);

/// For each picture, what share of Σ D speaks for which class.
Table evidence_table(const Subject& subject, const StudyRun& run);
/// Its rows.
std::vector<Reading> readings(const Table& evidence);

/// Pictures beside their heat maps, for and against what they are taken for, and their CLEAR maps, two such threes in a
/// row; with a legend of the classes and their mean shares.
Tensor gallery(const Subject& subject, const std::vector<Reading>& shown);

/// CLEAR maps of a batch of inputs over the subject's classes. Classes are places in Subject::classes.
Clear clear_of(const Subject& subject, const Activations& activations);

}  // namespace limpid::study_of_clear
