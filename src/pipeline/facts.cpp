// SPDX-License-Identifier: Apache-2.0
#include "pipeline/words.h"
#include "pipeline/writer.h"
#include "version.h"

namespace limpid {
namespace {

std::string options_text(const Options& options) {
  std::string text;
  for (const auto& [name, value] : options.values())
    if (!value.empty()) text += (text.empty() ? "" : ", ") + name + " " + value;
  return text.empty() ? "no options" : text;
}

std::string command_text(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

int64_t parameter_count(const Network& network) {
  int64_t count = 0;
  for (const Node& node : network.nodes)
    for (const Tensor& parameter : node.layer.parameters) count += parameter.defined() ? parameter.numel() : 0;
  return count;
}

}  // namespace

ReportFacts report_facts(const Plan& plan, int64_t inputs, int64_t shown,
                         const std::vector<std::pair<std::string, double>>& seconds) {
  const Model& model = plan.model;
  ReportFacts facts;
  facts.subtitle = std::to_string(inputs) + (inputs == 1 ? " input" : " inputs");
  if (shown < inputs) facts.subtitle += ", the first " + std::to_string(shown) + " of them on this page";
  facts.model = {{"file", model.path},
                 {"SHA-256", model.sha256},
                 {"input", shape_text(model.network.input_shape())},
                 {"classes", grouped(model.network.classes())},
                 {"parameters", grouped(parameter_count(model.original))}};
  if (takes_pictures(model.original))
    facts.model.emplace_back(model.assumed ? "preprocessing (assumed)" : "preprocessing", to_json(model.preprocess));
  facts.parameters = {{"limpid", kVersion},
                      {"targets", plan.request.targets},
                      {"device", plan.request.model.device},
                      {"precision", plan.request.model.precision},
                      {"seed", std::to_string(plan.request.seed)}};
  for (const Choice& choice : plan.choices)
    facts.parameters.emplace_back(choice.method->name, options_text(choice.options));
  if (!plan.request.command.empty()) facts.parameters.emplace_back("command", command_text(plan.request.command));
  facts.seconds = seconds;
  return facts;
}

}  // namespace limpid
