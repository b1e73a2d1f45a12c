// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iostream>

#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const auto request = std::make_shared<CrystalDatasetRequest>();
  options.add_option("-o,--output", request->output, "folder of the data set")->required();
  const auto of = [&](const char* group, const char* name, auto& value, const char* help) {
    return options.add_option(name, value, help)->group(group)->capture_default_str();
  };
  const char* const crystals = "The crystals";
  options.add_flag("--like-paper", request->like_paper, "the class counts of Ziletti 2018, 10,517 in all: the default")
      ->group(crystals);
  options.add_option("--balanced", request->balanced, "so many of each class; 0: real ones alone")->group(crystals);
  of(crystals, "--real", request->real, "files of structures and folders of them, added where they have a class");
  of(crystals, "--margin", request->margin, "share of c/a left out about ratios of higher symmetry");
  of(crystals, "--seed", request->seed, "of everything random");
  repeated(of(crystals, "--limit", request->limits, "what is read at most: structure-bytes or structure-atoms"));
  const char* const fingerprints = "The fingerprints";
  of(fingerprints, "--scaling", request->scaling, "what becomes the unit of length: robust or mean-nn");
  of(fingerprints, "--atoms", request->atoms, "at least so many in the supercell");
  of(fingerprints, "--z-offset", request->z_offset, "added to atomic numbers");
  options
      .add_flag("--published-order", request->published_order, "channels of the rotations about x, z, y, not x, y, z")
      ->group(fingerprints);
  of("Computing", "--threads", request->threads, "0: all processors");
  add_console(options, true);
  return [request] {
    request->command = command_words();
    const CrystalDatasetSummary summary = engine().write_crystal_dataset(*request, terminal_progress("structures"));
    if (console().json) {
      std::cout << std::ifstream(summary.manifest).rdbuf() << std::flush;
    } else if (!console().quiet) {
      std::cout << request->output << ": " << summary.structures << " structures\n" << std::flush;
    }
    if (summary.left_out > 0)
      print_note(std::to_string(summary.left_out) + (summary.left_out == 1 ? " structure is" : " structures are") +
                 " left out, the first: " + summary.first_left_out);
    return 0;
  };
}

}  // namespace

const Command crystal_dataset_command = {
    "dataset", "fingerprints of crystals made from prototypes, and of real ones, to train on", add};

}  // namespace limpid
