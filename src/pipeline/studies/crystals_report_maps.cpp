// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "limpid/crystal/classes.h"
#include "limpid/render/chart.h"
#include "pipeline/scoring.h"
#include "pipeline/studies/crystals_report.h"
#include "pipeline/studies/spread.h"

namespace limpid::study_of_crystals {
namespace {

constexpr size_t kFamilies = 6;  // of each crystal, in the report

const std::string& text_at(const std::vector<Cell>& row, size_t column) { return std::get<std::string>(row[column]); }
double number_at(const std::vector<Cell>& row, size_t column) { return std::get<double>(row[column]); }

/// Shares of energy, a value of each key's spots over the crystals, in the order in which they came.
class Grouped {
 public:
  void add(const std::string& row, const std::string& column, double value) {
    note(rows_, row);
    note(columns_, column);
    values_[{row, column}].push_back(value);
  }

  const std::vector<std::string>& rows() const { return rows_; }
  const std::vector<std::string>& columns() const { return columns_; }
  Spread at(const std::string& row, const std::string& column) const {
    const auto found = values_.find({row, column});
    return found == values_.end() ? Spread{} : spread_of(found->second);
  }

  Table table(const std::string& corner) const {
    Table table{{corner}, {}};
    table.columns.insert(table.columns.end(), columns_.begin(), columns_.end());
    for (const std::string& row : rows_) {
      std::vector<Cell> cells = {row};
      for (const std::string& column : columns_) {
        const Spread spread = at(row, column);
        cells.emplace_back(spread.count == 0 ? Cell("") : Cell(fmt::format("{:.1f}", 100 * spread.mean)));
      }
      table.add(cells);
    }
    return table;
  }

 private:
  static void note(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }

  std::vector<std::string> rows_, columns_;
  std::map<std::pair<std::string, std::string>, std::vector<double>> values_;
};

double last_epoch(const Table& energy) { return number_at(energy.rows.back(), 0); }

/// By layer, at the end of training: pristine and defective, both modes, and what the support would get by chance.
Table layer_table(const Table& energy) {
  Grouped grouped;
  const auto add_all = [&](const std::string& structure, const auto& column_of, size_t value) {
    for (const auto& row : energy.rows) {
      if (number_at(row, 0) != last_epoch(energy) || text_at(row, 4) != structure) continue;
      const std::string mode = text_at(row, 2).empty() ? "" : ", " + text_at(row, 2);
      grouped.add(text_at(row, 1) + mode, column_of(row), number_at(row, value));
    }
  };
  const auto always = [](const std::string& name) { return [name](const auto&) { return name; }; };
  add_all("pristine", always("by chance"), 6);
  add_all("pristine", always("pristine"), 5);
  add_all("defective", always("defective"), 5);
  add_all(
      "pristine", [](const auto& row) { return text_at(row, 3); }, 5);
  return grouped.table("layer, mode");
}

NamedChart epoch_chart(const Table& energy, const std::string& mode) {
  Grouped grouped;
  for (const auto& row : energy.rows)
    if (text_at(row, 4) == "pristine" && text_at(row, 2) == mode)
      grouped.add(text_at(row, 1), fmt::format("{:g}", number_at(row, 0)), number_at(row, 5));
  Chart chart{"positive energy on Bragg spots, " + mode, "epoch", "share", {}};
  for (const std::string& layer : grouped.rows()) {
    Series series{layer, {}};
    for (const std::string& epoch : grouped.columns()) {
      series.x.push_back(std::stod(epoch));
      series.y.push_back(grouped.at(layer, epoch).mean);
    }
    series.points = true;
    chart.series.push_back(series);
  }
  return {"spot-energy-" + mode, line_chart(chart)};
}

NamedChart evidence_chart(const Table& path, const std::string& title, const std::string& label) {
  Chart chart{"evidence, " + title, label, "share", {}};
  for (size_t k = 0; k < crystal_classes().size(); ++k) {
    Series series{crystal_classes()[k], {}};
    series.colour = k;
    for (const auto& row : path.rows) {
      series.x.push_back(number_at(row, 0));
      series.y.push_back(number_at(row, k + 1));
    }
    if (*std::max_element(series.y.begin(), series.y.end()) > .05) chart.series.push_back(series);
  }
  chart.y_range = {0, 1};
  return {word_of("evidence-" + title), line_chart(chart)};
}

/// Where along the path the class with the most evidence changes.
std::string changes_of(const Table& path, const std::string& title) {
  std::string text, last;
  for (const auto& row : path.rows) {
    size_t best = 0;
    for (size_t k = 0; k < crystal_classes().size(); ++k)
      if (number_at(row, k + 1) > number_at(row, best + 1)) best = k;
    if (crystal_classes()[best] == last) continue;
    last = crystal_classes()[best];
    text += fmt::format("{}{} from {:.3g}", text.empty() ? "" : ", ", last, number_at(row, 0));
  }
  return title + ": most of the evidence is for " + text + ".";
}

/// The families with the most evidence of the first crystals of sc, bcc and fcc.
Table family_table(const Table& families) {
  Table table{{"crystal", "family of", "d, Å", "spots", "image", "evidence", "of all"}, {}};
  for (const std::string name : {"sc", "bcc", "fcc"}) {
    std::string crystal;
    std::vector<std::vector<Cell>> rows;
    for (const auto& row : families.rows) {
      if (!text_at(row, 0).starts_with(name + ",")) continue;
      if (crystal.empty()) crystal = text_at(row, 0);
      if (text_at(row, 0) == crystal) rows.push_back(row);
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& one, const auto& other) { return number_at(one, 8) > number_at(other, 8); });
    if (rows.size() > kFamilies) rows.resize(kFamilies);
    const auto spread = [](const std::vector<Cell>& row, size_t column) {
      const double deviation = number_at(row, column + 1);
      return fmt::format("{:.2f}", 100 * number_at(row, column)) +
             (std::isnan(deviation) ? "" : fmt::format(" ± {:.2f}", 100 * deviation));
    };
    for (const auto& row : rows)
      table.add({crystal, row[1], fmt::format("{:.3f}", number_at(row, 2)), row[3], spread(row, 4), spread(row, 6),
                 fmt::format("{:.1f}", 100 * number_at(row, 8))});
  }
  return table;
}

/// How unlike the members of a family are, as the mean ratio of deviation to mean, weighted by the mean.
std::string family_sentence(const Table& families) {
  double image = 0, images = 0, evidence = 0, all = 0;
  for (const auto& row : families.rows) {
    if (std::get<int64_t>(row[3]) < 2) continue;
    const auto count = static_cast<double>(std::get<int64_t>(row[3]));
    image += count * number_at(row, 5);
    images += count * number_at(row, 4);
    evidence += count * number_at(row, 7);
    all += count * number_at(row, 6);
  }
  return fmt::format(
      "Spots that symmetry makes alike lie at different places and distances from the Ewald sphere. Within a family "
      "the "
      "image's energy deviates by {:.0f} % of its mean, the evidence by {:.0f} %.",
      100 * image / images, 100 * evidence / all);
}

void report_energy(StudyReport& report, const Table& energy) {
  report.subheading("How much of it lies on Bragg spots");
  report.paragraph(
      "The support of a crystal's Bragg spots is what lies within two pixels of a reflection near the Ewald sphere, "
      "known from its cell. Layer templates (the maps of the four strongest units of a convolution, added up) and the "
      "map of the crystal's class are compared with it; by chance is the support's share of the pixels that the "
      "mask leaves.");
  report.table(layer_table(energy),
               "Share of the positive energy on the spots, in percent, at the end of training; "
               "classes of pristine crystals.");
  report.charts({epoch_chart(energy, "authors"), epoch_chart(energy, "linear")});
}

}  // namespace

