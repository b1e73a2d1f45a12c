// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <map>

#include "core/parallel.h"
#include "limpid/core/error.h"
#include "limpid/crystal/classes.h"
#include "limpid/crystal/defects.h"
#include "limpid/crystal/symmetry.h"
#include "pipeline/crystals/dataset.h"
#include "pipeline/studies/crystals_parts.h"
#include "pipeline/words.h"

namespace limpid::study_of_crystals {
namespace {

constexpr uint64_t kDraws = 101;  // of test crystals and of their defects, unlike those of data sets
constexpr SymmetryTolerance kLoose = {.distance = .1, .angle = 5}, kTight = {.distance = 1e-4, .angle = 1};

std::vector<double> numbers_of(const Options& options, const std::string& name) {
  std::vector<double> numbers;
  for (const std::string& word : split(options.text(name), ',')) {
    char* end = nullptr;
    numbers.push_back(std::strtod(word.c_str(), &end));
    if (*end != '\0' || !(numbers.back() >= 0)) refuse("option ", name, " holds '", word, "'; expected numbers from 0");
  }
  return numbers;
}

/// Counts of (method, seed, label, answer).
class Counts {
 public:
  void add(const std::string& method, int64_t seed, int64_t label, int64_t answer) {
    ++counts_[{method, seed, label, answer}];
  }

  Table table() const {
    Table table{{"method", "seed", "label", "answer", "count"}, {}};
    for (const auto& [key, count] : counts_) {
      const auto& [method, seed, label, answer] = key;
      table.add({method, seed, label, answer, count});
    }
    return table;
  }

