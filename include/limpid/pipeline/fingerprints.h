// SPDX-License-Identifier: Apache-2.0
#pragma once
// Diffraction fingerprints of files of structures, as they are asked for in words. Needs no tensors.

#include <cstdint>
#include <string>
#include <vector>

#include "limpid/core/progress.h"

namespace limpid {

struct FingerprintRequest {
  std::vector<std::string> inputs;        // files of structures, folders of them
  std::string output = "fingerprints";    // folder
  std::string scaling = "robust";         // or mean-nn
  int64_t atoms = 256;                    // at least so many in the supercell
  int64_t z_offset = 0;                   // added to atomic numbers
  bool published_order = false;           // channels of rotations about x, z, y
  bool pictures = true;                   // beside the arrays
  std::string device = "cpu";             // cpu, cuda, cuda:1
  int64_t threads = 0;                    // 0: every processor there is
  std::vector<std::string> limits = {};   // "name=value", see limits.h
  std::vector<std::string> command = {};  // as typed, for the manifest
};

/// What a run came to. Everything else is in its manifest.
struct FingerprintSummary {
  int64_t structures = 0;  // simulated or failed; a file that cannot be read counts as one
  int64_t failed = 0;
  std::string first_error = {};
  std::string manifest = {};  // path
};

/// <stem>.npy, float32 [3,64,64], and <stem>.png for each structure, <stem>.<frame> where a file has several; and
/// manifest.json. Structures are read and written one batch after the other.
FingerprintSummary write_fingerprints(const FingerprintRequest& request, const Progress& progress);

}  // namespace limpid
