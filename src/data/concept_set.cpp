// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/concept_set.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <set>

#include "data/formats/formats.h"
#include "limpid/core/error.h"
#include "limpid/core/random.h"
#include "limpid/data/glyphs.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

/// Where a picture is not black: at least one channel above the noise that JPEG leaves on black.
Tensor not_black(const Tensor& picture) {
  constexpr int64_t noise = 8;
  return (std::get<0>(picture.max(0)) > noise).to(at::kByte);
}

/// Pictures alone, which masks lie beside.
std::vector<fs::path> pictures_in(const fs::path& folder) {
  std::vector<fs::path> files = expand_inputs({folder});
  for (const fs::path& file : files)
    if (file.extension() == ".npy")
      fail("'", file.string(), "' is an array; concepts are marked in PNG or JPEG pictures");
  return files;
}

void finish(ConceptSet& set, std::vector<fs::path> files, const fs::path& folder, const DatasetLimits& limits) {
  for (const fs::path& file : files) set.pictures.examples.push_back({-1, file.string()});
  check_count(set.size(), folder, limits);
  set.pictures.read = reader_of_files(std::move(files), limits.input);
  set.description = set.pictures.description = folder.string() + ": " + std::to_string(set.size()) + " pictures of " +
                                               std::to_string(set.concepts.size()) + " concepts";
}

ConceptSet open_cut_outs(const fs::path& folder, const DatasetLimits& limits) {
  ConceptSet set;
  set.cut_out = true;
  std::vector<fs::path> all;
  for (const fs::path& of_concept : folders_in(folder)) {
    const auto index = static_cast<int64_t>(set.concepts.size());
    for (const fs::path& file : pictures_in(of_concept)) {
      all.push_back(file);
      set.concepts_of.push_back({index});
    }
    set.concepts.push_back(of_concept.filename().string());
  }
  finish(set, std::move(all), folder, limits);
  set.masks = [read = set.pictures.read, of = set.concepts_of](int64_t index) {
    return std::vector<ConceptMask>{{of[static_cast<size_t>(index)].front(), not_black(read(index, 0))}};
  };
  return set;
}

ConceptSet open_masks(const fs::path& folder, const DatasetLimits& limits) {
  ConceptSet set;
  std::vector<fs::path> pictures = expand_inputs({folder / "images"});
  std::map<std::string, size_t> by_stem;
  for (size_t i = 0; i < pictures.size(); ++i)
    if (!by_stem.emplace(pictures[i].stem().string(), i).second)
      fail("two pictures in '", (folder / "images").string(), "' are called '", pictures[i].stem().string(),
           "'; masks are found by that name, so it must be one picture's alone");
  std::vector<std::vector<std::pair<int64_t, std::string>>> masks(pictures.size());
  set.concepts_of.resize(pictures.size());
  for (const fs::path& of_concept : folders_in(folder / "masks")) {
    const auto index = static_cast<int64_t>(set.concepts.size());
    for (const fs::path& file : pictures_in(of_concept)) {
      const auto found = by_stem.find(file.stem().string());
      if (found == by_stem.end())
        fail("the mask '", file.string(), "' has no picture: '", (folder / "images").string(), "' has none called '",
             file.stem().string(), "'");
      masks[found->second].emplace_back(index, file.string());
      set.concepts_of[found->second].push_back(index);
    }
    set.concepts.push_back(of_concept.filename().string());
  }
  if (set.concepts.empty()) fail("'", (folder / "masks").string(), "' has no folder for a concept in it");
  finish(set, std::move(pictures), folder, limits);
  set.masks = [read = set.pictures.read, masks, image_limits = limits.input.image](int64_t index) {
    std::vector<ConceptMask> all;
    const auto& of_picture = masks[static_cast<size_t>(index)];
    const Tensor picture = of_picture.empty() ? Tensor() : read(index, 0);
    for (const auto& [number, file] : of_picture) {
      const Tensor mask = not_black(read_image(file, image_limits));
      if (mask.size(0) != picture.size(1) || mask.size(1) != picture.size(2))
        fail("the mask '", file, "' has ", shape_text(mask.sizes()), " pixels and its picture ", picture.size(1), "x",
             picture.size(2), "; expected the same");
      all.push_back({number, mask});
    }
    return all;
  };
  return set;
}

