// SPDX-License-Identifier: Apache-2.0
// Two arrays: images.npy [N,C,H,W] or [N,H,W], and labels.npy [N] beside it.
#include <ATen/ATen.h>

#include "data/formats/formats.h"
#include "limpid/core/error.h"
#include "limpid/data/wrapping.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

/// The first array of these names; nothing where there is none.
fs::path first_of(const fs::path& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (is_file(folder / name)) return folder / name;
  return {};
}

/// train_images.npy and test_images.npy, or images.npy for whichever part.
std::vector<fs::path> images_in(const fs::path& folder, Part part) {
  std::vector<fs::path> found;
  if (part != Part::test) found.push_back(first_of(folder, {"train_images.npy", "train-images.npy"}));
  if (part != Part::train) found.push_back(first_of(folder, {"test_images.npy", "test-images.npy"}));
  std::erase(found, fs::path());
  if (found.empty() && is_file(folder / "images.npy")) found.push_back(folder / "images.npy");
  return found;
}

fs::path labels_of_images(const fs::path& images) {
  std::string name = images.filename().string();
  const size_t place = name.rfind("images");
  return place == std::string::npos ? fs::path() : images.parent_path() / name.replace(place, 6, "labels");
}

bool recognises(const fs::path& path) {
  const std::vector<fs::path> files = is_folder(path) ? images_in(path, Part::all) : std::vector<fs::path>{path};
  return std::any_of(files.begin(), files.end(), [](const fs::path& images) {
    return images.extension() == ".npy" && is_file(labels_of_images(images));
  });
}

std::vector<int64_t> read_labels(const fs::path& file, const DatasetLimits& limits) {
  const Tensor labels = read_npy(file, limits.input.npy_bytes);
  if (labels.dim() != 1 || labels.is_floating_point())
    fail("'", file.string(), "' is ", c10::toString(labels.scalar_type()), " ", shape_text(labels.sizes()),
         "; expected whole numbers [N]");
  const Tensor whole = labels.to(at::kLong).contiguous();
  return {whole.data_ptr<int64_t>(), whole.data_ptr<int64_t>() + whole.numel()};
}

Dataset opened(const fs::path& images, const DatasetLimits& limits) {
  Tensor inputs = read_npy(images, limits.input.npy_bytes);
  if (inputs.dim() == 3) inputs = inputs.unsqueeze(1);
  if (inputs.dim() != 4 || inputs.numel() == 0)
    fail("'", images.string(), "' has shape ", shape_text(inputs.sizes()), "; expected NxCxHxW or NxHxW");
  if (inputs.scalar_type() != at::kByte) inputs = inputs.to(at::kFloat);  // not a copy of all bytes
  require_finite(inputs, "'" + images.string() + "'");
  check_count(inputs.size(0), images, limits);
  const std::vector<int64_t> labels = read_labels(labels_of_images(images), limits);
  const fs::path names = images.parent_path() / "classes.txt";
  const bool named = is_file(names);
  return dataset_in_memory(inputs, labels,
                           named ? lines_of(names) : numbered_classes(labels, labels_of_images(images).string()),
                           images.string());
}

Dataset open(const fs::path& path, Part part, const DatasetLimits& limits) {
  const std::vector<fs::path> files = is_folder(path) ? images_in(path, part) : std::vector<fs::path>{path};
  if (files.empty())
    fail("'", path.string(), "' has no ", part == Part::test ? "test" : "train", "_images.npy and no images.npy");
  std::vector<Dataset> parts;
  for (const fs::path& images : files) parts.push_back(opened(images, limits));
  return joined(parts);
}

}  // namespace

const DatasetFormat npy_pair_format = {"NPY pair", "images.npy, labels.npy",
                                       "arrays [N,C,H,W] and whole numbers [N]; classes.txt may name the classes",
                                       recognises, open};

}  // namespace limpid
