// SPDX-License-Identifier: Apache-2.0
#pragma once
// Crystals named by a network, as it is asked for in words. Needs no tensors.

#include <functional>
#include <string>
#include <vector>

#include "limpid/core/progress.h"
#include "limpid/pipeline/request.h"

namespace limpid {

struct ClassifyRequest {
  std::vector<std::string> inputs;  // files of structures, folders of them
  ModelRequest model = {.path = "builtin:crystals"};
  std::string output = {};                // folder; empty: nothing is written
  bool explain = false;                   // the maps of each answer too
  bool symmetry = true;                   // spglib's answer beside the network's
  bool compounds = false;                 // the classes of their sites too, whatever the species
  int64_t threads = 0;                    // 0: every processor there is
  std::vector<std::string> limits = {};   // "name=value", see limits.h
  std::vector<std::string> command = {};  // as typed, for the document
};

struct ClassifySummary {
  int64_t structures = 0, failed = 0, abstained = 0;
  std::string first_error = {};
  std::string page = {};  // of the maps, where they were asked for
};

/// Names the class of each structure, or tells why it has none, batch by batch. `print` gets what belongs on standard
/// output: a line for each structure, or a JSON document in pieces. The output folder gets answers.json (that
/// document), answers.csv, fingerprints/<stem>.npy and .png, and maps/ with the report of `explain`.
ClassifySummary classify_crystals(const ClassifyRequest& request, bool json, const Progress& progress,
                                  const std::function<void(const std::string&)>& print);

struct LocalRequest {
  std::string input;  // a file of structures, of which the first is taken
  ModelRequest model = {.path = "builtin:crystals"};
  std::string output = "local";           // folder
  double radius = 0;                      // ångström, of the sphere; 0: as holds about 400 atoms
  double stride = 0;                      // ångström, from one position to the next; 0: a third of the radius
  bool compounds = true;                  // sites are named whatever their species
  int64_t threads = 0;                    // 0: every processor there is
  std::vector<std::string> limits = {};   // "name=value", see limits.h
  std::vector<std::string> command = {};  // as typed, for the document
};

/// A sphere is moved through a large structure, and what lies in it is named at each position of a grid. The folder
/// gets atoms.xyz (extended XYZ: class, confidence and the probability of each class, of the positions around each
/// atom), positions.csv, slices.png (three planes through the middle) and local.json, which is returned.
std::string classify_locally(const LocalRequest& request, const Progress& progress);

}  // namespace limpid
