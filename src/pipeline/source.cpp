// SPDX-License-Identifier: Apache-2.0
#include "pipeline/source.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/inputs.h"
#include "pipeline/clock.h"
#include "pipeline/failure.h"

namespace limpid {
namespace {

/// [C, …] or [N, C, …]; `hash` is known even of a file that cannot be decoded.
Tensor decode(const std::filesystem::path& path, const Model& model, std::string& hash) {
  const InputLimits& limits = model.limits.input;
  const std::string bytes = read_input(path, limits);
  hash = sha256(bytes);
  return decode_input(bytes, path.string(), model.preprocess, model.network.input_shape(), limits.image);
}

}  // namespace

Source::Source(std::vector<std::filesystem::path> paths, const Model& model, size_t ahead)
    : paths_(std::move(paths)),
      stems_(unique_stems(paths_, {"report.html", "manifest.json", "compare.png"})),
      model_(model),
      items_(ahead),
      thread_([this] { run(); }) {}

Source::~Source() {
  items_.close();
  thread_.join();
}

void Source::run() {
  for (int64_t file = 0; file < static_cast<int64_t>(paths_.size()); ++file)
    if (!give(file)) return;
  items_.close();
}

bool Source::give(int64_t file) {
  const Clock clock;
  const auto place = static_cast<size_t>(file);
  Item item{stems_[place], paths_[place].string(), "", ""};
  item.file = file;
  try {
    const Tensor decoded = decode(paths_[place], model_, item.sha256);
    const bool batched = decoded.dim() > static_cast<int64_t>(model_.network.input_shape().size());
    const Tensor inputs = batched ? decoded : decoded.unsqueeze(0);
    const int64_t count = inputs.size(0);
    item.seconds = clock.seconds() / static_cast<double>(count);
    for (int64_t i = 0; i < count; ++i) {
      Item one = item;
      if (count > 1) one.stem += "." + std::to_string(i);
      one.input = inputs[i];
      if (!items_.push(std::move(one))) return false;
    }
    return true;
  } catch (...) {
    item.error = failure_caught("'" + item.path + "' is too large for the memory there is");
    if (item.error.find(item.path) == std::string::npos)
      item.error = "'" + item.path + "' cannot be decoded: " + item.error;
  }
  item.seconds = clock.seconds();
  return items_.push(std::move(item));
}

}  // namespace limpid
