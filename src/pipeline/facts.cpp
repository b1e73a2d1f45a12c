// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "limpid/render/picture.h"
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

std::string numbers_text(const std::vector<double>& numbers, double fallback) {
  std::string text;
  for (const double number : numbers) text += (text.empty() ? "" : ", ") + short_number(number);
  return text.empty() ? short_number(fallback) : text;
}

/// How a picture becomes the network's input, step by step.
std::vector<std::pair<std::string, std::string>> preprocessing_table(const Preprocess& how, bool assumed) {
  static const std::map<ChannelOrder, std::string> orders = {
      {ChannelOrder::rgb, "red, green, blue"}, {ChannelOrder::bgr, "blue, green, red"}, {ChannelOrder::gray, "gray"}};
  const bool per_255 = std::abs(how.scale * 255 - 1) < 1e-9;
  std::vector<std::pair<std::string, std::string>> rows = {
      {"size", std::to_string(how.height) + " × " + std::to_string(how.width)},
      {"fitted by", how.crop ? "cutting the centre out" : "stretching"},
      {"channels", orders.at(how.channels)},
      {"values times", per_255 ? "1/255" : short_number(how.scale)},
      {"minus mean", numbers_text(how.mean, 0)},
      {"over std", numbers_text(how.std, 1)}};
  if (assumed) rows.insert(rows.begin(), {"from", "assumed: neither model nor command says"});
  return rows;
}

}  // namespace

ReportFacts report_facts(const Plan& plan, int64_t inputs, int64_t shown,
                         const std::vector<std::pair<std::string, double>>& seconds,
                         const std::map<std::string, Conservation>& conservation) {
  const Model& model = plan.model;
  ReportFacts facts;
  facts.subtitle = std::to_string(inputs) + (inputs == 1 ? " input" : " inputs");
  if (shown < inputs) facts.subtitle += ", the first " + std::to_string(shown) + " of them on this page";
  facts.model = {{"file", model.path},
                 {"SHA-256", model.sha256},
                 {"input", shape_text(model.network.input_shape())},
                 {"classes", grouped(model.network.classes())},
                 {"parameters", grouped(parameter_count(model.original))}};
  if (takes_pictures(model.original)) facts.preprocessing = preprocessing_table(model.preprocess, model.assumed);
  facts.parameters = {{"limpid", kVersion},
                      {"targets", plan.request.targets},
                      {"device", plan.request.model.device},
                      {"precision", model.precision},
                      {"seed", std::to_string(plan.request.seed)}};
  for (const Choice& choice : plan.choices)
    facts.parameters.emplace_back(choice.method->name, options_text(choice.options));
  for (const auto& [method, worst] : conservation)
    facts.parameters.emplace_back(method + " conservation",
                                  fmt::format("a gap of {:.3g} at most, from {:.3g}", worst.gap, worst.start));
  if (!plan.request.command.empty()) facts.parameters.emplace_back("command", command_text(plan.request.command));
  facts.seconds = seconds;
  return facts;
}

}  // namespace limpid
