// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "limpid/core/files.h"
#include "limpid/data/image.h"
#include "limpid/render/chart.h"
#include "limpid/render/page.h"
#include "pipeline/concepts/attributes.h"
#include "pipeline/concepts/attributes_statistics.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

std::vector<std::string> bar_labels(const AttributesRun& run) {
  std::vector<std::string> labels = run.exemplars.names;
  if (labels.size() > 1) labels.emplace_back("all");
  return labels;
}

/// Bars of some statistics for each attribute.
std::string attribute_bars(const AttributesRun& run, size_t subject, int64_t method, const std::string& title,
                           const std::vector<std::pair<std::string, std::string>>& statistics) {
  const AttributeEstimates estimates(run, subject);
  const std::vector<std::string> labels = bar_labels(run);
  Chart chart{title, "", "", {}};
  size_t longest = 6;
  for (const std::string& label : labels) longest = std::max(longest, label.size());
  for (const auto& [name, words] : statistics) {
    Series series{words, {}};
    for (size_t a = 0; a < labels.size(); ++a) {
      const AttributeEstimate found = estimates.of(statistic_named(name), method, static_cast<int64_t>(a));
      series.y.push_back(found.value);
      series.low.push_back(found.interval.low);
      series.high.push_back(found.interval.high);
    }
    chart.series.push_back(std::move(series));
  }
  chart.width = std::max<int64_t>(360, 90 + static_cast<int64_t>(labels.size() * std::max<size_t>(90, 8 * longest)));
  return bar_chart(chart, labels);
}

std::string percents(double share) { return fmt::format("{:.0f} %", 100 * share); }

std::string between(const Interval& interval) {
  return fmt::format("{:.0f} to {:.0f} %", 100 * interval.low, 100 * interval.high);
}

/// What a probability does that loses so much.
std::string change(double loss) {
  if (std::abs(loss) < .0005) return "stays";
  return fmt::format("{} by {:.3f}", loss < 0 ? "rises" : "falls", std::abs(loss));
}

/// How much more or less of it than with random segments, and whether that may be chance.
std::string beyond(const AttributeEstimate& gain) {
  const bool unsure = gain.interval.low <= 0 && gain.interval.high >= 0;
  return fmt::format("a difference of {:.3f} (95 % interval {:.3f} to {:.3f}{})", gain.value, gain.interval.low,
                     gain.interval.high, unsure ? ", which may be chance" : "");
}

/// E6 for each attribute, in sentences.
std::vector<std::string> significance_sentences(const AttributesRun& run, size_t subject) {
  std::vector<std::string> lines;
  const std::optional<AttributeSignificance>& found = run.measures[subject].significance;
  for (size_t a = 0; found && a < found->tests.size(); ++a) {
    const ConceptTest& test = found->tests[a];
    const bool more = test.score.mean > found->random;
    lines.push_back(fmt::format(
        "Toward {} in layer {} the score for {} rises in {} of the inputs, toward random segments in {} (p = {:.2g} "
        "after correction): {}.",
        run.exemplars.names[a], run.subjects[subject].probe().layer, run.class_name, percents(test.score.mean),
        percents(found->random), test.adjusted,
        !test.significant ? "no more than chance allows"
        : more            ? "the attribute speaks for the class"
                          : "the attribute speaks against the class"));
  }
  return lines;
}

/// The lift beside that of random weights.
std::string lift_sentence(const AttributeEstimate& lift, const AttributeEstimate& chance, int64_t networks) {
  const auto amount = [](const AttributeEstimate& of) {
    return fmt::format("{:.3g} ({:.3g} to {:.3g})", of.value, of.interval.low, of.interval.high);
  };
  return fmt::format(
      "With random weights in the network's place ({}) the lift on the same segments is {}: the network's, {}, {}.",
      networks == 1 ? "one draw" : fmt::format("{} draws", networks), amount(chance), amount(lift),
      lift.interval.low > chance.interval.high   ? "is above what the picture alone brings about"
      : lift.interval.high < chance.interval.low ? "is below what the picture alone brings about"
                                                 : "is no other than what the picture alone brings about");
}

