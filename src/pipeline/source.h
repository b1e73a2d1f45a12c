// SPDX-License-Identifier: Apache-2.0
#pragma once
// Inputs read and decoded ahead, on a thread of their own.

#include <filesystem>
#include <thread>

#include "limpid/pipeline/model.h"
#include "pipeline/queue.h"

namespace limpid {

/// One input [C, …], or why there is none.
struct Item {
  std::string stem, path, sha256, error;
  Tensor input = {};   // float32 on the CPU, as decoded
  double seconds = 0;  // to read and decode
  int64_t file = 0;    // which of the files, from 0
};

class Source {
 public:
  /// Reads `paths` in order, `ahead` items at most before they are taken. An array of N > 1 inputs gives N items.
  Source(std::vector<std::filesystem::path> paths, const Model& model, size_t ahead);
  ~Source();
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  std::optional<Item> next() { return items_.pop(); }

 private:
  void run();
  bool give(int64_t file);

  const std::vector<std::filesystem::path> paths_;
  const std::vector<std::string> stems_;
  const Model& model_;
  BoundedQueue<Item> items_;
  std::thread thread_;
};

}  // namespace limpid
