// SPDX-License-Identifier: Apache-2.0
// Two arrays: images.npy [N,C,H,W] or [N,H,W], and labels.npy [N] beside it.
#include <ATen/ATen.h>

#include "data/formats/formats.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

std::string prefix_of(Part part) { return part == Part::train ? "train" : part == Part::test ? "test" : ""; }

/// images.npy, or train_images.npy for a part.
fs::path images_of(const fs::path& path, Part part) {
  if (!is_folder(path)) return path;
  const std::string prefix = prefix_of(part);
  for (const std::string& name : {prefix + "_images.npy", prefix + "-images.npy", std::string("images.npy")})
    if (is_file(path / name)) return path / name;
  return {};
}

fs::path labels_of_images(const fs::path& images) {
  std::string name = images.filename().string();
  const size_t place = name.rfind("images");
  return place == std::string::npos ? fs::path() : images.parent_path() / name.replace(place, 6, "labels");
}

bool recognises(const fs::path& path) {
  for (const Part part : {Part::all, Part::train, Part::test}) {
    const fs::path images = images_of(path, part);
    if (images.extension() == ".npy" && is_file(labels_of_images(images))) return true;
  }
  return false;
}

std::vector<int64_t> read_labels(const fs::path& file, const DatasetLimits& limits) {
  const Tensor labels = read_npy(file, limits.input.npy_bytes);
  if (labels.dim() != 1 || labels.is_floating_point())
    fail("'", file.string(), "' is ", c10::toString(labels.scalar_type()), " ", shape_text(labels.sizes()),
         "; expected whole numbers [N]");
  const Tensor whole = labels.to(at::kLong).contiguous();
  return {whole.data_ptr<int64_t>(), whole.data_ptr<int64_t>() + whole.numel()};
}

Dataset open(const fs::path& path, Part part, const DatasetLimits& limits) {
  const fs::path images = images_of(path, part);
  if (images.empty()) fail("'", path.string(), "' has no ", prefix_of(part), "_images.npy and no images.npy");
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
  return dataset_in_memory(inputs, labels, named ? lines_of(names) : numbered_classes(labels, images.string()),
                           images.string());
}

}  // namespace

const DatasetFormat npy_pair_format = {"NPY pair", "images.npy, labels.npy",
                                       "arrays [N,C,H,W] and whole numbers [N]; classes.txt may name the classes",
                                       recognises, open};

}  // namespace limpid
