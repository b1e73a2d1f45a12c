// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "command.h"
#include "console.h"
#include "limpid/core/error.h"
#include "limpid/core/lookup.h"

namespace limpid {

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {info_command,    explain_command, compare_command,   report_command,
                                           train_command,   predict_command, study_command,     concepts_command,
                                           crystal_command, methods_command, layers_command,    architectures_command,
                                           studies_command, formats_command, completion_command};
  return all;
}

namespace {

/// What stands for a number must be one, and for a whole one digits alone: CLI11 takes -1 for a large one and 9e22 for
/// some other.
void check_numbers(CLI::App& options) {
  const auto number = [](const std::string& text) {
    char* end = nullptr;
    std::strtod(text.c_str(), &end);
    const bool all = !text.empty() && *end == '\0';
    return all ? std::string() : "expected a number, but got '" + text + "'";
  };
  const auto digits = [](const std::string& text) {
    const bool whole = !text.empty() && text.size() < 19 && text.find_first_not_of("0123456789") == std::string::npos;
    return whole ? std::string() : "expected a whole number from 0, but got '" + text + "'";
  };
  for (CLI::Option* option : options.get_options()) {
    if (option->get_type_name() == "FLOAT") option->check(number);
    if (option->get_type_name() == "INT" || option->get_type_name() == "UINT") option->check(digits);
  }
}

}  // namespace

std::unique_ptr<CLI::App> command_line(std::vector<Action>& actions) {
  auto app = std::make_unique<CLI::App>("explains what a convolutional network saw", "limpid");
  app->set_version_flag("--version", "limpid " LIMPID_VERSION, "print the version");
  actions = add_commands(*app, commands());
  return app;
}

std::vector<Action> add_commands(CLI::App& app, const std::vector<Command>& commands) {
  std::vector<Action> actions;
  app.require_subcommand(0, 1);
  app.allow_extras();
  for (const Command& command : commands) {
    CLI::App* options = app.add_subcommand(command.name, command.summary);
    options->allow_extras();
    actions.push_back(command.add(*options));
    check_numbers(*options);
  }
  return actions;
}

namespace {

/// "limpid crystal defect"
std::string full_name(const CLI::App& app) {
  return (app.get_parent() ? full_name(*app.get_parent()) + " " : "") + app.get_name();
}

/// Throws for words that nothing understood.
void refuse_rest(const CLI::App& app) {
  const std::vector<std::string> rest = app.remaining();
  if (rest.empty()) return;
  std::vector<std::string> options, commands;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
  for (const CLI::App* command : app.get_subcommands({})) commands.push_back(command->get_name());
  if (rest.front().rfind('-', 0) == 0) refuse_name("option", rest.front().substr(0, rest.front().find('=')), options);
  if (!commands.empty() && app.get_subcommands().empty()) refuse_name("command", rest.front(), commands);
  refuse("the argument '", rest.front(), "' is not expected; `", full_name(app), " --help` tells what is");
}

}  // namespace

int run_chosen(const CLI::App& app, const std::vector<Command>& commands, const std::vector<Action>& actions) {
  refuse_rest(app);
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  if (chosen.empty()) {
    std::fputs(app.help(app.get_parent() ? full_name(*app.get_parent()) : "").c_str(), stdout);
    return 2;
  }
  for (size_t i = 0; i < commands.size(); ++i) {
    if (commands[i].name != chosen.front()->get_name()) continue;
    if (chosen.front()->get_subcommands({}).empty()) refuse_rest(*chosen.front());
    return actions[i]();
  }
  return 2;
}

namespace {

int run(int count, char** words) {
  std::vector<Action> actions;
  const std::unique_ptr<CLI::App> app = command_line(actions);
  command_words().assign(words, words + count);
  try {
    app->parse(count, words);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app->exit(asked);
  } catch (const CLI::ParseError& error) {
    refuse(error.what());
  }
  return run_chosen(*app, commands(), actions);
}

int caught(int count, char** words) {
  try {
    return run(count, words);
  } catch (const UsageError& error) {
    print_error(error.what());
    return 2;
  } catch (const std::bad_alloc&) {
    print_error("there is not enough memory; a smaller --batch or --memory may do");
  } catch (const std::exception& error) {
    const std::string reason = error.what();
    print_error(reason.substr(0, reason.find('\n')));
  }
  return 1;
}

}  // namespace
}  // namespace limpid

int main(int count, char** words) {
  int status = limpid::caught(count, words);
  std::cout.flush();
  if (std::fflush(stdout) != 0 || std::ferror(stdout) || !std::cout) {
    limpid::print_error("standard output cannot be written: the disk is full, or its reader has gone");
    if (status == 0) status = 1;
  }
  std::fflush(stderr);
  _exit(status);  // hundreds of libraries have nothing to clean up
}
