// SPDX-License-Identifier: Apache-2.0
#pragma once
// Labelled inputs as a value, and the files they are read from. What is made of a data set is a data set
// (data/wrapping.h).

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "limpid/data/inputs.h"

namespace limpid {

/// What is known of an input without reading it.
struct Example {
  int64_t label = 0;       // index into the classes
  std::string name;        // its file, or its file and place: what errors call it
  std::string group = {};  // examples of one group (patient, exam) never stand on two sides of a split; empty: alone
  int64_t fold = -1;       // of a cross-validation; −1: none is known
};

struct Dataset {
  std::string description;           // one line: what it is and what was done to it
  std::vector<std::string> classes;  // names
  std::vector<Example> examples;
  /// The input [C,H,W] (or [C,L], …) of an example: uint8 for pictures, float32 for arrays and what was normalised. The
  /// epoch matters to augmentation only. May be called from several threads; an error names the file.
  std::function<Tensor(int64_t index, uint64_t epoch)> read;

  int64_t size() const { return static_cast<int64_t>(examples.size()); }
  const Example& operator[](int64_t index) const { return examples[static_cast<size_t>(index)]; }
};

/// Labels, int64 [N].
Tensor labels_of(const Dataset& data);

/// Examples of each class.
std::vector<int64_t> class_counts(const Dataset& data);

/// SHA-256 of the names and labels of all examples: whether two runs look at the same table.
std::string table_hash(const Dataset& data);

struct DatasetLimits {
  InputLimits input = {};
  int64_t examples = 20'000'000;
  uint64_t file_bytes = uint64_t{4} << 30;  // of one file of many inputs, unpacked
};

enum class Part { train, test, all };

/// A way in which data sets are stored. To add one: src/data/formats/<name>.cpp, and its line in formats.cpp there.
struct DatasetFormat {
  std::string name, files, summary;
  bool (*recognises)(const std::filesystem::path&);
  Dataset (*open)(const std::filesystem::path&, Part, const DatasetLimits&);
};

/// In the order in which they are asked.
const std::vector<const DatasetFormat*>& dataset_formats();

/// Whether there is a file or folder, or a data set of that name is drawn.
bool dataset_exists(const std::filesystem::path& path);

/// Opens a file or folder, or draws what has no file, with the first format that recognises it. A part is taken where
/// the data set has parts (files or folders of that name), otherwise it is everything. Throws when no format recognises
/// it.
Dataset open_dataset(const std::filesystem::path& path, Part part = Part::all, const DatasetLimits& limits = {});

}  // namespace limpid
