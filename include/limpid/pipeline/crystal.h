// SPDX-License-Identifier: Apache-2.0
#pragma once
// Work on files of structures as it is asked for in words. Needs no tensors.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace limpid {

/// Defects are made in the order of the members, each of what the one before left; see docs/crystals.md.
struct DefectRequest {
  std::string input;                // a file of structures; every frame is taken
  std::string output;               // a file that may be written, or a folder: a file for each result
  bool standard = false;            // begin with the standard conventional cell
  std::string supercell = {};       // "3", or "3x3x2"
  int64_t atoms = 0;                // or at least so many
  std::vector<double> strain = {};  // of all directions; or xx, yy, zz; or xx, yy, zz, yz, xz, xy
  double vacancies = 0;             // share of the atoms
  double substitutions = 0;         // share of the atoms left
  double interstitials = 0;         // share of the atoms left
  double closest = 0;               // ångström, of interstitials; 0: half of the nearest distance in the crystal
  double displacement = 0;          // ångström: σ in each direction
  bool rotation = false;            // turned at random
  int64_t copies = 1;               // of each frame, with draws of their own
  uint64_t seed = 0;
  std::vector<std::string> limits = {};   // "name=value", see limits.h
  std::vector<std::string> command = {};  // as typed, for the document
};

/// Writes the defective structures. What was made, for people or as a JSON document: limpid, command, input, recipe,
/// and for each of the structures its file, frame, source, copy, atoms, vacancies, substitutions, interstitials,
/// rotation.
std::string make_defects(const DefectRequest& request, bool json);

struct PrototypeRequest {
  std::string name, element;  // both empty: the list
  double ratio = 0;           // c/a; 0: the prototype's own
  double coordinate = 0;      // that the space group leaves free; 0: the prototype's own
  std::string output = {};    // empty: the crystal itself is returned, as a POSCAR
};

/// Builds an elemental crystal and writes it, or lists those there are. Returns what is to be printed.
std::string make_prototype(const PrototypeRequest& request, bool json);

}  // namespace limpid
