// SPDX-License-Identifier: Apache-2.0
#pragma once
// The manifest of a run: what was asked, and for each input its predictions, files and times.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "limpid/core/files.h"
#include "limpid/core/options.h"
#include "limpid/pipeline/model.h"

namespace limpid {

struct Prediction {
  int64_t index;
  std::string label;
  double logit, probability;
};

struct FileRecord {
  std::string path;  // below the output folder
  std::string method, layer, kind;
  std::optional<int64_t> target, unit;
  Shape shape;
};

/// Numbers that a method tells about one of its maps: `start`, `conservation_gap`.
struct FactRecord {
  std::string method, layer, kind;
  std::optional<int64_t> target, unit;
  std::map<std::string, double> values;
};

struct InputRecord {
  std::string stem, path, sha256, error;
  std::vector<float> logits = {};
  std::vector<Prediction> predictions = {};                  // best first
  std::vector<std::pair<std::string, double>> seconds = {};  // decode, forward, each method, encode
  std::vector<FileRecord> files = {};
  std::vector<FactRecord> facts = {};
};

/// The `most` classes with the highest logits [classes]; probabilities in double precision.
std::vector<Prediction> predictions(const Network& network, const Tensor& logits,
                                    const std::vector<std::string>& labels, int64_t most);

/// Writes manifest.json input by input, so that a long run need not hold it in memory.
class ManifestWriter {
 public:
  ManifestWriter(const std::filesystem::path& path, const ExplainRequest& request, const Model& model,
                 const std::vector<std::pair<std::string, Options>>& methods);
  void add(const InputRecord& record);
  /// `files` are those of the whole run.
  void finish(double seconds, const std::vector<std::string>& notes, const std::vector<FileRecord>& files);

 private:
  GrowingFile file_;
  bool empty_ = true;
};

}  // namespace limpid
