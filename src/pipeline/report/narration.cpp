// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/narration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "limpid/core/error.h"
#include "pipeline/words.h"
#include "render/embedded.h"

extern const unsigned char limpid_report_statements[];
extern const unsigned long limpid_report_statements_size;

namespace limpid {
namespace {

std::map<std::string, std::string> read_templates() {
  std::istringstream lines(embedded(limpid_report_statements, limpid_report_statements_size));
  std::map<std::string, std::string> found;
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(": ");
    if (line.empty() || line.front() == '#' || colon == std::string::npos) continue;
    found.emplace(line.substr(0, colon), line.substr(colon + 2));
  }
  return found;
}

std::string shown_share(double share) {
  const double percent = 100 * share;
  if (percent > 0 && percent < .1) return "less than 0.1 %";
  if (percent < 100 && percent > 99.9) return "more than 99.9 %";
  const bool whole = percent >= 9.95 && percent <= 99;
  return fmt::format("{:.{}f} %", percent, whole || percent == 0 || percent == 100 ? 0 : 1);
}

std::string shown_probability(double probability) {
  if (probability > 0 && probability < .0005) return "less than 0.001";
  if (probability < 1 && probability > .9995) return "more than 0.999";
  return fmt::format("{:.3f}", probability);
}

std::string shown_factor(double value) {
  if (value < 0) return "−" + shown_factor(-value);
  if (value >= 100 || value == 0) return fmt::format("{:.0f}", value);
  return fmt::format("{:.{}f}", value, value >= 10 ? 1 : 2);
}

}  // namespace

std::string shown_number(double value, const std::string& form) {
  if (form == "%") return shown_share(value);
  if (form == "p") return shown_probability(value);
  if (form == "n") return grouped(std::llround(value));
  if (const size_t bar = form.find('|'); form.rfind("n ", 0) == 0 && bar != std::string::npos)
    return grouped(std::llround(value)) + " " +
           (std::llround(value) == 1 ? form.substr(2, bar - 2) : form.substr(bar + 1));
  if (form == "x") return shown_factor(value);
  fail("a statement shows a number as '", form, "'; expected %, p, n, n one|many or x");
}

const std::map<std::string, std::string>& statement_templates() {
  static const std::map<std::string, std::string> all = read_templates();
  return all;
}

const std::string& statement_template(const std::string& id) {
  const auto found = statement_templates().find(id);
  if (found == statement_templates().end()) fail("no statement is called '", id, "'");
  return found->second;
}

Statement::Statement(std::string name, std::vector<Word> given) : id(std::move(name)), words(std::move(given)) {
  const std::string& form = statement_template(id);
  for (size_t at = 0; at < form.size();) {
    const size_t open = std::min(form.find('{', at), form.size()), close = form.find('}', open);
    if (open > at) pieces.push_back({form.substr(at, open - at)});
    if (open == form.size()) break;
    const std::string inside = form.substr(open + 1, close - open - 1), word = inside.substr(0, inside.find(':'));
    const auto found = std::find_if(words.begin(), words.end(), [&](const Word& one) { return one.name == word; });
    if (found == words.end()) fail("statement '", id, "' has no '", word, "'");
    const auto* const number = std::get_if<double>(&found->value);
    pieces.push_back(
        {number ? shown_number(*number, inside.substr(word.size() + 1)) : std::get<std::string>(found->value),
         &*found});
    at = close + 1;
  }
}

std::string Statement::text() const {
  std::string all;
  for (const Piece& piece : pieces) all += piece.text;
  return all;
}

}  // namespace limpid
