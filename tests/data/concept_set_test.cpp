// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/concept_set.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "limpid/core/error.h"
#include "limpid/data/npy.h"
#include "limpid/render/png.h"
#include "support/files.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

struct ConceptFolder : testing::Folder {
  void picture(const std::string& name, const Tensor& pixels) const {
    fs::create_directories((path / name).parent_path());
    write_png(path / name, pixels);
  }
};

Tensor gray(int64_t rows, int64_t columns, int64_t value) { return at::full({3, rows, columns}, value, at::kByte); }

/// Black with a bright block of rows 2 to 4, columns 1 to 3.
Tensor block() {
  Tensor picture = gray(8, 6, 0);
  picture.narrow(1, 2, 3).narrow(2, 1, 3).fill_(200);
  return picture;
}

TEST(ConceptSet, CutOutsAreTheirOwnMasks) {
  const ConceptFolder folder;
  folder.picture("segments/wheel/1.png", block());
  folder.picture("segments/seat/1.png", block());
  folder.picture("segments/seat/2.png", block());
  const ConceptSet set = open_concepts(folder.path);
  EXPECT_THAT(set.concepts, ElementsAre("seat", "wheel"));
  ASSERT_EQ(set.size(), 3);
  const std::vector<ConceptMask> masks = set.masks(2);
  ASSERT_EQ(masks.size(), 1U);
  EXPECT_EQ(masks[0].concept_index, 1);
  EXPECT_EQ(masks[0].mask.sum().item<int64_t>(), 9);
  EXPECT_EQ(masks[0].mask[3][2].item<int64_t>(), 1);
  EXPECT_EQ(open_concepts(folder.path / "segments").size(), 3);
}

TEST(ConceptSet, MasksBesidePicturesAreFoundByTheirNames) {
  const ConceptFolder folder;
  folder.picture("images/a.png", gray(8, 6, 90));
  folder.picture("images/b.png", gray(8, 6, 90));
  folder.picture("masks/wheel/a.png", block());
  folder.picture("masks/seat/a.png", gray(8, 6, 255));
  const ConceptSet set = open_concepts(folder.path);
  EXPECT_THAT(set.concepts_of[0], ElementsAre(0, 1));
  EXPECT_TRUE(set.masks(1).empty());
  const std::vector<ConceptMask> masks = set.masks(0);
  EXPECT_EQ(masks[0].mask.sum().item<int64_t>(), 48);
  EXPECT_EQ(masks[1].mask.sum().item<int64_t>(), 9);
}

TEST(ConceptSet, WhatDoesNotFitIsNamed) {
  const ConceptFolder folder;
  EXPECT_THAT([&] { open_concepts(folder.path / "absent"); }, ThrowsMessage<Error>(HasSubstr("there is no folder")));
  folder.picture("a.png", block());
  EXPECT_THAT([&] { open_concepts(folder.path); }, ThrowsMessage<Error>(HasSubstr("holds no concepts")));
  fs::create_directories(folder.path / "wheel");
  EXPECT_THAT([&] { open_concepts(folder.path); }, ThrowsMessage<Error>(HasSubstr("wheel' has no .png")));
  folder.picture("images/a.png", gray(8, 6, 90));
  fs::create_directories(folder.path / "masks");
  EXPECT_THAT([&] { open_concepts(folder.path); }, ThrowsMessage<Error>(HasSubstr("has no folder for a concept")));
  folder.picture("masks/wheel/c.png", block());
  EXPECT_THAT([&] { open_concepts(folder.path); }, ThrowsMessage<Error>(HasSubstr("has no picture")));
  fs::remove(folder.path / "masks/wheel/c.png");
  folder.picture("masks/wheel/a.png", gray(9, 6, 255));
  EXPECT_THAT([&] { open_concepts(folder.path).masks(0); }, ThrowsMessage<Error>(HasSubstr("expected the same")));
}

TEST(ConceptSet, DrawnGlyphsHaveTheMasksOfWhatIsDrawn) {
  const ConceptSet set = open_concepts("glyphs:50");
  ASSERT_EQ(set.size(), 50);
  for (int64_t i = 0; i < 10; ++i) {
    std::vector<int64_t> shown;
    for (const ConceptMask& one : set.masks(i)) {
      shown.push_back(one.concept_index);
      EXPECT_GT(one.mask.sum().item<int64_t>(), 0);
    }
    EXPECT_EQ(shown, set.concepts_of[static_cast<size_t>(i)]);
  }
  EXPECT_TRUE(at::equal(set.pictures.read(3, 0), open_concepts("glyphs:60").pictures.read(3, 0)));
}

TEST(ConceptSet, MarksAreConceptsOfMarkedGlyphs) {
  const ConceptSet set = open_concepts("marked-glyphs:50");
  const auto mark = std::find(set.concepts.begin(), set.concepts.end(), "mark") - set.concepts.begin();
  ASSERT_LT(mark, static_cast<int64_t>(set.concepts.size()));
  for (const int64_t i : {0, 21})
    EXPECT_NE(
        std::find(set.concepts_of[static_cast<size_t>(i)].begin(), set.concepts_of[static_cast<size_t>(i)].end(), mark),
        set.concepts_of[static_cast<size_t>(i)].end());
}

TEST(ConceptSet, ArraysMayBeMarkedToo) {
  const ConceptFolder folder;
  fs::create_directories(folder.path / "images");
  write_npy(folder.path / "images/a.npy", at::zeros({2, 8, 6}));
  folder.picture("masks/wheel/a.png", gray(8, 6, 255));
  const ConceptSet set = open_concepts(folder.path);
  EXPECT_EQ(set.pictures.read(0, 0).scalar_type(), at::kFloat);
  EXPECT_EQ(set.masks(0).front().mask.sum().item<int64_t>(), 48);
}

TEST(ConceptSet, MasksFollowTheirPicturesThroughPreprocessing) {
  Preprocess how;
  how.height = how.width = 32;
  how.crop = true;
  Tensor mask = at::zeros({50, 80}, at::kByte);
  mask.narrow(0, 20, 12).narrow(1, 35, 10).fill_(1);
  const Tensor picture = (mask * 255).unsqueeze(0).expand({3, -1, -1}).contiguous();
  const Tensor seen = preprocess(picture, how)[0], fitted = fitted_mask(mask, how);
  EXPECT_TRUE(at::equal(fitted, (seen >= 127.5).to(at::kByte)));
  EXPECT_GT(fitted.sum().item<int64_t>(), 0);
}

}  // namespace
}  // namespace limpid
