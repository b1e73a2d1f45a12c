// SPDX-License-Identifier: Apache-2.0
// Which sentences are said, with which numbers.
#include <ATen/ATen.h>

#include <algorithm>

#include "limpid/core/files.h"
#include "limpid/data/csv.h"
#include "pipeline/report/report.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kUnlikeShare = .05;  // of the sample, below which an input is unlike the data
constexpr int64_t kLeastSample = 20;  // examples that say so
constexpr double kOwnMap = .3;        // rank correlation with random weights, up to which a map is learned
constexpr double kSameMap = .7;       // from which it is not
constexpr double kLowProbability = .5;
constexpr double kToldAttribute = .01;  // of the evidence, from which an attribute is named
constexpr double kSmallChange = .01;    // of the picture
constexpr double kFewAgree = .5;        // share of the nearest examples

const std::string kPredictions = "maps/manifest.json";

/// A file's name without its folders; other names as they are.
std::string short_name(const std::string& example) {
  return std::filesystem::path(example).is_absolute() ? std::filesystem::path(example).filename().string() : example;
}

Word words(const std::string& name, const std::string& text) { return {name, text}; }
Word number(const std::string& name, double value, const std::string& file, const std::string& how) {
  return {name, value, file, how};
}

class Narrator {
 public:
  explicit Narrator(CaseReport& run) : run_(run) {}

  void narrate() {
    decision();
    evidence();
    if (run_.attributes) attributes();
    if (run_.cases) cases();
    for (size_t c = 1; c < run_.classes.size(); ++c) alternative(c);
    removal();
    confidence();
    limits();
  }

 private:
  void say(const std::string& id, std::vector<Word> given) { run_.statements.emplace_back(id, std::move(given)); }

  Word probability_of(const ScoredClass& one) const {
    return number("probability", one.probability, kPredictions, "inputs[0].logits, as a probability of " + one.label);
  }

  void decision() {
    const ScoredClass& first = run_.decision();
    const bool alone = run_.model.network.classes() == 1, independent = has_independent_scores(run_.model.network);
    say(alone         ? "decision.sign"
        : independent ? "decision.alone"
                      : "decision.class",
        {words("class", first.label), probability_of(first)});
    if (run_.classes.size() < 2 || alone) return;
    const ScoredClass& second = run_.classes[1];
    say("decision.next", {words("class", second.label), probability_of(second)});
    say("decision.lead",
        {words("class", second.label), number("margin", first.score - second.score, kPredictions,
                                              "inputs[0].logits, " + first.label + " − " + second.label)});
  }

  /// What of CLEAR's map a class has; nothing where it dominates no pixel.
  const Json* share_of(const ScoredClass& one) const {
    for (const Json& share : shares_.at("classes"))
      if (share.at("index") == run_.map_class(one)) return &share;
    return nullptr;
  }

  void evidence() {
    const ScoredClass& first = run_.decision();
    shares_file_ = map_file(run_, 0, "clear", "shares");
    shares_ = Json::parse(read_file(run_.folder() / shares_file_, uint64_t{1} << 30));
    const std::string dominant = map_file(run_, 0, "clear", "class"), level = map_file(run_, 0, "clear", "level");
    const Json* const own = share_of(first);
    const Tensor map = response_of(run_, first);
    const double half = half_area(map);
    if (half == 0 || !own) {
      say("evidence.silent", {words("class", run_.shown_class())});
      return;
    }
    if (const auto compared = static_cast<double>(compared_classes()); compared > 1)
      say("evidence.share",
          {words("class", run_.shown_class()),
           number("share", own->at("share"), level, "Σ of the level where " + dominant + " is the class, over its Σ"),
           number("count", compared, kPredictions, "methods: clear, classes"),
           number("area", own->at("area"), dominant, "share of the pixels with the class")});
    say("evidence.place", {words("class", run_.shown_class()), words("where", place_of(map)),
                           number("half", half, map_file(run_, 0, "clear", "response", run_.map_class(first)),
                                  "the fewest pixels with half of the Σ of the positive part, over all pixels")});
  }

  int64_t compared_classes() const {
    return std::min<int64_t>(static_cast<int64_t>(run_.classes.size()), run_.model.network.classes());
  }

