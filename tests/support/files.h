// SPDX-License-Identifier: Apache-2.0
#pragma once
// Golden files, a folder for a test's own files, and what an action's error says.

#include <unistd.h>

#include <filesystem>
#include <string>

#include "limpid/core/error.h"
#include "limpid/core/files.h"

namespace limpid::testing {

inline const std::filesystem::path corpus = LIMPID_SOURCE_DIR "/tests/fuzz/corpus";
inline const std::filesystem::path golden = LIMPID_SOURCE_DIR "/tests/data/golden";

/// A new empty folder, gone at the end of the scope.
struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "limpid-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
};

/// The Error's sentence; "no error" when none was thrown.
std::string error_of(auto&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace limpid::testing
