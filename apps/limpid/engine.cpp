// SPDX-License-Identifier: Apache-2.0
#include "engine.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "limpid/core/error.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

fs::path engine_path() {
  std::error_code status;
  const fs::path folder = fs::read_symlink("/proc/self/exe", status).parent_path();
  const fs::path beside = folder / LIMPID_ENGINE;
  return fs::exists(beside, status) ? beside : folder.parent_path() / LIMPID_ENGINE_FOLDER / LIMPID_ENGINE;
}

const Engine* opened() {
  const fs::path path = engine_path();
  // Threads that wait for others spin, for milliseconds where nothing else is said: on a busy machine that takes the
  // time of those they wait for.
  setenv("GOMP_SPINCOUNT", "10000", /*overwrite=*/0);
  void* module = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (!module) fail("limpid's library cannot be loaded (", dlerror(), "); it is installed together with the command");
  const void* table = dlsym(module, "limpid_engine");
  if (!table) fail("'", path.string(), "' is not limpid's library; it is installed together with the command");
  return static_cast<const Engine*>(table);
}

}  // namespace

const Engine& engine() {
  static const Engine* const table = opened();
  return *table;
}

}  // namespace limpid