  void attributes() {
    const std::string file = "attributes/images.csv";
    const auto rows = csv_rows(read_file(run_.folder() / file, uint64_t{1} << 30), file);
    const auto column = [&](const std::string& name) {
      return static_cast<size_t>(std::find(rows[0].begin(), rows[0].end(), name) - rows[0].begin());
    };
    const auto value = [&](const std::vector<std::string>& row, const std::string& name) {
      return std::stod(row.at(column(name)));
    };
    double all = 0, rest = 0;
    int64_t others = 0;
    const std::vector<std::string>* together = nullptr;
    for (size_t r = 1; r < rows.size(); ++r) {
      const std::string& attribute = rows[r].at(column("attribute"));
      together = &rows[r];
      if (r + 1 == rows.size() && rows.size() > 2) break;  // all of them
      const double evidence = value(rows[r], "evidence"), area = value(rows[r], "area");
      all += evidence;
      if (evidence < kToldAttribute && rows.size() > 3) {
        rest += evidence;
        ++others;
        continue;
      }
      if (evidence <= 0) {
        say("evidence.apart", {words("class", run_.shown_class()), words("attribute", attribute),
                               number("area", area, file, "area of " + attribute)});
        continue;
      }
      say("evidence.attribute",
          {words("class", run_.shown_class()), words("attribute", attribute),
           number("evidence", evidence, file, "evidence of " + attribute),
           number("lift", area > 0 ? evidence / area : 0, file, "evidence / area of " + attribute),
           number("area", area, file, "area of " + attribute)});
      double sum = 0;
      int64_t draws = 0;
      for (size_t c = 0; c < rows[0].size(); ++c)
        if (rows[0][c].rfind("evidence_randomised_", 0) == 0 && !rows[r].at(c).empty()) {
          sum += std::stod(rows[r][c]);
          ++draws;
        }
      if (draws > 0 && area > 0)
        say("evidence.chance",
            {number("chance", sum / static_cast<double>(draws) / area, file,
                    "mean of evidence_randomised_1, … / area of " + attribute),
             number("draws", static_cast<double>(draws), file, "how many evidence_randomised_… have a number")});
    }
    if (others > 0)
      say("evidence.others",
          {number("evidence", rest, file, "Σ of evidence below .01"),
           number("count", static_cast<double>(others), file, "attributes with evidence below .01")});
    say("evidence.rest", {number("rest", 1 - all, file, "1 − Σ of evidence over the attributes")});
    if (!together || value(*together, "region_area") == 0) return;
    const std::string of = " of " + together->at(column("attribute"));
    const auto effect = [&](const char* name, const char* from) {
      return number(name, value(*together, from), file, from + of);
    };
    say("evidence.needed",
        {words("class", run_.shown_class()), effect("without", "without"), effect("random", "random_without"),
         effect("alone", "alone"), effect("others", "random_alone")});
  }

  void cases() {
    const Cases& found = *run_.cases;
    const std::string nearest = "cases/nearest.csv";
    for (size_t c = 0; c < run_.classes.size(); ++c) {
      if (found.of_class[c].empty()) {
        run_.notes.push_back("'" + run_.request.data + "' has no example of " + run_.classes[c].label);
        continue;
      }
      const Case& one = found.of_class[c].front();
      say("cases.nearest", {words("class", run_.classes[c].label), words("example", short_name(one.name)),
                            number("cosine", one.cosine, "report.json", "cases.of_class[" + std::to_string(c) + "]")});
    }
    if (found.same) say("cases.same", {words("example", short_name(*found.same))});
    if (!found.labelled) {
      run_.notes.emplace_back(
          "the data do not say which of the model's classes an example is: it counts as what the "
          "network says");
    } else if (const auto count = std::min(static_cast<int64_t>(found.nearest.size()), found.of_decision); count > 0) {
      const auto same = std::count_if(found.nearest.begin(), found.nearest.begin() + count,
                                      [&](const Case& one) { return one.label == run_.decision().index; });
      say("cases.agreement", {words("class", run_.decision().label),
                              number("count", static_cast<double>(count), nearest,
                                     "the first rows, as many as there are of the class, at most 50"),
                              number("same", static_cast<double>(same), nearest,
                                     "of these those of class " + std::to_string(run_.decision().index))});
      if (static_cast<double>(same) < kFewAgree * static_cast<double>(count))
        doubts_.emplace_back("most of the examples that the network sees like it are of other classes");
    }
    const int64_t sample = found.sample.size(0);
    if (sample < kLeastSample || found.nearest.empty()) return;
    const double share = (found.sample < found.nearest.front().cosine).to(at::kDouble).mean().item<double>();
    say(share < kUnlikeShare ? "cases.unlike" : "cases.known",
        {number("sample", static_cast<double>(sample), "cases/sample.npy", "values"),
         number("share", share, "cases/sample.npy", "values below the first cosine of " + nearest)});
    if (share < kUnlikeShare) doubts_.emplace_back("the network has seen little like this input");
  }

