// SPDX-License-Identifier: Apache-2.0
#pragma once
// Structures read ahead from files, on a thread of their own.

#include <thread>

#include "limpid/crystal/formats.h"
#include "pipeline/queue.h"

namespace limpid {

/// One frame of a file, or why there is none.
struct StructureItem {
  std::string stem, path, error;
  std::optional<int64_t> frame = {};  // from 0, where the file has several
  Structure structure = {};
  int64_t file = 0;  // which of the files, from 0
};

/// A folder stands for every file in it that a format recognises, by name. Throws for folders without one.
std::vector<std::filesystem::path> expand_structures(const std::vector<std::string>& paths);

class StructureSource {
 public:
  /// Reads files in order, `ahead` frames at most before they are taken. Stems are different from each other and from
  /// those taken, and have the frame's number where there are several.
  StructureSource(std::vector<std::filesystem::path> paths, const StructureLimits& limits, size_t ahead,
                  std::set<std::string> taken = {});
  ~StructureSource();
  StructureSource(const StructureSource&) = delete;
  StructureSource& operator=(const StructureSource&) = delete;

  std::optional<StructureItem> next() { return items_.pop(); }

  /// Up to `most`; none at the end.
  std::vector<StructureItem> next(size_t most);

 private:
  void run();
  bool give(size_t file);

  const std::vector<std::filesystem::path> paths_;
  const std::vector<std::string> stems_;
  const StructureLimits limits_;
  BoundedQueue<StructureItem> items_;
  std::thread thread_;
};

}  // namespace limpid
