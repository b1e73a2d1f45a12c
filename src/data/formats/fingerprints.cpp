// SPDX-License-Identifier: Apache-2.0
// What `limpid crystal dataset` writes: shards of arrays [n,C,H,W], and a table of which row of which is what.
#include <ATen/ATen.h>

#include <charconv>
#include <fstream>

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

Dataset open(const fs::path& path, Part, const DatasetLimits& limits) {
  const std::string table = (path / "structures.csv").string();
  const auto rows = csv_rows(read_file(table, std::min(kMostBytes, limits.file_bytes)), table);
  const std::vector<size_t> at = places_of(rows.front(), {"shard", "row", "label"}, table);
  Dataset data;
  std::vector<ShardFile> shards;
  std::vector<std::pair<size_t, int64_t>> places;
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != rows.front().size())
      fail("'", table, "', row ", i, " has ", rows[i].size(), " cells; the header has ", rows.front().size());
    const std::string& label = rows[i][at[2]];
    if (label.empty()) continue;  // left out
    const int64_t shard = whole(rows[i][at[0]], table), row = whole(rows[i][at[1]], table);
    if (shard < 0 || shard > limits.examples) fail("'", table, "', row ", i, " names shard ", shard);
    while (shard >= static_cast<int64_t>(shards.size()))
      shards.push_back(opened(path / shard_name(static_cast<int64_t>(shards.size()))));
    const ShardFile& file = shards[static_cast<size_t>(shard)];
    if (row < 0 || row >= file.shape[0])
      fail("'", table, "', row ", i, " is input ", row, " of '", file.path.string(), "', which has ", file.shape[0]);
    data.classes.push_back(label);
    data.examples.push_back({0, file.path.string() + "[" + std::to_string(row) + "]"});
    places.emplace_back(static_cast<size_t>(shard), row);
  }
  check_count(data.size(), path, limits);
  std::vector<std::string> labels = data.classes;
  std::sort(data.classes.begin(), data.classes.end());
  data.classes.erase(std::unique(data.classes.begin(), data.classes.end()), data.classes.end());
  for (size_t i = 0; i < labels.size(); ++i)
    data.examples[i].label =
        std::lower_bound(data.classes.begin(), data.classes.end(), labels[i]) - data.classes.begin();
  data.description = path.string() + ": " + std::to_string(data.size()) + " fingerprints";
  data.read = [shards, places](int64_t index, uint64_t) {
    const auto& [shard, row] = places[static_cast<size_t>(index)];
    return shards[shard].read(row);
  };
  return data;
}

}  // namespace

const DatasetFormat fingerprints_format = {"fingerprints", "structures.csv, fingerprints-*.npy",
                                           "diffraction fingerprints, as `limpid crystal dataset` writes them",
                                           recognises, open};

}  // namespace limpid
