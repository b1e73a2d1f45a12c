// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>

#include "command.h"
#include "console.h"
#include "limpid/core/error.h"
#include "limpid/core/lookup.h"

namespace limpid {

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {info_command,          explain_command, compare_command, train_command,
                                           predict_command,       study_command,   methods_command, layers_command,
                                           architectures_command, studies_command, formats_command, completion_command};
  return all;
}

namespace {

/// What stands for a whole number must be one, digits alone: CLI11 takes -1 for a large one and 9e22 for some other.
void check_whole_numbers(CLI::App& options) {
  const auto digits = [](const std::string& text) {
    const bool whole = !text.empty() && text.size() < 19 && text.find_first_not_of("0123456789") == std::string::npos;
    return whole ? std::string() : "expected a whole number from 0, but got '" + text + "'";
  };
  for (CLI::Option* option : options.get_options())
    if (option->get_type_name() == "INT" || option->get_type_name() == "UINT") option->check(digits);
}

}  // namespace

std::unique_ptr<CLI::App> command_line(std::vector<Action>& actions) {
  auto app = std::make_unique<CLI::App>("explains what a convolutional network saw", "limpid");
  app->set_version_flag("--version", "limpid " LIMPID_VERSION, "print the version");
  app->require_subcommand(0, 1);
  app->allow_extras();
  for (const Command& command : commands()) {
    CLI::App* options = app->add_subcommand(command.name, command.summary);
    options->allow_extras();
    actions.push_back(command.add(*options));
    check_whole_numbers(*options);
  }
  return app;
}

namespace {

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command& command : commands()) names.push_back(command.name);
  return names;
}

/// Throws for words that nothing understood.
void refuse_rest(const CLI::App& app) {
  const std::vector<std::string> rest = app.remaining();
  if (rest.empty()) return;
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  if (rest.front().rfind('-', 0) == 0) refuse_name("option", rest.front().substr(0, rest.front().find('=')), known);
  refuse("the argument '", rest.front(), "' is not expected; `limpid ", app.get_name(), " --help` tells what is");
}

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
  const std::vector<CLI::App*> chosen = app->get_subcommands();
  if (chosen.empty()) {
    const std::vector<std::string> rest = app->remaining();
    if (!rest.empty())
      refuse_name(rest.front().rfind('-', 0) == 0 ? "option" : "command", rest.front(), command_names());
    std::fputs(app->help().c_str(), stdout);
    return 2;
  }
  refuse_rest(*chosen.front());
  for (size_t i = 0; i < commands().size(); ++i)
    if (commands()[i].name == chosen.front()->get_name()) return actions[i]();
  return 2;
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
  const int status = limpid::caught(count, words);
  std::fflush(stdout);
  std::fflush(stderr);
  _exit(status);  // hundreds of libraries have nothing to clean up
}