  void smallest(const Flip& flip) {
    if (flip.segments.size() < 2) return;
    if (flip.is_smallest())
      say("rejection.smallest", {});
    else
      say("rejection.perhaps",
          {number("excluded", static_cast<double>(flip.excluded), "changes/changes.json", "excluded")});
  }

  std::vector<Word> change_words(const Change& change, const std::string& label, double probability) const {
    const std::string file = "changes/changes.json", which = "[" + std::to_string(&change - run_.changes.data()) + "].";
    std::vector<Word> given = {
        words("class", label),
        words("where", place_of(change.mask)),
        number("count", static_cast<double>(change.flip.segments.size()), file, which + "segments"),
        number("segments", static_cast<double>(run_.segments.max().item<int64_t>() + 1), "changes/segments.npy",
               "numbers"),
        number("area", change.mask.to(at::kDouble).mean().item<double>(), change.files + ".npy", "mean"),
        number("tried", static_cast<double>(change.flip.evaluations), file, which + "evaluations"),
        number("probability", probability, file, which + "scores, as a probability of " + label)};
    if (change.with) given.push_back(words("example", short_name(change.with->name)));
    return given;
  }

  void alternative(size_t c) {
    const ScoredClass& one = run_.classes[c];
    if (run_.map_class(one) != run_.map_class(run_.decision())) {
      const Json* const own = share_of(one);
      if (own)
        say("rejection.share",
            {words("class", one.label), probability_of(one), words("where", place_of(response_of(run_, one))),
             number("share", own->at("share"), map_file(run_, 0, "clear", "level"),
                    "Σ of the level where " + map_file(run_, 0, "clear", "class") + " is the class, over its Σ")});
      else
        say("rejection.silent", {words("class", one.label), probability_of(one)});
    }
    const Change& change = run_.changes[c];
    const std::vector<Word> given = change_words(change, one.label, change.probability);
    if (!change.flip.found) {
      say("rejection.never", given);
      return;
    }
    say(change.with ? "rejection.toward" : "rejection.removed", given);
    smallest(change.flip);
  }

  void removal() {
    const Change& change = run_.changes.front();
    if (!change.flip.found) {
      say("rejection.firm", change_words(change, run_.decision().label, change.probability));
      return;
    }
    say("rejection.flip", change_words(change, change.after.label, change.after.probability));
    smallest(change.flip);
    const double area = change.mask.to(at::kDouble).mean().item<double>();
    if (area < kSmallChange) doubts_.emplace_back("a change of less than a hundredth of the input turns it over");
  }

  void confidence() {
    const std::string file = "checks/map.npy";
    const double kept = std::abs(run_.check.all);
    const auto against = [](const char* random) {
      return "mean of Spearman's correlation of |map.npy| with each of |" + std::string(random) +
             "| where not both are 0";
    };
    if (kept >= kSameMap) doubts_.emplace_back("its map hardly depends on what the network learned");
    if (run_.decision().probability < kLowProbability) doubts_.emplace_back("no class has a probability of one half");
    if (doubts_.empty()) {
      say("confidence.firm", {});
    } else {
      std::string all;
      for (size_t i = 0; i < doubts_.size(); ++i)
        all += (i == 0 ? "" : i + 1 == doubts_.size() ? " and " : ", ") + doubts_[i];
      say("confidence.doubt", {words("reasons", all)});
    }
    say(kept < kOwnMap    ? "confidence.learned"
        : kept < kSameMap ? "confidence.partly"
                          : "confidence.unlearned",
        {number("top", run_.check.last, file, against("last-random.npy")),
         number("all", run_.check.all, file, against("all-random.npy")),
         number("draws", static_cast<double>(run_.check.draws), "checks/all-random.npy", "maps")});
  }

  void limits() {
    say("limits.probability", {});
    say("limits.maps", {});
    const auto compared = static_cast<double>(compared_classes());
    if (compared_classes() < run_.model.network.classes())
      say("limits.clear",
          {number("count", compared, kPredictions, "methods: clear, classes"),
           number("all", static_cast<double>(run_.model.network.classes()), kPredictions, "inputs[0].logits")});
    const std::string& fill = run_.request.fill;
    say("limits.removal", {words("fill", fill == "mean"   ? "the mean colour of the input"
                                         : fill == "blur" ? "a blur of the input"
                                                          : "plain")});
    if (run_.cases) say("limits.cases", {});
    if (run_.attributes) say("limits.attributes", {});
  }

  CaseReport& run_;
  Json shares_;
  std::string shares_file_;
  std::vector<std::string> doubts_;
};

}  // namespace

void make_statements(CaseReport& run) { Narrator(run).narrate(); }

}  // namespace limpid
