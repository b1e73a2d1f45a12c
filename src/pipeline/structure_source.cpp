// SPDX-License-Identifier: Apache-2.0
#include "pipeline/structure_source.h"

#include <fstream>

#include "limpid/core/error.h"
#include "limpid/data/inputs.h"
#include "pipeline/failure.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

constexpr size_t kBeginning = 4096;  // bytes by which a format is recognised

bool is_structure_file(const fs::path& path) {
  std::error_code status;
  if (!fs::is_regular_file(path, status)) return false;
  std::string beginning(kBeginning, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(beginning.data(), kBeginning);
  beginning.resize(static_cast<size_t>(file.gcount()));
  return std::any_of(structure_formats().begin(), structure_formats().end(),
                     [&](const StructureFormat* format) { return format->recognises(path, beginning); });
}

void add_folder(const fs::path& folder, std::vector<fs::path>& files) {
  std::error_code status;
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, status))
    if (is_structure_file(entry.path())) found.push_back(entry.path());
  if (status) fail("the folder '", folder.string(), "' cannot be read: ", status.message());
  if (found.empty()) fail("the folder '", folder.string(), "' has no file of structures in it");
  std::sort(found.begin(), found.end());
  files.insert(files.end(), found.begin(), found.end());
}

}  // namespace

std::vector<fs::path> expand_structures(const std::vector<std::string>& paths) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const fs::path path : paths) {
    if (fs::is_directory(path, ignored)) {
      add_folder(path, files);
    } else {
      files.push_back(path);
    }
  }
  return files;
}

StructureSource::StructureSource(std::vector<fs::path> paths, const StructureLimits& limits, size_t ahead,
                                 std::set<std::string> taken)
    : paths_(std::move(paths)),
      stems_(unique_stems(paths_, std::move(taken))),
      limits_(limits),
      items_(ahead),
      thread_([this] { run(); }) {}

StructureSource::~StructureSource() {
  items_.close();
  thread_.join();
}

std::vector<StructureItem> StructureSource::next(size_t most) {
  std::vector<StructureItem> items;
  while (items.size() < most) {
    std::optional<StructureItem> item = next();
    if (!item) break;
    items.push_back(std::move(*item));
  }
  return items;
}

void StructureSource::run() {
  for (size_t file = 0; file < paths_.size(); ++file)
    if (!give(file)) return;
  items_.close();
}

bool StructureSource::give(size_t file) {
  const StructureItem empty{stems_[file], paths_[file].string(), "", {}, {}, static_cast<int64_t>(file)};
  StructureItem first = empty;  // waits for the second, which tells that frames are to be numbered
  int64_t frames = 0;
  bool wanted = true;
  const auto push = [&](Structure structure, int64_t frame) {
    StructureItem item = empty;
    item.structure = std::move(structure);
    item.frame = frame;
    item.stem += "." + std::to_string(frame);
    wanted = wanted && items_.push(std::move(item));
  };
  try {
    read_structures(
        paths_[file],
        [&](Structure structure) {
          if (++frames == 1) {
            first.structure = std::move(structure);
          } else {
            if (frames == 2) push(std::move(first.structure), 0);
            push(std::move(structure), frames - 1);
          }
          return wanted;
        },
        limits_);
    if (frames == 1) wanted = items_.push(std::move(first));
    return wanted;
  } catch (...) {
    StructureItem broken = empty;
    broken.error = failure_caught("'" + broken.path + "' is too large for the memory there is");
    if (frames == 1 && !items_.push(std::move(first))) return false;
    if (frames > 0) broken.stem += "." + std::to_string(frames), broken.frame = frames;
    return items_.push(std::move(broken));
  }
}

}  // namespace limpid
