// SPDX-License-Identifier: Apache-2.0
#include "pipeline/crystals/dataset.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "core/whole.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/csv.h"
#include "limpid/data/npy.h"
#include "limpid/pipeline/limits.h"
#include "limpid/pipeline/model.h"
#include "pipeline/clock.h"
#include "version.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using namespace crystal_dataset;

constexpr int64_t kShard = 512;  // structures
constexpr int64_t kMostOfAClass = 10'000'000;
constexpr uint64_t kMostBytesOfShard = uint64_t{1} << 32;

std::vector<int64_t> counts_of(const CrystalDatasetRequest& request) {
  if (request.like_paper && request.balanced >= 0)
    refuse("the counts of the paper and balanced ones are asked for; expected --like-paper or --balanced");
  if (request.balanced < 0) return published_class_counts();
  if (request.balanced > kMostOfAClass)
    refuse(request.balanced, " structures of each class are too many; expected at most ", kMostOfAClass);
  if (request.balanced == 0 && request.real.empty())
    refuse("no structures are asked for; expected --balanced of at least 1, or --real");
  return std::vector<int64_t>(crystal_classes().size(), request.balanced);
}

FingerprintOptions options_of(const CrystalDatasetRequest& request) {
  if (request.atoms < 1) refuse("a supercell of at least ", request.atoms, " atoms is impossible; expected 1 or more");
  if (!(request.margin >= 0 && request.margin <= .2)) refuse("the margin is ", request.margin, "; expected 0 to .2");
  FingerprintOptions options;
  options.scaling = scaling_named(request.scaling);
  options.atoms = request.atoms;
  options.z_offset = static_cast<int>(request.z_offset);
  options.published_order = request.published_order;
  return options;
}

/// What must be the same for a run to go on.
Json recipe_of(const CrystalDatasetRequest& request, const std::vector<fs::path>& files) {
  Json counts = Json::object();
  const std::vector<int64_t> made = counts_of(request);
  for (size_t k = 0; k < made.size(); ++k) counts[crystal_classes()[k]] = made[k];
  Json real = Json::array();
  for (const fs::path& file : files) real.push_back(file.string());
  return {{"made", counts},
          {"margin", request.margin},
          {"seed", request.seed},
          {"real", real},
          {"scaling", request.scaling},
          {"atoms", request.atoms},
          {"z_offset", request.z_offset},
          {"channels", request.published_order ? Json{"x", "z", "y"} : Json{"x", "y", "z"}}};
}

class DatasetRun {
 public:
  DatasetRun(const CrystalDatasetRequest& request, const Progress& progress)
      : request_(request),
        progress_(progress),
        options_(options_of(request)),
        plan_(plan_of(counts_of(request), request.seed)),
        files_(request.real.empty() ? std::vector<fs::path>() : expand_structures(request.real)),
        folder_(request.output) {
    if (request.output.empty()) refuse("no output folder is named");
    recipe_ = recipe_of(request, files_);
  }

  CrystalDatasetSummary finish() {
    if (take_over()) return summary_;
    make_folder(folder_);
    write_manifest(false);
    make_all();
    read_all();
    gather();
    write_manifest(true);
    for (int64_t shard = 0; shard < shards_; ++shard) fs::remove(part(shard));
    return summary_;
  }

 private:
  fs::path images(int64_t shard) const { return folder_ / fmt::format("fingerprints-{:05}.npy", shard); }
  fs::path part(int64_t shard) const { return folder_ / fmt::format("fingerprints-{:05}.csv", shard); }

  /// Whether the folder holds this data set, complete. Throws where it holds another one.
  bool take_over() {
    const fs::path path = folder_ / "manifest.json";
    summary_.manifest = path.string();
    if (!fs::exists(path)) return false;
    const Json before = Json::parse(read_file(path, kMostBytesOfShard), nullptr, false);
    if (!before.is_object() || !before.contains("recipe") || before.value("finished", Json()).is_null())
      fail("'", path.string(), "' is not of a data set of fingerprints; another output folder works");
    for (const auto& [name, value] : recipe_.items())
      if (const Json was = before["recipe"].value(name, Json()); was != value)
        fail("'", folder_.string(), "' holds a data set with ", name, " ", was.dump(), ", and this one has ",
             value.dump(), "; the same recipe goes on there, others need another output folder");
    if (!before["finished"].get<bool>()) return false;
    summary_.structures = whole(before.at("structures"));
    summary_.left_out = whole(before.at("left_out"));
    summary_.first_left_out = before.at("first_left_out");
    return true;
  }

