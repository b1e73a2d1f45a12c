// SPDX-License-Identifier: Apache-2.0
#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/core/ivalue.h>

#include <ATen/ATen.h>
#include <unistd.h>

#include <cstdlib>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/wrapping.h"
#include "limpid/render/table.h"
#include "train/checkpoint.h"

namespace {
namespace fs = std::filesystem;
using namespace limpid;

/// A folder of its own for each process, in memory where there is such a place.
const fs::path& folder() {
  static const fs::path place = [] {
    const fs::path base = fs::is_directory("/dev/shm") ? "/dev/shm" : fs::temp_directory_path();
    const fs::path own = base / ("limpid-fuzz-" + std::to_string(getpid()));
    fs::create_directories(own);
    std::atexit([] { fs::remove_all(folder()); });
    return own;
  }();
  return place;
}

/// Reads what an opened data set promises: labels within its classes, and inputs.
void use(const fs::path& path, Part part) {
  DatasetLimits limits;
  limits.examples = 1000;
  limits.file_bytes = 1 << 22;
  limits.input.image.bytes = 1 << 20;
  limits.input.image.pixels = 1 << 16;
  const Dataset data = open_dataset(path, part, limits);
  for (int64_t i = 0; i < data.size(); ++i)
    if (data[i].label < 0 || data[i].label >= static_cast<int64_t>(data.classes.size())) std::abort();
  if (thinned(data, 3).size() > 3) std::abort();
  for (int64_t i = 0; i < std::min<int64_t>(3, data.size()); ++i) data.read(i, 0);
}

/// The first byte says what the rest is: IDX pictures and labels (the next byte divides the rest, in 256ths), records
/// of CIFAR, a manifest, a checkpoint, a table.
void read(char kind, std::string_view bytes) {
  fs::remove_all(folder());
  fs::create_directories(folder());
  switch (kind) {
    case 'i': {
      if (bytes.empty()) return;
      const size_t share = static_cast<uint8_t>(bytes.front());
      bytes.remove_prefix(1);
      const size_t place = bytes.size() * share / 256;
      write_file(folder() / "train-images-idx3-ubyte.gz", bytes.substr(0, place));
      write_file(folder() / "train-labels-idx1-ubyte", bytes.substr(place));
      return use(folder(), Part::train);
    }
    case 'c':
      write_file(folder() / "data_batch_1.bin", bytes);
      return use(folder(), Part::all);
    case 'm':
      write_file(folder() / "manifest.csv", bytes);
      return use(folder() / "manifest.csv", Part::all);
    case 'k':
      write_file(folder() / "net.checkpoint", bytes);
      load_checkpoint(folder() / "net.checkpoint");
      return;
    case 't': {
      const Table table = table_of_json(bytes);
      if (csv(table_of_json(table_json(table))) != csv(table)) std::abort();
      return;
    }
    default:
      return;
  }
}

}  // namespace

/// Any bytes are a data set, a checkpoint or a table, or an Error.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  try {
    read(static_cast<char>(data[0]), {reinterpret_cast<const char*>(data) + 1, size - 1});
  } catch (const Error&) {
  }
  return 0;
}
