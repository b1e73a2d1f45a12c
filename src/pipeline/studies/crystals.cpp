// SPDX-License-Identifier: Apache-2.0
// Crystal structures from their diffraction fingerprints (Ziletti 2018): crystals are made, networks are trained on
// pristine ones alone and asked about defective ones, beside spglib and the simplest comparison.
#include "limpid/crystal/classes.h"
#include "pipeline/studies/crystals_parts.h"
#include "pipeline/studies/studies.h"

namespace limpid {
namespace {

using namespace study_of_crystals;

constexpr int64_t kOfTemplates = 300;  // fingerprints of a class

/// The folder of a data set: as many of each class as were published, or `balanced`.
std::filesystem::path data_of(StudyRun& run, const std::string& name, const std::string& scaling, int64_t balanced) {
  CrystalDatasetRequest how;
  how.like_paper = balanced == 0;
  if (balanced > 0) how.balanced = balanced;
  how.scaling = scaling;
  how.margin = run.options().number("margin");
  how.seed = run.request().seed;
  return run.crystals(name, how);
}

/// The network that is trained on a data set.
Reader reader_of(StudyRun& run, const std::string& name, Scaling scaling, const std::filesystem::path& data,
                 const std::string& augment = "") {
  TrainRequest how = run.training("crystal");
  how.data = data.string();
  how.validation = .1;
  how.augment = augment;
  how.patience = how.epochs;  // the best epoch: the last may end in one of the leaps that a constant rate makes
  how.snapshots = snapshots_of(run.options());
  return {name, scaling, run.trained(word_of(name), how), {}};
}

std::vector<Reader> readers_of(StudyRun& run) {
  const auto balanced = data_of(run, "robust", "robust", run.options().integer("balanced", 1));
  Reader robust = reader_of(run, "robust", Scaling::robust, balanced);
  robust.templates = class_templates(open_dataset(balanced), kOfTemplates);
  const auto published = data_of(run, "mean-nn", "mean-nn", run.options().integer("published", 0));
  std::vector<Reader> readers = {reader_of(run, "mean-nn", Scaling::mean_nn, published)};
  readers[0].templates = class_templates(open_dataset(published), kOfTemplates);
  // Pristine crystals have the same fingerprints with both scales: what the scale alone brings needs no other network.
  readers.push_back({"mean-nn, robust scale", Scaling::robust, readers[0].model, {}});
  if (const std::string& augment = run.options().text("augment"); !augment.empty())
    readers.push_back(reader_of(run, "mean-nn, augmented", Scaling::mean_nn, balanced, augment));
  readers.push_back(std::move(robust));
  return readers;
}

/// Why the network robust answers as it does.
void find_maps(StudyRun& run, Findings& findings) {
  const Reader& reader = findings.readers.back();
  const Options& options = run.options();
  findings.map_crystals = map_crystals(run, reader);
  findings.energy = run.table("spot-energy", [&] { return spot_energy(run, reader, findings.map_crystals); });
  findings.families = run.table("spot-families", [&] { return family_evidence(reader, findings.map_crystals); });
  findings.vacancy_evidence =
      run.table("evidence-bcc-to-sc", [&] { return vacancy_evidence(run, reader, options.integer("samples", 1)); });
  findings.rhombohedral_evidence = run.table(
      "evidence-rhombohedral", [&] { return rhombohedral_evidence(run, reader, options.integer("points", 5)); });
}

void run_crystals(StudyRun& run) {
  const Options& options = run.options();
  const std::vector<Defects> levels = levels_of(options);
  Findings findings;
  findings.readers = readers_of(run);
  for (const size_t network : {size_t{0}, findings.readers.size() - 1}) {
    const Reader& reader = findings.readers[network];
    write_classifier(run, reader, open_dataset(run.folder() / "data" / reader.name));
  }
  const double margin = options.number("margin");
  const auto crystals = test_crystals(options.integer("test", 1), margin, run.request().seed);
  const auto few = test_crystals(options.integer("symmetry-test", 1), margin, run.request().seed + 1);
  for (const Defects& level : levels) {
    findings.answers.emplace_back(level, run.table("answers-" + word_of(level.name()), [&] {
      return answers(run, findings.readers, crystals, level, options.integer("seeds", 1));
    }));
    findings.symmetry.emplace_back(
        level, run.table("symmetry-" + word_of(level.name()), [&] { return symmetry_answers(run, few, level); }));
  }
  findings.scales = run.table("scales", [&] { return scale_errors(run, few, levels); });
  findings.vacancies =
      run.table("bcc-to-sc", [&] { return vacancy_path(run, findings.readers, options.integer("samples", 1)); });
  findings.rhombohedral =
      run.table("rhombohedral-path", [&] { return rhombohedral_path(findings.readers, options.integer("points", 5)); });
  const Reader& robust = findings.readers.back();
  const Dataset trained_on = open_dataset(run.folder() / "data" / robust.name);
  findings.abstention = run.table("abstention", [&] { return abstention(run, robust, trained_on, crystals, levels); });
  if (!options.text("real").empty())
    findings.real = run.table("real", [&] { return real_answers(run, robust, trained_on); });
  find_maps(run, findings);
  report(run, findings);
}

}  // namespace

const Study crystals_study = {
    "crystals",
    "crystal structures from diffraction fingerprints, with displaced, missing and foreign atoms",
    "ziletti2018",
    "",
    {{"published",
      "0",
      "pristine crystals of each class for the network mean-nn; 0: the published counts",
      {},
      OptionType::whole,
      0},
     {"balanced", "1500", "pristine crystals of each class for the network robust", {}, OptionType::whole, 1},
     {"margin", "0.05", "share of c/a left out about ratios of higher symmetry", {}, OptionType::number, 0},
     {"epochs", "5", "times through the data", {}, OptionType::whole, 1},
     {"batch", "32", "examples a step", {}, OptionType::whole, 1},
     {"learning-rate", "0.001", "of Adam", {}, OptionType::number, 0},
     {"train-precision", "float32", "of training, as of `limpid train`", {"auto", "float32", "bfloat16"}},
     {"augment", "scale=0.1", "of the network mean-nn, augmented, as of `limpid train`; empty: there is none", {}},
     {"test", "100", "crystals of each class to ask about", {}, OptionType::whole, 1},
     {"seeds", "3", "draws of defects for each of them", {}, OptionType::whole, 1},
     {"symmetry-test", "20", "crystals of each class to ask spglib about", {}, OptionType::whole, 1},
     {"displacements",
      "0.001,0.002,0.005,0.01,0.02,0.04,0.06,0.08,0.1,0.2",
      "standard deviations, ångström",
      {},
      OptionType::numbers},
     {"vacancies",
      "0.01,0.02,0.05,0.1,0.15,0.2,0.25,0.3,0.4,0.5,0.6,0.7",
      "shares of the atoms",
      {},
      OptionType::numbers},
     {"substitutions", "0.01,0.02,0.05,0.1,0.2,0.3,0.5", "shares of the atoms", {}, OptionType::numbers},
     {"samples", "100", "crystals at each step from bcc to sc", {}, OptionType::whole, 1},
     {"outside", "20", "structures of each kind that belongs to no class", {}, OptionType::whole, 1},
     {"calibrating", "30", "crystals of each class that abstention is calibrated with", {}, OptionType::whole, 1},
     {"real", "", "files of real structures and folders of them to ask about too, a comma between", {}},
     {"points", "161", "crystals along the rhombohedral path", {}, OptionType::whole, 5},
     {"maps", "4", "crystals of each class whose maps are drawn and measured", {}, OptionType::whole, 1},
     {"snapshots",
      "0,0.1,0.25,0.5,1,2,3,4",
      "epochs, before the last, whose maps are measured",
      {},
      OptionType::numbers}},
    {{"published", "40"},
     {"balanced", "40"},
     {"test", "3"},
     {"seeds", "1"},
     {"symmetry-test", "1"},
     {"displacements", "0.06,0.2"},
     {"vacancies", "0.4,0.6"},
     {"substitutions", "0.2"},
     {"outside", "2"},
     {"samples", "3"},
     {"points", "9"},
     {"maps", "1"},
     {"snapshots", "0,1"}},
    run_crystals};

}  // namespace limpid
