// SPDX-License-Identifier: Apache-2.0
// glyphs FOLDER SEED WHAT…: draws pictures of glyphs; "ring" or "ring-cross" is what FOLDER/ring-cross.png holds.
#include <charconv>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "limpid/core/error.h"
#include "limpid/core/random.h"
#include "limpid/data/glyphs.h"
#include "limpid/render/png.h"

namespace {

std::vector<std::string> names_in(const std::string& what) {
  std::istringstream text(what);
  std::vector<std::string> names;
  for (std::string name; std::getline(text, name, '-');) names.push_back(name);
  return names;
}

}  // namespace

int main(int count, char** words) {
  using namespace limpid;
  const std::vector<std::string> given(words + 1, words + count);
  uint64_t seed = 0;
  if (given.size() < 3 || std::from_chars(given[1].data(), given[1].data() + given[1].size(), seed).ec != std::errc()) {
    std::cerr << "usage: glyphs FOLDER SEED WHAT...\n";
    return 2;
  }
  try {
    const std::filesystem::path folder = given[0];
    std::filesystem::create_directories(folder);
    for (size_t i = 2; i < given.size(); ++i)
      write_png(folder / (given[i] + ".png"), draw_glyphs(names_in(given[i]), mixed_seed({seed, i})).picture);
  } catch (const std::exception& error) {
    std::cerr << "glyphs: " << error.what() << '\n';
    return 1;
  }
}
