// SPDX-License-Identifier: Apache-2.0
#pragma once
// Structures read from text that a test holds.

#include "limpid/crystal/formats.h"
#include "support/files.h"

namespace limpid::testing {

/// A file in a folder of its own.
struct TextFile {
  Folder folder;
  std::filesystem::path path;
  TextFile(const std::string& name, const std::string& text) : path(folder.path / name) { write_file(path, text); }
};

inline Structure structure_in(const std::string& name, const std::string& text) {
  return read_structure(TextFile(name, text).path);
}

/// What is wrong with any of the frames; "no error" where nothing is.
inline std::string error_in(const std::string& name, const std::string& text) {
  const TextFile file(name, text);
  return error_of([&] { read_structures(file.path, [](const Structure&) { return true; }); });
}

}  // namespace limpid::testing
