// SPDX-License-Identifier: Apache-2.0
// A table of files: CSV with a header, columns path and label, perhaps fold and group.
#include <charconv>
#include <set>

#include "data/formats/formats.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/core/lookup.h"
#include "limpid/data/csv.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

constexpr uint64_t kMostBytes = uint64_t{1} << 30;

using Row = std::vector<std::string>;

fs::path file_of(const fs::path& path) { return is_folder(path) ? path / "manifest.csv" : path; }

bool recognises(const fs::path& path) {
  const fs::path file = file_of(path);
  return file.extension() == ".csv" && is_file(file);
}

/// The place of the first of some columns in the header; nothing when there is none.
std::optional<size_t> column(const Row& header, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto found = std::find(header.begin(), header.end(), name);
    if (found != header.end()) return static_cast<size_t>(found - header.begin());
  }
  return std::nullopt;
}

struct Columns {
  size_t path, label;
  std::optional<size_t> fold, group;
};

Columns columns_of(const Row& header, const std::string& name) {
  const auto path = column(header, {"path", "file", "filename"}), label = column(header, {"label", "class"});
  if (!path || !label)
    fail("'", name, "' has the columns ", listed(header), "; expected path and label, and perhaps fold and group");
  return {*path, *label, column(header, {"fold"}),
          column(header, {"group", "patient", "patient_id", "exam", "exam_id", "subject", "subject_id"})};
}

std::optional<int64_t> whole(const std::string& text) {
  int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Labels in order: by value where all are numbers, otherwise by name.
std::vector<std::string> classes_of(const std::vector<Row>& rows, size_t label) {
  std::set<std::string> names;
  for (size_t i = 1; i < rows.size(); ++i) names.insert(rows[i][label]);
  std::vector<std::string> classes(names.begin(), names.end());
  if (std::all_of(classes.begin(), classes.end(), [](const std::string& name) { return whole(name).has_value(); }))
    std::sort(classes.begin(), classes.end(),
              [](const std::string& a, const std::string& b) { return *whole(a) < *whole(b); });
  return classes;
}

int64_t fold_of(const std::string& text, const std::string& name, size_t line) {
  const auto fold = whole(text);
  if (!fold || *fold < 0) fail("'", name, "', row ", line, ": the fold is '", text, "'; expected 0, 1, …");
  return *fold;
}

Dataset open(const fs::path& path, Part, const DatasetLimits& limits) {
  const fs::path file = file_of(path);
  const std::string name = file.string();
  const std::vector<Row> rows = csv_rows(read_file(file, kMostBytes), name);
  if (rows.empty()) fail("'", name, "' is empty");
  const Columns at = columns_of(rows[0], name);
  check_count(static_cast<int64_t>(rows.size()) - 1, file, limits);
  for (size_t i = 1; i < rows.size(); ++i)
    if (rows[i].size() != rows[0].size())
      fail("'", name, "', row ", i, " has ", rows[i].size(), " cells; the header has ", rows[0].size());
  for (size_t i = 1; i < rows.size(); ++i)
    if (rows[i][at.label].empty()) fail("'", name, "', row ", i, " has no label");
  Dataset data;
  data.classes = classes_of(rows, at.label);
  std::map<std::string, int64_t> numbers;
  for (const std::string& one : data.classes) numbers[one] = static_cast<int64_t>(numbers.size());
  std::vector<fs::path> paths;
  for (size_t i = 1; i < rows.size(); ++i) {
    const Row& row = rows[i];
    paths.push_back(file.parent_path() / row[at.path]);
    data.examples.push_back({numbers.at(row[at.label]), paths.back().string(), at.group ? row[*at.group] : "",
                             at.fold ? fold_of(row[*at.fold], name, i) : -1});
  }
  data.description = name + ": " + std::to_string(data.size()) + " files";
  data.read = reader_of_files(std::move(paths), limits.input);
  return data;
}

}  // namespace

const DatasetFormat manifest_format = {
    "CSV manifest", "manifest.csv",
    "a table of files with columns path (or file) and label (or class), perhaps fold and group (or patient, exam)",
    recognises, open};

}  // namespace limpid
