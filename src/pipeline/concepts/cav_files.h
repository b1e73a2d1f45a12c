// SPDX-License-Identifier: Apache-2.0
#pragma once
// CAVs as files: <layer>.<concept>.cav.npy, float32 [sets, …], with what they hold for in .cav.json beside it.

#include <filesystem>

#include "limpid/concepts/probe.h"
#include "limpid/pipeline/model.h"

namespace limpid {

/// What the random sets are called where a concept's name stands.
inline constexpr const char* kRandomName = "random";

/// The CAVs of one concept at one layer, one for each random set that it is told from; of the random sets, each from
/// the next.
struct CavRecord {
  std::string layer, concept_name;
  bool is_random = false;
  int64_t exemplars, set_size;
  bool pooled;
  double l2;
  std::vector<double> accuracies;  // a CAV each

  std::string stem() const;  // of its files
};

/// `vectors` float32 [sets, …]; the model's weights and preprocessing, for which alone they hold, are noted.
void write_cavs(const std::filesystem::path& folder, const Model& model, const CavRecord& record,
                const Tensor& vectors);

/// All that is in a folder, by layer and concept, the random sets' last of each layer.
class CavStore {
 public:
  CavStore() = default;
  explicit CavStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// Reads what an earlier run wrote. `only`: of the concepts these alone; empty: all. Throws where there are none, for
  /// records that do not belong together, and for files that cannot be read.
  static CavStore opened(const std::filesystem::path& folder, const std::vector<std::string>& only);

  void add(CavRecord record);
  /// Throws where they were made with another model or another preprocessing.
  void require_made_with(const Model& model) const;

  const std::filesystem::path& folder() const { return folder_; }
  std::vector<std::string> layers() const;
  std::vector<std::string> concepts() const;  // without the random sets
  int64_t sets() const { return static_cast<int64_t>(records_.front().accuracies.size()); }
  bool pooled() const { return records_.front().pooled; }
  /// Those of a layer in order of the concepts, random last. Throws with the layers that there are where there is none.
  std::vector<CavRecord> at_layer(const std::string& layer) const;
  /// float32 [concepts + 1, sets, F] for a layer of the network. Throws where they do not fit it.
  Tensor vectors(const Probe& probe) const;

 private:
  std::filesystem::path folder_;
  std::vector<CavRecord> records_;
  std::string scope_;  // empty: of the model at hand
};

}  // namespace limpid