/// What was found by one method, in sentences.
std::vector<std::string> sentences(const AttributesRun& run, size_t subject, int64_t method) {
  const AttributeEstimates estimates(run, subject);
  const int64_t all = run.attributes();
  const auto of = [&](const std::string& name, int64_t a) { return estimates.of(statistic_named(name), method, a); };
  const AttributeEstimate evidence = of("evidence", all), area = of("area", all), lift = of("lift", all);
  std::vector<std::string> lines;
  if (evidence.value > 0)
    lines.push_back(fmt::format(
        "{} of what speaks for {} lies on the attributes (95 % interval {}); they cover {} of the picture, so that is "
        "{:.3g} times their share (lift, {:.3g} to {:.3g}). No attribute explains {}.",
        percents(evidence.value), run.class_name, between(evidence.interval), percents(area.value), lift.value,
        lift.interval.low, lift.interval.high, percents(1 - evidence.value)));
  else
    lines.push_back(fmt::format("Nothing that speaks for {} lies on the attributes, which cover {} of the picture.",
                                run.class_name, percents(area.value)));
  const AttributeEstimate chance = of("lift_randomised", all);
  if (std::isfinite(chance.value) && evidence.value > 0)
    lines.push_back(lift_sentence(lift, chance, run.request.randomisations));
  const AttributeEstimate needed = of("necessity_gain", all), enough = of("sufficiency_gain", all);
  lines.push_back(fmt::format(
      "Without them the class's probability {}, without as many random segments it {}: {}. With them alone it is "
      "{:.3f}, with as many random segments alone {:.3f}: {}.",
      change(of("necessity", all).value), change(of("necessity_random", all).value), beyond(needed),
      of("sufficiency", all).value, of("sufficiency_random", all).value, beyond(enough)));
  const AttributeEstimate score = of("score", all);
  lines.push_back(
      fmt::format("Score G = {:.3f} ({:.3f} to {:.3f}): the evidence on the attributes times what the "
                  "decision loses without them beyond chance.",
                  score.value, score.interval.low, score.interval.high));
  if (lift.interval.low <= 1 && lift.interval.high >= 1)
    lines.push_back("The lift does not differ from 1: the evidence lies as if it were spread evenly.");
  return lines;
}

void add_method(Page& page, const AttributesRun& run, size_t subject) {
  const AttributeColumns columns = run.columns(subject);
  for (int64_t m = 0; m < columns.methods; ++m) {
    const std::string& method = run.subjects[subject].methods[static_cast<size_t>(m)].name;
    page.subheading(method);
    page.list(sentences(run, subject, m));
    std::vector<std::string> charts = {
        attribute_bars(run, subject, m, "Where the evidence lies",
                       {{"evidence", "share of the evidence"}, {"area", "share of the area"}})};
    if (m == 0) {  // the others have the same
      charts.push_back(attribute_bars(run, subject, m, "Probability lost without it",
                                      {{"necessity", "the attribute"}, {"necessity_random", "random segments"}}));
      charts.push_back(attribute_bars(run, subject, m, "Probability with it alone",
                                      {{"sufficiency", "the attribute"}, {"sufficiency_random", "random segments"}}));
    }
    page.charts(charts);
  }
}

void add_pictures(Page& page, const AttributesRun& run, size_t subject) {
  const auto& pictures = run.measures[subject].pictures;
  if (pictures.empty()) return;
  page.subheading(fmt::format("The first {} inputs", pictures.size()));
  const auto& methods = run.subjects[subject].methods;
  const std::string by = methods.size() > 1 ? " by " + methods.front().name : "";
  for (const AttributePicture& one : pictures) {
    const auto read = [&](const std::string& what) { return read_image(run.folder() / (one.files + "." + what)); };
    std::vector<GridCell> cells = {
        {read("input.png"), fmt::format("{}, probability {:.3f}", one.name, one.probability)},
        {read("attributes.png"), "attributes, with their shares of the evidence" + by}};
    for (const LocalMethod& method : run.subjects[subject].methods)
      cells.push_back({read(file_word(method.name) + ".png"), "for " + run.class_name + ": " + method.name});
    page.gallery(cells);
  }
}

