// SPDX-License-Identifier: Apache-2.0
#include "pipeline/choices.h"

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "limpid/explain/arm.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

using Settings = std::map<std::string, std::string>;

std::vector<const Method*> methods_named(const std::vector<std::string>& names, const Network& network) {
  std::vector<const Method*> chosen;
  const auto add = [&chosen](const Method& entry) {
    if (std::find(chosen.begin(), chosen.end(), &entry) == chosen.end()) chosen.push_back(&entry);
  };
  for (const std::string& word : names) {
    const std::string name = trimmed(word);
    if (name != "all") {
      add(method(name));
      continue;
    }
    for (const Method& entry : methods())
      if (!entry.refusal(network)) add(entry);
  }
  if (chosen.empty()) refuse("no method is named; methods are listed by `limpid methods`");
  return chosen;
}

bool has_option(const Method& method, const std::string& name) {
  return std::any_of(method.options.begin(), method.options.end(),
                     [&name](const OptionSpec& spec) { return spec.name == name; });
}

std::vector<std::string> methods_with(const std::string& option) {
  std::vector<std::string> names;
  for (const Method& method : methods())
    if (has_option(method, option)) names.push_back(method.name);
  return names;
}

[[noreturn]] void refuse_option(const std::string& name, const std::vector<const Method*>& chosen) {
  std::vector<std::string> known;
  for (const Method* method : chosen)
    for (const OptionSpec& spec : method->options)
      if (std::find(known.begin(), known.end(), spec.name) == known.end()) known.push_back(spec.name);
  if (known.empty()) refuse("no option is called '", name, "'; the chosen methods have no options");
  refuse_name("option", name, known);
}

/// "option=value" into the settings of each method that has the option; "method.option=value" into that method's.
void apply(const std::string& setting, const std::vector<const Method*>& chosen, std::vector<Settings>& settings) {
  const size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0)
    refuse("the setting is '", setting, "'; expected option=value or method.option=value");
  const std::string name = setting.substr(0, equals), value = setting.substr(equals + 1);
  const size_t dot = name.find('.');
  const std::string owner = dot == std::string::npos ? "" : name.substr(0, dot), option = name.substr(dot + 1);
  bool known_owner = owner.empty(), used = false;
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (!owner.empty() && chosen[i]->name != owner) continue;
    known_owner = true;
    if (!has_option(*chosen[i], option)) continue;
    settings[i][option] = value;
    used = true;
  }
  if (!known_owner) {
    std::vector<std::string> names;
    for (const Method* method : chosen) names.push_back(method->name);
    refuse_name("chosen method", owner, names);
  }
  if (used) return;
  std::vector<const Method*> asked = chosen;
  if (!owner.empty()) asked = {&method(owner)};
  refuse_option(option, asked);
}

bool takes(const Method& method, const std::string& option, const std::string& value) {
  try {
    Options(method.options, {{option, value}});
    return true;
  } catch (const UsageError&) {
    return false;
  }
}

/// Why a method does not take its settings, and how those that take the same value are set alone.
[[noreturn]] void refuse_setting(size_t place, const std::vector<const Method*>& chosen,
                                 const std::vector<Settings>& settings, const std::string& reason) {
  std::vector<std::string> apart;
  for (const auto& [option, value] : settings[place]) {
    if (takes(*chosen[place], option, value)) continue;
    for (size_t i = 0; i < chosen.size(); ++i) {
      const auto found = settings[i].find(option);
      if (found == settings[i].end() || found->second != value || !takes(*chosen[i], option, value)) continue;
      apart.push_back(chosen[i]->name + "." + option + "=" + value);
    }
    break;
  }
  refuse("method '", chosen[place]->name, "': ", reason,
         apart.empty() ? "" : "; those that take it are set alone by: " + listed(apart));
}

Options options_of(size_t place, const std::vector<const Method*>& chosen, const std::vector<Settings>& settings) {
  try {
    return {chosen[place]->options, settings[place]};
  } catch (const UsageError& error) {
    if (chosen.size() == 1) throw;
    refuse_setting(place, chosen, settings, error.what());
  }
}

}  // namespace

std::vector<Choice> chosen_methods(const ExplainRequest& request, const Network& network) {
  const std::vector<const Method*> chosen = methods_named(request.methods, network);
  std::vector<Settings> settings(chosen.size());
  for (const std::string& setting : request.settings) apply(setting, chosen, settings);
  std::vector<Choice> choices;
  for (size_t i = 0; i < chosen.size(); ++i) choices.push_back({chosen[i], options_of(i, chosen, settings)});
  for (const Choice& choice : choices)
    if (const auto reason = choice.method->refusal(network))
      fail("method '", choice.method->name, "' cannot explain this network: ", *reason, "; it needs ",
           choice.method->needs);
  const auto takes_layer = [](const Choice& choice) { return has_option(*choice.method, "layer"); };
  if (!request.layers.empty() && std::none_of(choices.begin(), choices.end(), takes_layer))
    refuse("no method asked for explains a layer of one's choice, as --layer asks; those that do are: ",
           listed(methods_with("layer")));
  for (const Choice& choice : choices)
    if (choice.method->check) choice.method->check(network, choice.options, request.layers);
  return choices;
}

std::vector<std::string> methods_left_out(const ExplainRequest& request, const Network& network) {
  const auto is_all = [](const std::string& word) { return trimmed(word) == "all"; };
  std::vector<std::string> notes;
  if (std::none_of(request.methods.begin(), request.methods.end(), is_all)) return notes;
  for (const Method& entry : methods())
    if (const auto reason = entry.refusal(network))
      notes.push_back("method " + entry.name + " is left out: " + *reason);
  return notes;
}

std::vector<std::string> choice_notes(const std::vector<Choice>& choices, const Network& network,
                                      const std::vector<std::string>& layers) {
  std::vector<std::string> notes;
  for (const Choice& choice : choices) {
    if (!choice.method->notes) continue;
    for (const std::string& note : choice.method->notes(network, choice.options, layers))
      notes.push_back(choice.method->name + ": " + note);
  }
  return notes;
}

void check_files(const std::vector<Choice>& choices, const std::function<void(const std::string&)>& load) {
  for (const Choice& choice : choices)
    for (const OptionSpec& spec : choice.method->options) {
      const std::string& value = choice.options.text(spec.name);
      const bool word = std::find(spec.choices.begin(), spec.choices.end(), value) != spec.choices.end();
      if (spec.type == OptionType::file && !word) load(value);
    }
}

int64_t map_count(const Choice& choice, const Network& network, const std::vector<std::string>& layers,
                  int64_t targets) {
  int64_t layer_count = 1, maps = targets;
  if (has_option(*choice.method, "layer")) {
    const std::string& own = choice.options.text("layer");
    const std::vector<std::string> names = own.empty() ? layers : split(own, ',');
    const bool all = names == std::vector<std::string>{"all"};
    layer_count = std::max<int64_t>(static_cast<int64_t>(all ? convolutions(network).size() : names.size()), 1);
  }
  if (has_option(*choice.method, "top")) {
    constexpr int64_t kBeside = 3;  // the index, the level and the template
    int64_t units = 0;
    for (const int convolution : convolutions(network)) units = std::max(units, network[convolution].shape[0]);
    maps = kBeside + (choice.options.is("top", "all") ? units : std::min(units, choice.options.integer("top", 1)));
  }
  return layer_count * maps;
}

void check_layers(const std::vector<std::string>& layers, const Network& network) {
  for (const std::string& layer : layers)
    if (layer != "all") node_named(network, layer);
}

}  // namespace limpid