void report_maps(const StudyRun& run, StudyReport& report, const Findings& findings) {
  const Reader& reader = findings.readers.back();
  report.heading("Why: maps");
  report.paragraph(
      "What the network robust answers to. Red, green and blue are the channels of the rotations about x, y and z. "
      "Defective crystals have displacements of 0.1 Å and 30 % vacancies.");
  for (const std::string name : {"sc", "bcc", "fcc"}) {
    const auto found = std::find_if(findings.map_crystals.begin(), findings.map_crystals.end(),
                                    [&name](const MapCrystal& one) { return one.name.starts_with(name + ","); });
    for (const std::string mode : {"authors", "linear"})
      report.picture("responses-" + name + "-" + mode, response_picture(reader, *found, mode),
                     found->name + ", mode " + mode + ": the four strongest units of three convolutions.");
  }
  report.picture(
      "clear-classes", clear_gallery(reader, findings.map_crystals),
      "CLEAR over the seven classes: hue tells whose evidence is the strongest at a pixel; below each map the "
      "two largest shares.");
  report_energy(report, findings.energy);
  report.subheading("Spots that are alike");
  report.paragraph(family_sentence(findings.families));
  report.table(family_table(findings.families),
               "Families with the most evidence (gradient times image) for the crystal's class: shares of the image's "
               "and of the evidence's positive energy on a spot, mean and deviation, in percent, and on all of them.");
  report.subheading("Evidence changing hands");
  report.list({changes_of(findings.vacancy_evidence, "From bcc to sc, by the share of body centres removed"),
               changes_of(findings.rhombohedral_evidence, "The rhombohedral path, by c/a")});
  report.charts({evidence_chart(findings.vacancy_evidence, "bcc to sc", "share of body centres removed"),
                 evidence_chart(findings.rhombohedral_evidence, "rhombohedral path", "c/a")});
  report.picture("transition", transition_picture(run, reader), "CLEAR of one crystal at steps from bcc to sc.");
}

}  // namespace limpid::study_of_crystals
