// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "command.h"
#include "engine.h"

namespace limpid {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return joined(names);
}

/// "a b", or one of them where the other is empty.
std::string both(const std::string& a, const std::string& b) { return a + (a.empty() || b.empty() ? "" : " ") + b; }

/// The words that may follow each command, as the arms of a shell's case of the first two words: "crystal defect"
/// before "crystal *".
std::string arms(const CLI::App& app, const std::string& before, const std::string& after,
                 const std::string& prefix = "") {
  std::string text;
  for (const CLI::App* command : app.get_subcommands({})) {
    const std::string pattern = prefix + command->get_name();
    text += arms(*command, before, after, pattern + "\\ ");
    text += "    " + pattern + (prefix.empty() ? "\\ *) " : ") ") + before +
            both(command_names(*command), joined(option_names(*command))) + after + " ;;\n";
  }
  return text;
}

std::string method_names() {
  std::vector<std::string> names = {"all"};
  for (const auto& method : nlohmann::json::parse(engine().describe_methods(true)).at("methods"))
    names.push_back(method.at("name").get<std::string>());
  return joined(names);
}

/// The words that may follow an option, as the arms of a shell's case of that option.
std::string value_arms(const std::string& before, const std::string& after) {
  const std::map<std::string, std::string> values = {{"--method|--methods", method_names()},
                                                     {"--precision", "auto float32 bf16x3 bfloat16 float64"},
                                                     {"--preprocess", "unit imagenet caffe none"},
                                                     {"--channels", "rgb bgr gray"},
                                                     {"--color", "auto always never"},
                                                     {"--device", "cpu cuda"},
                                                     {"--target", "top1 top5 all"},
                                                     {"--part", "train test all"}};
  std::string text;
  for (const auto& [option, words] : values) text += "    " + option + ") " + before + words + after + " ;;\n";
  return text;
}

std::string bash_script(const CLI::App& app) {
  return "_limpid() {\n  local words\n  case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n" + arms(app, "words=\"", "\"") +
         "    *) words=\"" + command_names(app) + " " + joined(option_names(app)) + "\" ;;\n  esac\n" +
         "  [ \"$COMP_CWORD\" = 1 ] && words=\"" + command_names(app) + " " + joined(option_names(app)) + "\"\n" +
         "  case \"${COMP_WORDS[COMP_CWORD-1]}\" in\n" + value_arms("words=\"", "\"") + "  esac\n" +
         "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n" +
         "complete -o default -F _limpid limpid\n";
}

std::string zsh_script(const CLI::App& app) {
  return "#compdef limpid\n_limpid() {\n  if (( CURRENT == 2 )); then\n    compadd -- " + command_names(app) + " " +
         joined(option_names(app)) + "\n    return\n  fi\n" + "  case \"$words[CURRENT-1]\" in\n" +
         value_arms("compadd -- ", "; return") + "  esac\n" + "  [[ $PREFIX == -* ]] || { _files; return }\n" +
         "  case \"$words[2] $words[3]\" in\n" + arms(app, "compadd -- ", "") + "  esac\n}\ncompdef _limpid limpid\n";
}

Action add(CLI::App& options) {
  const auto shell = std::make_shared<std::string>();
  options.add_option("shell", *shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
  return [shell] {
    std::vector<Action> unused;
    const auto app = command_line(unused);
    std::fputs((*shell == "bash" ? bash_script(*app) : zsh_script(*app)).c_str(), stdout);
    return 0;
  };
}

}  // namespace

const Command completion_command = {"completion", "a script that completes words: source <(limpid completion bash)",
                                    add};

}  // namespace limpid
