// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "limpid/core/random.h"
#include "limpid/crystal/classes.h"
#include "limpid/crystal/prototypes.h"
#include "pipeline/studies/crystals_parts.h"

namespace limpid::study_of_crystals {
namespace {

constexpr int kIron = 26, kPolonium = 84;
constexpr double kEdge = 5;  // ångström, of the rhombohedral path's hexagonal cell

Table empty_path(const std::string& parameter) {
  Table table{{"method", parameter}, {}};
  table.columns.insert(table.columns.end(), crystal_classes().begin(), crystal_classes().end());
  return table;
}

void add_row(Table& table, const std::string& method, double parameter, const Tensor& probabilities) {
  std::vector<Cell> row = {method, parameter};
  for (int64_t k = 0; k < probabilities.size(0); ++k) row.emplace_back(probabilities[k].item<double>());
  table.add(row);
}

/// Without `count` of some atoms.
Structure without(const Structure& crystal, const std::vector<size_t>& centres, size_t count, Random& random) {
  std::vector<size_t> order = centres;
  random.shuffle(order);
  std::vector<bool> taken(crystal.species.size(), false);
  for (size_t i = 0; i < count; ++i) taken[order[i]] = true;
  Structure rest;
  rest.name = crystal.name;
  rest.cell = crystal.cell;
  for (size_t i = 0; i < taken.size(); ++i)
    if (!taken[i]) {
      rest.species.push_back(crystal.species[i]);
      rest.positions.push_back(crystal.positions[i]);
    }
  return rest;
}

/// Atoms that lie like the second of the conventional cell. Copies of it lie one after the other.
std::vector<size_t> centres_of(const Structure& supercell) {
  std::vector<size_t> centres;
  for (size_t i = 1; i < supercell.species.size(); i += 2) centres.push_back(i);
  return centres;
}

/// The fingerprint of a structure as a file of it would be read.
Tensor fingerprint_of(const Structure& structure, Scaling scaling) {
  return fingerprint(structure, {.scaling = scaling}).unsqueeze(0);
}

}  // namespace

double removed_at(int64_t step) { return static_cast<double>(step) / static_cast<double>(kVacancySteps - 1); }

std::vector<Structure> without_centres(int64_t step, int64_t samples, uint64_t seed) {
  const Structure crystal = standard_cluster(build_prototype("bcc", kIron)).structure;
  const std::vector<size_t> centres = centres_of(crystal);
  const auto count = static_cast<size_t>(std::llround(removed_at(step) * static_cast<double>(centres.size())));
  std::vector<Structure> structures;
  for (int64_t i = 0; i < samples; ++i) {
    Random random(mixed_seed({seed, static_cast<uint64_t>(step), static_cast<uint64_t>(i)}));
    structures.push_back(without(crystal, centres, count, random));
  }
  return structures;
}

double ratio_at(int64_t point, int64_t points) {
  // sc and fcc are at two and four times the first ratio: points of the path where points − 1 is a multiple of 4.
  return std::sqrt(3. / 8) * (1 + 4 * static_cast<double>(point) / static_cast<double>(points - 1));
}

Structure rhombohedral(double ratio) {
  Structure crystal = build_prototype("rh", kPolonium, ratio);
  const double factor = kEdge / crystal.cell->row(0).norm();
  *crystal.cell *= factor;
  for (auto& position : crystal.positions) position *= factor;
  return crystal;
}

Table vacancy_path(const StudyRun& run, const std::vector<Reader>& readers, int64_t samples) {
  const Progress progress = run.progress("bcc to sc");
  Table table = empty_path("removed");
  for (int64_t step = 0; step < kVacancySteps; ++step) {
    const std::vector<Structure> structures = without_centres(step, samples, run.request().seed);
    for (const Reader& reader : readers)
      add_row(table, reader.name, removed_at(step),
              at::softmax(logits_of(reader.model, fingerprints_of(structures, reader.scaling)), 1).mean(0));
    if (progress) progress(step + 1, kVacancySteps, "steps");
  }
  return table;
}

Table rhombohedral_path(const std::vector<Reader>& readers, int64_t points) {
  Table table = empty_path("c_over_a");
  for (int64_t i = 0; i < points; ++i) {
    const double ratio = ratio_at(i, points);
    const Structure crystal = rhombohedral(ratio);
    for (const Reader& reader : readers)
      add_row(table, reader.name, ratio,
              at::softmax(logits_of(reader.model, fingerprint_of(crystal, reader.scaling)), 1)[0]);
  }
  return table;
}

}  // namespace limpid::study_of_crystals
