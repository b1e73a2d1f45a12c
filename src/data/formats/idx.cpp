// SPDX-License-Identifier: Apache-2.0
// MNIST's files: numbers of dimensions and sizes, big endian, then bytes; plain or packed with gzip.
#include <ATen/ATen.h>

#include <cstring>

#include "data/formats/formats.h"
#include "data/gzip.h"
#include "limpid/core/error.h"
#include "limpid/data/wrapping.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr auto kMagic = "\0\0\x08"sv;  // of bytes

/// The pictures of one part; nothing where there are none.
fs::path images_of(const fs::path& folder, const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : prefixes)
    for (const char* middle : {"-images-idx3-ubyte", "-images.idx3-ubyte"})
      for (const char* end : {"", ".gz"})
        if (is_file(folder / (prefix + middle + end))) return folder / (prefix + middle + end);
  return {};
}

std::vector<fs::path> images_in(const fs::path& folder, Part part) {
  std::vector<fs::path> found;
  if (part != Part::test) found.push_back(images_of(folder, {"train"}));
  if (part != Part::train) found.push_back(images_of(folder, {"t10k", "test"}));
  std::erase(found, fs::path());
  return found;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t place = text.rfind(from);
  return place == std::string::npos ? text : text.replace(place, from.size(), to);
}

/// The labels of train-images-idx3-ubyte.gz are in train-labels-idx1-ubyte.gz, packed or not.
fs::path labels_beside(const fs::path& images) {
  const std::string name = replaced(replaced(images.filename().string(), "images", "labels"), "idx3", "idx1");
  for (const std::string& candidate : {name, replaced(name, ".gz", ""), name + ".gz"})
    if (candidate != images.filename() && is_file(images.parent_path() / candidate))
      return images.parent_path() / candidate;
  fail("'", images.string(), "' has no labels beside it; expected '", name, "'");
}

/// uint8 of the sizes in the file, row-major.
Tensor read_idx(const fs::path& path, const DatasetLimits& limits) {
  const std::string bytes = read_gzip(path, limits.file_bytes);
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  if (bytes.size() < 4 || !bytes.starts_with(kMagic) || byte(3) < 1 || byte(3) > 4 || bytes.size() < 4 + 4u * byte(3))
    fail("'", path.string(), "' is no IDX file of bytes: it begins otherwise");
  Shape shape;
  int64_t count = 1;
  for (size_t axis = 0; axis < byte(3); ++axis) {
    int64_t size = 0;
    for (size_t i = 0; i < 4; ++i) size = size << 8 | byte(4 + 4 * axis + i);
    shape.push_back(size);
    if (__builtin_mul_overflow(count, size, &count)) count = -1;
    if (count < 0) fail("'", path.string(), "' claims an impossible shape");
  }
  const size_t begin = 4 + 4 * shape.size();
  if (bytes.size() - begin != static_cast<size_t>(count))
    fail("'", path.string(), "' has ", bytes.size() - begin, " bytes of data where its shape ", shape_text(shape),
         " needs ", count);
  Tensor values = at::empty(shape, at::kByte);
  if (count > 0) std::memcpy(values.data_ptr(), bytes.data() + begin, static_cast<size_t>(count));
  return values;
}

bool recognises(const fs::path& path) {
  if (is_folder(path)) return !images_in(path, Part::all).empty();
  const std::string first = is_file(path) ? first_bytes(path, 4) : "";
  return first.size() == 4 && first.starts_with(kMagic) && first[3] >= 3;
}

Dataset opened(const fs::path& images, const DatasetLimits& limits) {
  Tensor pictures = read_idx(images, limits);
  if (pictures.dim() < 3 || pictures.dim() > 4 || pictures.numel() == 0)
    fail("'", images.string(), "' has shape ", shape_text(pictures.sizes()), "; expected pictures");
  if (pictures.dim() == 3) pictures = pictures.unsqueeze(1);
  check_count(pictures.size(0), images, limits);
  const fs::path labels_file = labels_beside(images);
  const Tensor numbers = read_idx(labels_file, limits).to(at::kLong).reshape({-1});
  const std::vector<int64_t> labels(numbers.data_ptr<int64_t>(), numbers.data_ptr<int64_t>() + numbers.numel());
  return dataset_in_memory(pictures, labels, numbered_classes(labels, labels_file.string()), images.string());
}

Dataset open(const fs::path& path, Part part, const DatasetLimits& limits) {
  const std::vector<fs::path> files = is_folder(path) ? images_in(path, part) : std::vector<fs::path>{path};
  if (files.empty()) fail("'", path.string(), "' has no images of that part; it has the other one");
  std::vector<Dataset> parts;
  for (const fs::path& images : files) parts.push_back(opened(images, limits));
  return joined(parts);
}

}  // namespace

const DatasetFormat idx_format = {"IDX", "*-images-idx3-ubyte[.gz]", "MNIST's pictures, the labels beside them",
                                  recognises, open};

}  // namespace limpid
