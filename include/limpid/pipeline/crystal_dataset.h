// SPDX-License-Identifier: Apache-2.0
#pragma once
// Data sets of fingerprints as they are asked for in words: crystals made from prototypes, and real ones. Needs no
// tensors.

#include <cstdint>
#include <string>
#include <vector>

#include "limpid/core/progress.h"

namespace limpid {

struct CrystalDatasetRequest {
  std::string output;                  // folder
  bool like_paper = false;             // the class counts of Ziletti 2018, the default
  int64_t balanced = -1;               // or so many of each class; 0: real ones alone
  std::vector<std::string> real = {};  // files of structures and folders of them, added to those that are made
  double margin = .05;                 // share of c/a left out about ratios at which a crystal is of another class
  std::string scaling = "robust";      // or mean-nn
  int64_t atoms = 256, z_offset = 0;   // as of FingerprintRequest
  bool published_order = false;
  uint64_t seed = 0;
  int64_t threads = 0;                    // 0: every processor there is
  std::vector<std::string> limits = {};   // "name=value", see limits.h
  std::vector<std::string> command = {};  // as typed, for the manifest
};

struct CrystalDatasetSummary {
  int64_t structures = 0, left_out = 0;  // in the data set; real ones that have no class or cannot be read
  std::string first_left_out = {};       // why
  std::string manifest = {};             // path
};

/// fingerprints-<shard>.npy (float16 [n,3,64,64]), structures.csv (a row for each structure: its place, class and
/// origin) and manifest.json (recipe, seed, counts). One shard after the other: a run that was interrupted goes on
/// where it is asked for again; a folder of another recipe is refused.
CrystalDatasetSummary write_crystal_dataset(const CrystalDatasetRequest& request, const Progress& progress);

}  // namespace limpid
