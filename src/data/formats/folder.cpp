// SPDX-License-Identifier: Apache-2.0
// Pictures or arrays in folders named after their classes.
#include "data/formats/formats.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

std::vector<fs::path> inputs_below(const fs::path& folder) {
  std::error_code status;
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, status))
    if (has_input_name(entry.path()) && is_file(entry.path())) found.push_back(entry.path());
  if (status) fail("the folder '", folder.string(), "' cannot be read: ", status.message());
  std::sort(found.begin(), found.end());
  return found;
}

bool recognises(const fs::path& path) { return is_folder(path) && folders_in(path).size() >= 2; }

Dataset open(const fs::path& path, Part, const DatasetLimits& limits) {
  Dataset data;
  std::vector<fs::path> paths;
  for (const fs::path& folder : folders_in(path)) {
    const std::vector<fs::path> files = inputs_below(folder);
    if (files.empty()) fail("the folder '", folder.string(), "' has no .png, .jpg, .jpeg or .npy file in it");
    for (const fs::path& file : files)
      data.examples.push_back({static_cast<int64_t>(data.classes.size()), file.string()});
    data.classes.push_back(folder.filename().string());
    paths.insert(paths.end(), files.begin(), files.end());
  }
  check_count(data.size(), path, limits);
  data.description = path.string() + ": " + std::to_string(paths.size()) + " files in " +
                     std::to_string(data.classes.size()) + " folders";
  data.read = reader_of_files(std::move(paths), limits.input);
  return data;
}

}  // namespace

const DatasetFormat folder_format = {"folders", "a folder for each class",
                                     "pictures or .npy arrays, the class is the folder's name", recognises, open};

}  // namespace limpid