GlyphScene scene(int64_t index, bool marked) {
  constexpr uint64_t seed = 0x636f6e6365707473;
  const std::vector<std::string>& names = glyph_names();
  const auto number = static_cast<size_t>(index);
  const std::string& name = names[number % names.size()];
  const uint64_t own = mixed_seed({seed, number});
  return marked ? draw_marked_glyphs({name}, name, own) : draw_glyphs({name}, own);
}

Tensor mask_of(const DrawnThing& thing) { return (thing.mask >= .5).to(at::kByte); }

/// The data set of that name tells whether its number is one.
ConceptSet draw_concepts(const fs::path& name) {
  const int64_t count = open_dataset(name, Part::train).size();
  const bool marked = marked_glyphs_format.recognises(name);
  std::vector<std::set<std::string>> seen;
  std::set<std::string> all;
  for (int64_t i = 0; i < count; ++i) {
    seen.emplace_back();
    for (const DrawnThing& thing : scene(i, marked).things)
      if (mask_of(thing).any().item<bool>()) seen.back().insert(thing.name);
    all.insert(seen.back().begin(), seen.back().end());
  }
  ConceptSet set;
  set.concepts.assign(all.begin(), all.end());
  const auto index_of = [concepts = set.concepts](const std::string& concept_name) {
    return std::lower_bound(concepts.begin(), concepts.end(), concept_name) - concepts.begin();
  };
  for (int64_t i = 0; i < count; ++i) {
    set.pictures.examples.push_back({-1, "glyphs/concepts[" + std::to_string(i) + "]"});
    set.concepts_of.emplace_back();
    for (const std::string& one : seen[static_cast<size_t>(i)]) set.concepts_of.back().push_back(index_of(one));
  }
  set.pictures.read = [marked](int64_t index, uint64_t) { return scene(index, marked).picture; };
  set.masks = [index_of, marked](int64_t index) {
    std::map<int64_t, Tensor> masks;
    for (const DrawnThing& thing : scene(index, marked).things) {
      const Tensor mask = mask_of(thing);
      if (!mask.any().item<bool>()) continue;
      Tensor& of_concept = masks[index_of(thing.name)];
      of_concept = of_concept.defined() ? at::max(of_concept, mask) : mask;
    }
    std::vector<ConceptMask> list;
    for (const auto& [number, mask] : masks) list.push_back({number, mask});
    return list;
  };
  set.description = set.pictures.description = name.string() + ": " + std::to_string(count) + " drawn pictures of " +
                                               std::to_string(set.concepts.size()) + " concepts";
  return set;
}

}  // namespace

ConceptSet open_concepts(const fs::path& folder, const DatasetLimits& limits) {
  if (glyphs_format.recognises(folder) || marked_glyphs_format.recognises(folder)) return draw_concepts(folder);
  if (!is_folder(folder)) fail("there is no folder '", folder.string(), "' of concepts");
  if (is_folder(folder / "images") && is_folder(folder / "masks")) return open_masks(folder, limits);
  if (is_folder(folder / "segments")) return open_cut_outs(folder / "segments", limits);
  if (!folders_in(folder).empty()) return open_cut_outs(folder, limits);
  fail("'", folder.string(),
       "' holds no concepts; expected images/ with masks/<concept>/, or a folder of cut-outs on "
       "black for each concept");
}

Tensor fitted_mask(const Tensor& mask, const Preprocess& how) {
  Preprocess plain{ChannelOrder::gray};
  plain.height = how.height;
  plain.width = how.width;
  plain.crop = how.crop;
  return (preprocess(mask.unsqueeze(0) * 255, plain)[0] >= 127.5).to(at::kByte);
}

}  // namespace limpid
