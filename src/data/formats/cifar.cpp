// SPDX-License-Identifier: Apache-2.0
// The binary version of CIFAR-10 and CIFAR-100: records of one or two label bytes and 3x32x32 values.
#include <ATen/ATen.h>

#include "data/formats/formats.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

constexpr int64_t kPixels = 3 * 32 * 32;

bool has_records(uint64_t bytes, int64_t labels) {
  return bytes > 0 && bytes % static_cast<uint64_t>(kPixels + labels) == 0;
}

std::vector<fs::path> files_in(const fs::path& folder, Part part) {
  std::vector<std::string> names;
  if (part != Part::test)
    names = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
             "data_batch_4.bin", "data_batch_5.bin", "train.bin"};
  if (part != Part::train) names.insert(names.end(), {"test_batch.bin", "test.bin"});
  std::vector<fs::path> files;
  for (const std::string& name : names)
    if (is_file(folder / name)) files.push_back(folder / name);
  return files;
}

bool recognises(const fs::path& path) {
  if (is_folder(path)) return !files_in(path, Part::all).empty();
  std::error_code status;
  const uint64_t size = path.extension() == ".bin" ? fs::file_size(path, status) : 0;
  return !status && (has_records(size, 1) || has_records(size, 2));
}

/// Records as uint8 [N, labels + 3072]. Only CIFAR-100 has two labels, a coarse one and a fine one.
Tensor records_of(const fs::path& file, const DatasetLimits& limits) {
  std::string bytes = read_file(file, limits.file_bytes);
  const int64_t labels = has_records(bytes.size(), 1) ? 1 : 2;
  if (!has_records(bytes.size(), labels))
    fail("'", file.string(), "' has ", bytes.size(), " bytes; expected records of 3073 (CIFAR-10) or 3074 (CIFAR-100)");
  return at::from_blob(bytes.data(), {static_cast<int64_t>(bytes.size()) / (kPixels + labels), kPixels + labels},
                       at::kByte)
      .clone();
}

std::vector<std::string> class_names(const fs::path& folder, const std::vector<int64_t>& labels, int64_t label_bytes) {
  const fs::path file = folder / (label_bytes == 1 ? "batches.meta.txt" : "fine_label_names.txt");
  return is_file(file) ? lines_of(file) : numbered_classes(labels, folder.string());
}

Dataset open(const fs::path& path, Part part, const DatasetLimits& limits) {
  const std::vector<fs::path> files = is_folder(path) ? files_in(path, part) : std::vector<fs::path>{path};
  if (files.empty()) fail("'", path.string(), "' has no CIFAR files of that part; it has the other one");
  std::vector<Tensor> pieces;
  for (const fs::path& file : files) {
    pieces.push_back(records_of(file, limits));
    if (pieces.back().size(1) != pieces.front().size(1))
      fail("'", file.string(), "' has records of another length than '", files.front().string(), "'");
  }
  const Tensor records = at::cat(pieces);
  check_count(records.size(0), path, limits);
  const int64_t label_bytes = records.size(1) - kPixels;
  const Tensor column = records.select(1, label_bytes - 1).to(at::kLong).contiguous();
  const std::vector<int64_t> labels(column.data_ptr<int64_t>(), column.data_ptr<int64_t>() + column.numel());
  const fs::path folder = is_folder(path) ? path : path.parent_path();
  return dataset_in_memory(records.narrow(1, label_bytes, kPixels).reshape({-1, 3, 32, 32}), labels,
                           class_names(folder, labels, label_bytes), path.string());
}

}  // namespace

const DatasetFormat cifar_format = {"CIFAR", "data_batch_*.bin, test_batch.bin",
                                    "CIFAR-10 and CIFAR-100, the binary version", recognises, open};

}  // namespace limpid
