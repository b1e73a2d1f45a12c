// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iostream>

#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const auto request = std::make_shared<FingerprintRequest>();
  options.add_option("inputs", request->inputs, "files of structures, see `limpid formats`, or folders of them")
      ->required()
      ->option_text("FILE…");
  options.add_option("-o,--output", request->output, "folder of the results")->capture_default_str();
  options.add_option("--scaling", request->scaling, "what becomes the unit of length: robust or mean-nn")
      ->capture_default_str();
  options.add_option("--atoms", request->atoms, "at least so many in the supercell")->capture_default_str();
  options.add_option("--z-offset", request->z_offset, "added to atomic numbers")->capture_default_str();
  options.add_flag("--published-order", request->published_order,
                   "channels of the rotations about x, z, y, as in the published pictures, not x, y, z");
  options.add_flag_callback(
      "--no-pictures", [request] { request->pictures = false; }, "write the arrays and the manifest alone");
  add_structure_limits(options, request->limits);
  const auto computing = [&](const char* name, auto& value, const char* help) {
    options.add_option(name, value, help)->group("Computing")->capture_default_str();
  };
  computing("--device", request->device, "cpu, cuda or cuda:1");
  computing("--threads", request->threads, "0: all processors");
  add_console(options, true);
  return [request] {
    request->command = command_words();
    const FingerprintSummary summary = engine().write_fingerprints(*request, terminal_progress("files"));
    if (console().json) {
      std::cout << std::ifstream(summary.manifest).rdbuf() << std::flush;
    } else if (!console().quiet) {
      std::cout << summary.manifest << ": " << summary.structures - summary.failed << " of " << summary.structures
                << (summary.structures == 1 ? " structure" : " structures") << " simulated\n"
                << std::flush;
    }
    return status_of(summary.structures, summary.failed, summary.first_error);
  };
}

}  // namespace

const Command crystal_fingerprint_command = {"fingerprint", "diffraction fingerprints, as arrays and pictures", add};

}  // namespace limpid
