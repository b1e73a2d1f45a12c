// SPDX-License-Identifier: Apache-2.0
#pragma once
// Subcommands: each a name, a line of help, its options, and what it does.

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "limpid/pipeline/concepts.h"

namespace limpid {

/// Runs a subcommand once its options are read; returns the exit status.
using Action = std::function<int()>;

struct Command {
  std::string name, summary;
  Action (*add)(CLI::App& options);  // declares the options
};

/// In the order of the help.
const std::vector<Command>& commands();
/// Of `limpid crystal`.
const std::vector<Command>& crystal_commands();
/// Of `limpid concepts`.
const std::vector<Command>& concepts_commands();

// One of these in each file named after a subcommand.
extern const Command info_command, explain_command, compare_command, report_command, train_command, predict_command,
    study_command, concepts_command, crystal_command;
extern const Command crystal_classify_command, crystal_local_command, crystal_fingerprint_command,
    crystal_defect_command, crystal_prototype_command, crystal_dataset_command;
extern const Command concepts_units_command, concepts_maximize_command, concepts_dissect_command, concepts_tcav_command,
    concepts_discover_command, concepts_attributes_command;
extern const Command methods_command, layers_command, architectures_command, studies_command, formats_command,
    completion_command;

/// An option that may be given again and again, each time with one value, which the help shows as `value`.
CLI::Option* repeated(CLI::Option* option, const std::string& value = "NAME=VALUE");

// Options that several subcommands have.
void add_model(CLI::App& options, ModelRequest& model);
void add_device(CLI::App& options, ModelRequest& model);
void add_run(CLI::App& options, ExplainRequest& request);
/// A model, its layers, the folder of the results, and how to compute; `streams`: batches of data.
void add_concepts(CLI::App& options, ConceptsRequest& request, bool streams = true);
void add_console(CLI::App& options, bool json);
/// What names crystals, how, and what is read at most.
void add_crystal_classifier(CLI::App& options, ModelRequest& model, int64_t& threads, std::vector<std::string>& limits);
void add_structure_limits(CLI::App& options, std::vector<std::string>& limits);

/// The document at this path with --json, otherwise where it is unless --quiet; 0.
int print_document(const std::string& path);
/// 0, or 1 with an error that says how many structures failed.
int status_of(int64_t structures, int64_t failed, const std::string& first_error);

/// Declares the options of each command, whose actions it returns.
std::vector<Action> add_commands(CLI::App& app, const std::vector<Command>& commands);

/// Does what was chosen of commands that were added; throws for words that nothing understood, and prints the help
/// where nothing was chosen.
int run_chosen(const CLI::App& app, const std::vector<Command>& commands, const std::vector<Action>& actions);

/// The whole command line: what main parses and completion prints.
std::unique_ptr<CLI::App> command_line(std::vector<Action>& actions);

}  // namespace limpid
