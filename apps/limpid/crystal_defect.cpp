// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

void add_crystal(CLI::App& options, DefectRequest& request) {
  const char* const group = "The crystal";
  options.add_flag("--standard", request.standard, "begin with the standard conventional cell")->group(group);
  options.add_option("--supercell", request.supercell, "copies of the cell: 3, or 3x3x2")->group(group);
  options.add_option("--atoms", request.atoms, "repeat the cell until it has at least so many atoms")->group(group);
  options
      .add_option("--strain", request.strain, "one number, or xx,yy,zz, or xx,yy,zz,yz,xz,xy: r becomes (1 + strain) r")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(group);
}

void add_defects(CLI::App& options, DefectRequest& request) {
  const auto add = [&](const char* name, auto& value, const char* help) {
    options.add_option(name, value, help)->group("Defects, in this order")->capture_default_str();
  };
  add("--vacancies", request.vacancies, "share of the atoms that is taken out");
  add("--substitute", request.substitutions, "share of the atoms that gets a random species");
  add("--interstitials", request.interstitials, "atoms that are put in between, as a share of those there are");
  add("--closest", request.closest,
      "least distance of these to other atoms, ångström; 0: half of the nearest distance");
  add("--displace", request.displacement, "standard deviation of displacements in each direction, ångström");
  options.add_flag("--rotate", request.rotation, "turn the whole at random")->group("Defects, in this order");
}

Action add(CLI::App& options) {
  const auto request = std::make_shared<DefectRequest>();
  options.add_option("file", request->input, "structures: POSCAR, CIF, XYZ, FHI-aims; every frame is taken")
      ->required()
      ->option_text("FILE");
  options
      .add_option("-o,--output", request->output,
                  "a file (.xyz for several structures, .vasp or POSCAR for one), or a folder")
      ->required();
  add_crystal(options, *request);
  add_defects(options, *request);
  options.add_option("--copies", request->copies, "variants of each structure")->capture_default_str();
  options.add_option("--seed", request->seed, "of everything random")->capture_default_str();
  add_structure_limits(options, request->limits);
  add_console(options, true);
  return [request] {
    request->command = command_words();
    const std::string made = engine().make_defects(*request, console().json);
    if (console().json || !console().quiet) std::fputs(made.c_str(), stdout);
    return 0;
  };
}

}  // namespace

const Command crystal_defect_command = {"defect", "structures with vacancies, displaced, foreign and added atoms", add};

}  // namespace limpid