 private:
  std::map<std::tuple<std::string, int64_t, int64_t, int64_t>, int64_t> counts_;
};

/// Asks all readers about structures whose labels are known.
void ask(const std::vector<Reader>& readers, const std::vector<Structure>& structures,
         const std::vector<int64_t>& labels, int64_t seed, Counts& counts) {
  std::map<Scaling, Tensor> images;
  const auto note = [&](const std::string& method, const Tensor& scores) {
    const Tensor best = scores.argmax(1).contiguous();
    for (size_t i = 0; i < labels.size(); ++i) counts.add(method, seed, labels[i], best.data_ptr<int64_t>()[i]);
  };
  for (const Reader& reader : readers) {
    Tensor& image = images[reader.scaling];
    if (!image.defined()) image = fingerprints_of(structures, reader.scaling);
    note(reader.name, logits_of(reader.model, image));
    if (reader.templates.defined()) note("cosine, " + reader.name, at::matmul(image.flatten(1), reader.templates.t()));
  }
}

int64_t class_by_symmetry(const Structure& structure, const SymmetryTolerance& tolerance) {
  const auto group = find_space_group(structure, tolerance);
  return group ? class_of_group(group->number).value_or(-1) : -1;
}

}  // namespace

std::string Defects::name() const {
  std::vector<std::string> words;
  if (displacement > 0) words.push_back(fmt::format("displacement {}", displacement));
  if (vacancies > 0) words.push_back(fmt::format("vacancies {}", vacancies));
  if (substitutions > 0) words.push_back(fmt::format("substitutions {}", substitutions));
  return words.empty() ? "pristine" : fmt::format("{}", fmt::join(words, ", "));
}

std::string word_of(std::string name) {
  for (size_t comma; (comma = name.find(", ")) != std::string::npos;) name.replace(comma, 2, "-");
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::vector<Defects> levels_of(const Options& options) {
  std::vector<Defects> levels = {{}};
  for (const double sigma : numbers_of(options, "displacements")) levels.push_back({.displacement = sigma});
  for (const double share : numbers_of(options, "vacancies")) levels.push_back({.vacancies = share});
  for (const double share : numbers_of(options, "substitutions")) levels.push_back({.substitutions = share});
  levels.push_back({.vacancies = .3, .displacement = .1});
  return levels;
}

std::vector<double> snapshots_of(const Options& options) {
  std::vector<double> epochs = numbers_of(options, "snapshots");
  std::erase_if(epochs, [&](double epoch) { return epoch >= static_cast<double>(options.integer("epochs", 1)); });
  return epochs;
}

std::vector<TestCrystal> test_crystals(int64_t each, double margin, uint64_t seed) {
  const uint64_t draws = mixed_seed({seed, kDraws});
  const auto plan = crystal_dataset::plan_of(std::vector<int64_t>(crystal_classes().size(), each), draws);
  std::vector<TestCrystal> crystals(plan.size());
  for_each_parallel(plan.size(), [&](size_t i) {
    const auto item = crystal_dataset::made_item(plan[i], static_cast<int64_t>(i), margin, draws);
    crystals[i] = {plan[i].label, standard_cluster(item.structure).structure};
  });
  return crystals;
}

std::vector<TestCrystal> calibrating_crystals(const StudyRun& run) {
  return test_crystals(run.options().integer("calibrating", 1), run.options().number("margin"), run.request().seed + 2);
}

Structure defective(const TestCrystal& crystal, const Defects& defects, uint64_t seed, int64_t number) {
  Random random(mixed_seed({seed, kDraws, static_cast<uint64_t>(number)}));
  Structure structure = crystal.cluster;
  if (defects.vacancies > 0) structure = with_vacancies(structure, defects.vacancies, random);
  if (defects.substitutions > 0) structure = substituted(structure, defects.substitutions, random);
  if (defects.displacement > 0) structure = displaced(structure, defects.displacement, random);
  return structure;
}

Tensor class_templates(const Dataset& data, int64_t most) {
  std::vector<int64_t> left(data.classes.size(), most);
  Tensor sums;
  for (int64_t i = 0; i < data.size(); ++i) {
    if (left[static_cast<size_t>(data[i].label)]-- <= 0) continue;
    const Tensor image = data.read(i, 0).flatten();
    if (!sums.defined()) sums = at::zeros({static_cast<int64_t>(data.classes.size()), image.size(0)});
    sums[data[i].label].add_(image / image.norm());
  }
  return sums / sums.norm(2, {1}, true).clamp_min(1e-12);
}

Tensor fingerprints_of(const std::vector<Structure>& structures, Scaling scaling) {
  std::vector<Tensor> images(structures.size());
  for_each_parallel(structures.size(), [&](size_t i) {
    images[i] = simulate_diffraction(structures[i], length_scale(structures[i], scaling));
  });
  return at::stack(images);
}

Tensor logits_of(const Model& model, const Tensor& fingerprints) {
  std::vector<Tensor> parts;
  for (const Tensor& part : fingerprints.split(kBatch))
    parts.push_back(limpid::logits(model.network, part.to(model.device, model.type)).cpu().to(at::kDouble));
  return at::cat(parts);
}

Table answers(const StudyRun& run, const std::vector<Reader>& readers, const std::vector<TestCrystal>& crystals,
              const Defects& defects, int64_t seeds) {
  const Progress progress = run.progress(defects.name());
  Counts counts;
  const auto all = static_cast<int64_t>(crystals.size());
  for (int64_t seed = 0; seed < seeds; ++seed)
    for (int64_t first = 0; first < all; first += kBatch) {
      const int64_t end = std::min(all, first + kBatch);
      std::vector<Structure> structures(static_cast<size_t>(end - first));
      std::vector<int64_t> labels;
      for (int64_t i = first; i < end; ++i) labels.push_back(crystals[static_cast<size_t>(i)].label);
      for_each_parallel(structures.size(), [&](size_t i) {
        const int64_t number = first + static_cast<int64_t>(i);
        structures[i] = defective(crystals[static_cast<size_t>(number)], defects,
                                  run.request().seed + static_cast<uint64_t>(seed), number);
      });
      ask(readers, structures, labels, seed, counts);
      if (progress) progress(seed * all + end, seeds * all, "structures");
    }
  return counts.table();
}

Table symmetry_answers(const StudyRun& run, const std::vector<TestCrystal>& crystals, const Defects& defects) {
  std::vector<std::array<int64_t, 2>> found(crystals.size());
  for_each_parallel(crystals.size(), [&](size_t i) {
    const Structure structure = defective(crystals[i], defects, run.request().seed, static_cast<int64_t>(i));
    found[i] = {class_by_symmetry(structure, kLoose), class_by_symmetry(structure, kTight)};
  });
  Counts counts;
  for (size_t i = 0; i < found.size(); ++i) {
    counts.add("spglib loose", 0, crystals[i].label, found[i][0]);
    counts.add("spglib tight", 0, crystals[i].label, found[i][1]);
  }
  return counts.table();
}

Measured measured(const Table& answers, const std::string& method) {
  const size_t classes = crystal_classes().size();
  using Matrix = std::vector<std::vector<int64_t>>;
  const Matrix none(classes, std::vector<int64_t>(classes + 1, 0));
  std::map<int64_t, Matrix> by_seed;
  Measured result;
  result.confusion = none;
  for (const auto& row : answers.rows) {
    if (std::get<std::string>(row[0]) != method) continue;
    const auto number = [&](size_t column) { return std::get<int64_t>(row[column]); };
    const auto label = static_cast<size_t>(number(2));
    const size_t answer = number(3) < 0 ? classes : static_cast<size_t>(number(3));
    by_seed.try_emplace(number(1), none).first->second[label][answer] += number(4);
    result.confusion[label][answer] += number(4);
    result.structures += number(4);
  }
  const auto recalls = [&](const Matrix& matrix) {
    std::vector<double> all;
    for (size_t k = 0; k < classes; ++k) {
      int64_t examples = 0;
      for (const int64_t count : matrix[k]) examples += count;
      all.push_back(static_cast<double>(matrix[k][k]) / static_cast<double>(examples));
    }
    return all;
  };
  for (const auto& [seed, matrix] : by_seed) {
    double sum = 0;
    for (const double recall : recalls(matrix)) sum += recall / static_cast<double>(classes);
    result.balanced.push_back(sum);
  }
  result.recall = recalls(result.confusion);
  double structures = 0;
  for (size_t k = 0; k < classes; ++k) {
    const auto count = static_cast<double>(published_class_counts()[k]);
    result.accuracy += count * result.recall[k];
    structures += count;
  }
  result.accuracy /= structures;
  return result;
}

}  // namespace limpid::study_of_crystals