  void make_all() {
    const auto count = static_cast<int64_t>(plan_.size());
    for (int64_t first = 0; first < count; first += kShard) {
      const int64_t end = std::min(count, first + kShard);
      write_shard([&] {
        std::vector<Item> items;
        for (int64_t i = first; i < end; ++i)
          items.push_back(made_item(plan_[static_cast<size_t>(i)], i, request_.margin, request_.seed));
        return items;
      });
      if (progress_) progress_(end, count, "crystals made");
    }
  }

  void read_all() {
    if (files_.empty()) return;
    StructureSource source(files_, limits_of(request_.limits).structure, static_cast<size_t>(kShard));
    for (auto read = source.next(kShard); !read.empty(); read = source.next(kShard)) {
      const int64_t file = read.back().file;
      write_shard([&] {
        std::vector<Item> items;
        for (StructureItem& one : read) items.push_back(read_item(std::move(one)));
        return items;
      });
      if (progress_) progress_(file + 1, static_cast<int64_t>(files_.size()), "files read");
    }
  }

  /// Unless an earlier run did: its rows are written last.
  void write_shard(const std::function<std::vector<Item>()>& items) {
    const int64_t number = shards_++;
    if (fs::exists(part(number))) return;
    const Shard shard = shard_of(number, items(), options_);
    write_npy(images(number), shard.images);
    write_file(part(number), csv(shard.rows));
  }

  /// The rows of all shards in one table, and counts of them.
  void gather() {
    GrowingFile all(folder_ / "structures.csv");
    counts_ = std::vector<int64_t>(crystal_classes().size(), 0);
    for (int64_t shard = 0; shard < shards_; ++shard) {
      const std::string text = read_file(part(shard), kMostBytesOfShard);
      all.append(shard == 0 ? text : text.substr(text.find('\n') + 1));
      const auto rows = csv_rows(text, part(shard).string());
      for (size_t i = 1; i < rows.size(); ++i) count(rows[i]);
    }
    all.commit();
    if (summary_.structures == 0)
      fail("none of ", summary_.left_out, " structures can be taken, the first: ", summary_.first_left_out);
  }

  void count(const std::vector<std::string>& row) {
    const auto& classes = crystal_classes();
    const auto found = std::find(classes.begin(), classes.end(), row[2]);
    if (found != classes.end()) {
      ++counts_[static_cast<size_t>(found - classes.begin())];
      ++summary_.structures;
    } else if (summary_.left_out++ == 0) {
      const bool named = row.back().find(row[3]) != std::string::npos;
      summary_.first_left_out = named ? row.back() : "'" + row[3] + "': " + row.back();
    }
  }

  void write_manifest(bool finished) const {
    Json counts = Json::object();
    for (size_t k = 0; k < counts_.size(); ++k) counts[crystal_classes()[k]] = counts_[k];
    write_file(folder_ / "manifest.json", json_text({{"limpid", kVersion},
                                                     {"command", request_.command},
                                                     {"recipe", recipe_},
                                                     {"classes", crystal_classes()},
                                                     {"counts", counts},
                                                     {"structures", summary_.structures},
                                                     {"left_out", summary_.left_out},
                                                     {"first_left_out", summary_.first_left_out},
                                                     {"origins", "structures.csv"},
                                                     {"shards", shards_},
                                                     {"seconds", clock_.seconds()},
                                                     {"finished", finished}},
                                                    2) +
                                              "\n");
  }

  const CrystalDatasetRequest& request_;
  const Progress& progress_;
  const FingerprintOptions options_;
  const std::vector<Planned> plan_;
  const std::vector<fs::path> files_;
  const fs::path folder_;
  const Clock clock_ = {};
  Json recipe_;
  std::vector<int64_t> counts_ = {};
  int64_t shards_ = 0;
  CrystalDatasetSummary summary_ = {};
};

}  // namespace

CrystalDatasetSummary write_crystal_dataset(const CrystalDatasetRequest& request, const Progress& progress) {
  set_up_process(request.threads);
  return DatasetRun(request, progress).finish();
}

}  // namespace limpid
