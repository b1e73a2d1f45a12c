// SPDX-License-Identifier: Apache-2.0
#include "pipeline/crystals/fingerprint_files.h"

#include <ATen/ATen.h>

#include "limpid/data/npy.h"
#include "limpid/render/picture.h"
#include "limpid/render/png.h"
#include "pipeline/failure.h"

namespace limpid {

constexpr int64_t kPictureSide = 256;  // pixels

std::vector<std::string> write_fingerprint(const std::filesystem::path& folder, const std::string& stem,
                                           const Tensor& image, bool picture) {
  std::vector<std::string> files = {stem + ".npy"};
  write_npy(folder / files[0], image);
  if (!picture) return files;
  files.push_back(stem + ".png");
  write_png(folder / files[1], enlarged((image * 255).round().to(at::kByte), kPictureSide));
  return files;
}

std::string structure_failure_caught(const StructureItem& item) {
  const std::string name = "'" + item.structure.name + "'";
  const std::string sentence = failure_caught(name + " is too large for the memory there is");
  return sentence.find(item.path) == std::string::npos ? name + ": " + sentence : sentence;
}

}  // namespace limpid
