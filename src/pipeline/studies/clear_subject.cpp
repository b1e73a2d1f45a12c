// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "limpid/data/wrapping.h"
#include "pipeline/scoring.h"
#include "pipeline/studies/clear_parts.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

/// As given, and of all-cnn what makes it train in minutes where nothing else is given.
std::vector<std::string> parameters_of(const Options& options) {
  std::vector<std::string> all = split(options.text("parameters"), ',');
  if (!options.is("architecture", "all-cnn")) return all;
  for (const std::string preset : {"width=48", "dropout=0.25"}) {
    const std::string name = preset.substr(0, preset.find('=') + 1);
    if (std::none_of(all.begin(), all.end(), [&](const std::string& given) { return given.starts_with(name); }))
      all.push_back(preset);
  }
  return all;
}

TrainRequest training_of(const StudyRun& run) {
  const Options& options = run.options();
  TrainRequest how = run.training(options.text("architecture"));
  how.options = parameters_of(options);
  how.examples = options.integer("train-examples", 0);
  how.augment = options.text("augment");
  how.validation = 0;
  how.schedule = "cosine";
  how.warm_up = 0.25;
  how.weight_decay = 1e-4;
  return how;
}

Model model_of(StudyRun& run) {
  const std::string& file = run.options().text("model");
  if (file.empty()) return run.trained(run.options().text("architecture"), training_of(run));
  return run.opened({.path = file,
                     .classes = run.options().text("labels"),
                     .preprocess = {.preset = run.options().text("preprocess")}});
}

/// The classes to compare, of so many, by index or label; all where nothing is listed.
std::vector<int64_t> compared(const std::string& text, const std::vector<std::string>& labels, int64_t count) {
  std::vector<int64_t> classes;
  for (const std::string& word : split(text, ',')) {
    const auto found = std::find(labels.begin(), labels.end(), word);
    if (found == labels.end() && !is_number(word)) refuse_name("class", word, labels);
    const int64_t index = found != labels.end() ? found - labels.begin() : std::stoll(word);
    if (index >= count) refuse("option classes names class ", word, "; the network has ", count, " classes");
    classes.push_back(index);
  }
  if (classes.empty())
    for (int64_t k = 0; k < count; ++k) classes.push_back(k);
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  return classes;
}

}  // namespace

namespace study_of_clear {

Subject subject_of(StudyRun& run) {
  const std::string& classes = run.options().text("classes");
  if (run.options().text("model").empty() && !classes.empty()) {  // refused before it is trained
    const std::vector<std::string> labels = run.data(Part::train).classes;
    compared(classes, labels, static_cast<int64_t>(labels.size()));
  }
  Subject subject{model_of(run), {}, {}, {}, {}};
  const Dataset all = aligned(run.data(Part::test), subject.model.labels);
  const int64_t most = run.options().integer("examples", 0);
  subject.pictures = most > 0 ? thinned(all, most) : all;
  subject.inputs = normalised(subject.pictures, subject.model.preprocess);
  subject.classes = compared(classes, subject.model.labels, subject.model.network.classes());
  for (const int64_t k : subject.classes) subject.labels.push_back(subject.model.labels[static_cast<size_t>(k)]);
  return subject;
}

}  // namespace study_of_clear

}  // namespace limpid
