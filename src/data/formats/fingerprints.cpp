// SPDX-License-Identifier: Apache-2.0
// What `limpid crystal dataset` writes: shards of arrays [n,C,H,W], and a table of which row of which is what.
#include <ATen/ATen.h>

#include <charconv>
#include <fstream>
#include <set>

#include "data/formats/formats.h"
#include "data/gzip.h"
#include "data/npy_header.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/core/lookup.h"
#include "limpid/data/csv.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

constexpr uint64_t kMostBytes = uint64_t{4} << 30;
constexpr int64_t kMostShards = 100'000;
constexpr size_t kHeader = 4096;  // bytes in which a shard's header must end

/// A file of float16 inputs of one shape, read one at a time.
struct ShardFile {
  fs::path path;
  Shape shape;    // of all
  size_t offset;  // of the first

  Tensor read(int64_t row) const {
    Tensor input = at::empty(Shape(shape.begin() + 1, shape.end()), at::kHalf);
    const auto bytes = static_cast<std::streamoff>(input.nbytes());
    std::ifstream file(path, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset) + row * bytes);
    file.read(static_cast<char*>(input.data_ptr()), bytes);
    if (!file) fail("'", path.string(), "' ends before its input ", row);
    return input.to(at::kFloat);
  }
};

ShardFile opened(const fs::path& path) {
  const NpyHeader header = parse_npy_header(first_bytes(path, kHeader), path.string());
  if (header.descr != "<f2" || header.fortran_order || header.shape.size() != 4)
    fail("'", path.string(), "' is an array ", shape_text(header.shape), " of ", header.descr,
         "; expected float16 NxCxHxW as `limpid crystal dataset` writes it");
  return {path, header.shape, header.size};
}

std::string shard_name(int64_t number) {
  const std::string digits = std::to_string(number);
  return "fingerprints-" + std::string(5 - std::min<size_t>(5, digits.size()), '0') + digits + ".npy";
}

bool recognises(const fs::path& path) {
  return is_folder(path) && is_file(path / "structures.csv") && is_file(path / shard_name(0));
}

int64_t whole(const std::string& text, const std::string& name) {
  int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size())
    fail("'", name, "' has '", text, "' where a whole number is expected");
  return value;
}

/// The places of columns in the table's head.
std::vector<size_t> places_of(const std::vector<std::string>& head, const std::vector<std::string>& names,
                              const std::string& file) {
  std::vector<size_t> places;
  for (const std::string& name : names) {
    const auto found = std::find(head.begin(), head.end(), name);
    if (found == head.end()) fail("'", file, "' has the columns ", listed(head), "; expected ", listed(names));
    places.push_back(static_cast<size_t>(found - head.begin()));
  }
  return places;
}

/// Where a fingerprint is, and its class.
struct Entry {
  int64_t shard, row;
  std::string label;
};

/// Of all structures that are not left out.
std::vector<Entry> entries_of(const std::string& table, uint64_t limit) {
  const auto rows = csv_rows(read_file(table, limit), table);
  if (rows.empty()) fail("'", table, "' is empty");
  const std::vector<size_t> at = places_of(rows.front(), {"shard", "row", "label"}, table);
  std::vector<Entry> entries;
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != rows.front().size())
      fail("'", table, "', row ", i, " has ", rows[i].size(), " cells; the header has ", rows.front().size());
    if (rows[i][at[2]].empty()) continue;
    entries.push_back({whole(rows[i][at[0]], table), whole(rows[i][at[1]], table), rows[i][at[2]]});
  }
  return entries;
}

/// The files that entries name. Throws where one has not so many inputs.
std::vector<ShardFile> shards_of(const std::vector<Entry>& entries, const fs::path& folder) {
  std::vector<ShardFile> shards;
  for (const Entry& entry : entries) {
    if (entry.shard < 0 || entry.shard >= kMostShards)
      fail("'", folder.string(), "' has no shard ", entry.shard, ", which its table names");
    while (entry.shard >= static_cast<int64_t>(shards.size()))
      shards.push_back(opened(folder / shard_name(static_cast<int64_t>(shards.size()))));
    const ShardFile& file = shards[static_cast<size_t>(entry.shard)];
    if (entry.row < 0 || entry.row >= file.shape[0])
      fail("the table of '", folder.string(), "' names input ", entry.row, " of '", file.path.filename().string(),
           "', which has ", file.shape[0]);
  }
  return shards;
}

std::vector<std::string> classes_of(const std::vector<Entry>& entries) {
  std::set<std::string> labels;
  for (const Entry& entry : entries) labels.insert(entry.label);
  return {labels.begin(), labels.end()};
}

Dataset open(const fs::path& path, Part, const DatasetLimits& limits) {
  const std::string table = (path / "structures.csv").string();
  const std::vector<Entry> entries = entries_of(table, std::min(kMostBytes, limits.file_bytes));
  check_count(static_cast<int64_t>(entries.size()), path, limits);
  const std::vector<ShardFile> shards = shards_of(entries, path);
  Dataset data;
  data.classes = classes_of(entries);
  for (const Entry& entry : entries) {
    const auto label = std::lower_bound(data.classes.begin(), data.classes.end(), entry.label) - data.classes.begin();
    const std::string file = shards[static_cast<size_t>(entry.shard)].path.string();
    data.examples.push_back({label, file + "[" + std::to_string(entry.row) + "]"});
  }
  data.description = path.string() + ": " + std::to_string(data.size()) + " fingerprints";
  data.read = [shards, entries](int64_t index, uint64_t) {
    const Entry& entry = entries[static_cast<size_t>(index)];
    return shards[static_cast<size_t>(entry.shard)].read(entry.row);
  };
  return data;
}

}  // namespace

const DatasetFormat fingerprints_format = {"fingerprints", "structures.csv, fingerprints-*.npy",
                                           "diffraction fingerprints, as `limpid crystal dataset` writes them",
                                           recognises, open};

}  // namespace limpid
