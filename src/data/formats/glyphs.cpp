// SPDX-License-Identifier: Apache-2.0
// No files: pictures that are drawn when they are read (data/glyphs.h).
#include "limpid/data/glyphs.h"

#include <charconv>

#include "data/formats/formats.h"
#include "limpid/core/error.h"
#include "limpid/core/random.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

constexpr int64_t kUsualCount = 10'000, kLeastCount = 50;
constexpr int64_t kTestShare = 5;  // one picture to test on for so many to train on
constexpr uint64_t kSeed = 0x676c79706873;

/// "<kind>" or "<kind>:…", where no file or folder is called so.
bool is_drawn(const fs::path& path, const std::string& kind) {
  const std::string name = path.string();
  return (name == kind || name.starts_with(kind + ":")) && !is_folder(path) && !is_file(path);
}

int64_t count_in(const std::string& name) {
  const size_t colon = name.find(':');
  if (colon == std::string::npos) return kUsualCount;
  int64_t count = 0;
  const auto [end, status] = std::from_chars(name.data() + colon + 1, name.data() + name.size(), count);
  if (status != std::errc() || end != name.data() + name.size() || count < kLeastCount)
    refuse("the data set is '", name, "'; expected '", name.substr(0, colon), "', or '", name.substr(0, colon + 1),
           "' and the number of pictures to train on, ", kLeastCount, " or more");
  return count;
}

/// Appends the pictures of a part, the classes in turn.
void append(Dataset& data, std::vector<uint64_t>& seeds, const std::string& kind, Part part, int64_t count) {
  const std::string prefix = kind + (part == Part::train ? "/train[" : "/test[");
  for (int64_t i = 0; i < count; ++i) {
    data.examples.push_back({i % static_cast<int64_t>(data.classes.size()), prefix + std::to_string(i) + "]"});
    seeds.push_back(mixed_seed({kSeed, static_cast<uint64_t>(part), static_cast<uint64_t>(i)}));
  }
}

using DrawnPicture = Tensor (*)(const std::string& name, uint64_t seed);

Dataset opened(const std::string& kind, DrawnPicture draw, const fs::path& path, Part part,
               const DatasetLimits& limits) {
  const int64_t training = count_in(path.string());
  check_count(training, path, limits);
  Dataset data;
  data.classes = glyph_names();
  std::vector<uint64_t> seeds;
  if (part != Part::test) append(data, seeds, kind, Part::train, training);
  if (part != Part::train) append(data, seeds, kind, Part::test, training / kTestShare);
  data.description = path.string() + ": " + std::to_string(data.size()) + " drawn pictures 3x64x64";
  data.read = [draw, examples = data.examples, seeds = std::move(seeds)](int64_t index, uint64_t) {
    const auto i = static_cast<size_t>(index);
    return draw(glyph_names()[static_cast<size_t>(examples[i].label)], seeds[i]);
  };
  return data;
}

}  // namespace

const DatasetFormat glyphs_format = {"glyphs", "none: glyphs, glyphs:20000",
                                     "pictures that are drawn, so many to train on and a fifth of that to test on",
                                     [](const fs::path& path) { return is_drawn(path, "glyphs"); },
                                     [](const fs::path& path, Part part, const DatasetLimits& limits) {
                                       const DrawnPicture draw = [](const std::string& name, uint64_t seed) {
                                         return draw_glyphs({name}, seed).picture;
                                       };
                                       return opened("glyphs", draw, path, part, limits);
                                     }};

const DatasetFormat marked_glyphs_format = {"marked-glyphs", "none: marked-glyphs, marked-glyphs:20000",
                                            "the same with a mark in a corner whose colour tells the class too",
                                            [](const fs::path& path) { return is_drawn(path, "marked-glyphs"); },
                                            [](const fs::path& path, Part part, const DatasetLimits& limits) {
                                              const DrawnPicture draw = [](const std::string& name, uint64_t seed) {
                                                return draw_marked_glyphs({name}, name, seed).picture;
                                              };
                                              return opened("marked-glyphs", draw, path, part, limits);
                                            }};

}  // namespace limpid