std::vector<std::string> explanations(const AttributesRun& run) {
  std::vector<std::string> lines;
  if (run.masked())
    lines.emplace_back("The attributes' places are known: masks of each input say which pixels are whose.");
  else
    lines.push_back(fmt::format(
        "An input is cut into {}. A segment ({}) is compared in the layer with the mean of each attribute's exemplars; "
        "its shares of the attributes and of none are a softmax of the cosines, none standing between random segments "
        "and the exemplars that are least like the others (strictness {:g}).",
        run.request.segments == "response" ? "the regions of the first method's map" : "superpixels of several sizes",
        run.subjects[0].in_place ? "the mean of the map over it" : "cut out and enlarged", run.request.strictness));
  lines.emplace_back(
      "Evidence: the positive part of a local method's map for the class. Lift: its share on an attribute over the "
      "attribute's share of the area; 1 where it is spread evenly.");
  if (run.request.randomisations > 0)
    lines.push_back(fmt::format(
        "Maps of any network lie rather where a picture has something to see, and so do attributes. The lift is to be "
        "read against 1 and against lift_randomised, that by the same method on the same segments with the network's "
        "weights drawn "
        "anew, mean of {} draws; its interval is that of all of them.",
        run.request.randomisations));
  lines.push_back(fmt::format(
      "Necessity and sufficiency: the probability without the attribute's pixels, and with them alone ({}), each "
      "beside {} random removals of as many pixels elsewhere.",
      run.request.fill == "mean" ? "the rest being the input's mean colour" : "filled by " + run.request.fill,
      run.request.controls));
  lines.push_back(fmt::format("Intervals are 95 %, from {} bootstrap draws of the {} inputs.", run.request.draws,
                              grouped(run.data.inputs.size())));
  if (run.exemplars.set)
    lines.emplace_back(
        "TCAV: the share of inputs whose score for the class rises toward the attribute in the layer, "
        "against random segments (Welch's t-test, Bonferroni).");
  lines.emplace_back(
      "The thesis (kumar2020, chapter 6) asks for such a number; its formulas could not be had. What is computed here "
      "is a reconstruction, attribute-prior alignment.");
  return lines;
}

}  // namespace

void write_attributes_page(const AttributesRun& run) {
  Page page("Does " + run.class_name + " rest on its attributes?",
            fmt::format("{} inputs of {}", grouped(run.data.inputs.size()), run.request.data));
  page.list(explanations(run));
  add_caveats(page, run.notes);
  page.heading("Scores");
  std::vector<std::string> scores = {"inputs",          "decided", "score",           "score_low",   "score_high",
                                     "alignment",       "lift",    "lift_randomised", "unexplained", "necessity_gain",
                                     "sufficiency_gain"};
  if (run.subjects[0].methods.size() > 1) scores.insert(scores.begin(), "method");
  if (run.subjects.size() > 1) scores.insert(scores.begin(), "network");
  page.table(chosen_columns(attribute_score_table(run), scores));
  const Table pairs = attribute_comparison_table(run);
  if (!pairs.rows.empty()) {
    page.heading("Comparison");
    page.paragraph(
        "On the same inputs: differences with bootstrap intervals of pairs, and Student's and Wilcoxon's paired tests "
        "where each input has such a number (p not corrected for the number of rows).");
    page.table(pairs);
  }
  for (size_t s = 0; s < run.subjects.size(); ++s) {
    page.heading(run.network_name(s) + ", layer " + run.subjects[s].probe().layer);
    if (const auto lines = significance_sentences(run, s); !lines.empty()) page.list(lines);
    add_method(page, run, s);
    Table rows{attribute_table(run).columns, {}};
    for (const auto& row : attribute_table(run).rows)
      if (std::get<std::string>(row[0]) == run.network_name(s)) rows.add(row);
    std::vector<std::string> shown = {
        "attribute",      "evidence",        "area", "lift", "lift_low", "lift_high", "lift_randomised",
        "necessity_gain", "sufficiency_gain"};
    if (run.subjects[s].methods.size() > 1) shown.insert(shown.begin(), "method");
    page.table(chosen_columns(rows, shown));
    if (run.exemplars.set) {  // of any method the same
      rows.rows.resize(static_cast<size_t>(run.attributes()));
      page.table(chosen_columns(rows, {"attribute", "exemplars", "threshold", "tcav", "tcav_random", "cav_accuracy",
                                       "p_adjusted", "significant"}));
    }
    add_pictures(page, run, s);
  }
  write_file(run.folder() / "report.html", page.html());
}

}  // namespace limpid
