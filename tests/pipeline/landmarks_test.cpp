// SPDX-License-Identifier: Apache-2.0
#include "pipeline/studies/landmarks.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "support/files.h"

namespace limpid::testing {
namespace {
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using OrderedJson = nlohmann::ordered_json;

/// Test pictures of 20 rows and 30 columns, two of each class.
Dataset pictures() {
  Dataset data{"four pictures", {"Chest", "Hand"}, {}, {}};
  for (const char* name : {"Chest/1.png", "Chest/2.png", "Hand/1.png", "Hand/2.png"})
    data.examples.push_back({name[0] == 'H', std::string("data/test/") + name});
  data.read = [](int64_t, uint64_t) { return at::zeros({1, 20, 30}, at::kByte); };
  return data;
}

OrderedJson document() {
  return OrderedJson::parse(R"({
    "landmarks": {"Hand": ["thumb", "wrist"]},
    "images": [{"image": "Hand/2.png", "size": [20, 30],
                "boxes": {"wrist": [[0, 18, 30, 20]], "thumb": [[1, 2, 4, 6], [3, 4, 7, 8]], "markers": [[25, 0, 30, 5]]}}]
  })");
}

Landmarks read(const OrderedJson& json) { return read_landmarks(json.dump(), "'boxes.json'", pictures()); }

std::string error_in(const OrderedJson& json) {
  return error_of([&] { read(json); });
}

TEST(Landmarks, AreReadWithTheirPictureInTheOrderOfTheirClass) {
  const Landmarks all = read(document());
  ASSERT_EQ(all.exemplars.size(), 1u);
  const Exemplar& hand = all.exemplars[0];
  EXPECT_EQ(hand.index, 3);
  EXPECT_EQ(hand.label, 1);
  ASSERT_EQ(hand.landmarks.size(), 2u);
  EXPECT_EQ(hand.landmarks[0].name, "thumb");
  EXPECT_THAT(hand.landmarks[0].boxes, ElementsAre(Box{1, 2, 4, 6}, Box{3, 4, 7, 8}));
  EXPECT_THAT(hand.markers, ElementsAre(Box{25, 0, 30, 5}));
}

TEST(Landmarks, SayWhatIsWrongWithTheirFile) {
  const auto changed = [](auto&& change) {
    OrderedJson json = document();
    change(json);
    return error_in(json);
  };
  EXPECT_THAT(changed([](OrderedJson& j) { j["images"][0]["image"] = "Hand/9.png"; }),
              AllOf(HasSubstr("'boxes.json' has boxes on the image 'Hand/9.png'"), HasSubstr("four pictures")));
  EXPECT_THAT(changed([](OrderedJson& j) { j["landmarks"]["Foot"] = {"toe"}; }),
              AllOf(HasSubstr("the class 'Foot'"), HasSubstr("classes are: Chest, Hand")));
  EXPECT_THAT(changed([](OrderedJson& j) { j["images"][0]["image"] = "Chest/1.png"; }),
              HasSubstr("of the class 'Chest', for which it lists no landmarks"));
  EXPECT_THAT(changed([](OrderedJson& j) {
                j["images"][0]["boxes"]["toe"] = {{0, 0, 1, 1}};
              }),
              AllOf(HasSubstr("landmark 'toe'"), HasSubstr("markers, thumb, wrist")));
  for (const std::vector<int64_t>& box :
       {std::vector<int64_t>{0, 0, 31, 5}, {0, 0, 5, 21}, {-1, 0, 5, 5}, {4, 4, 4, 5}, {5, 9, 7, 9}, {1, 2, 3}})
    EXPECT_THAT(changed([&](OrderedJson& j) { j["images"][0]["boxes"]["wrist"][0] = box; }),
                HasSubstr("expected [x0, y0, x1, y1] with 0 <= x0 < x1 <= 30 and 0 <= y0 < y1 <= 20"));
  EXPECT_THAT(changed([](OrderedJson& j) {
                j["images"][0]["size"] = {30, 20};
              }),
              HasSubstr("as 30x20; the picture is 1x20x30"));
  EXPECT_THAT(changed([](OrderedJson& j) { j["images"].push_back(j["images"][0]); }), HasSubstr("'Hand/2.png' twice"));
  EXPECT_THAT(changed([](OrderedJson& j) { j["landmarks"]["Chest"] = {"heart"}; }),
              HasSubstr("no image of the class 'Chest'"));
  EXPECT_THAT(changed([](OrderedJson& j) {
                j["images"][0]["boxes"] = {{"markers", {{0, 0, 1, 1}}}};
              }),
              HasSubstr("no landmark on 'Hand/2.png'"));
  EXPECT_THAT(changed([](OrderedJson& j) { j["landmarks"]["Hand"].push_back("corners"); }),
              HasSubstr("a meaning of its own"));
  EXPECT_THAT(changed([](OrderedJson& j) { j.erase("images"); }), HasSubstr("is not a document of landmarks"));
  EXPECT_THAT(error_of([] { read_landmarks("{", "'boxes.json'", pictures()); }), HasSubstr("is not a document"));
}

TEST(Landmarks, OfLimpidsOwnAreInTheirPictures) {
  const std::string text = read_file(LIMPID_SOURCE_DIR "/src/pipeline/studies/anatomy_landmarks.json", 1 << 20);
  Dataset data{"stand-ins", {"CXR", "Hand"}, {}, {}};
  const OrderedJson own = OrderedJson::parse(text);
  for (const OrderedJson& entry : own.at("images")) {
    const auto image = entry.at("image").get<std::string>();
    data.examples.push_back({image.starts_with("Hand"), "mednist/test/" + image});
  }
  data.read = [](int64_t, uint64_t) { return at::zeros({1, 64, 64}, at::kByte); };
  const Landmarks all = read_landmarks(text, "limpid's own", data);
  ASSERT_EQ(all.exemplars.size(), 40u);
  for (const Exemplar& exemplar : all.exemplars) EXPECT_EQ(exemplar.landmarks.size(), 4u) << exemplar.image;
}

TEST(Regions, AreEachLandmarkTheirUnionMarkersAndCorners) {
  const std::vector<Region> regions = regions_of(read(document()).exemplars[0], 20, 30);
  std::vector<std::string> names;
  std::vector<int64_t> pixels;
  for (const Region& region : regions) {
    names.push_back(region.name);
    pixels.push_back(mask_of(region.boxes, 20, 30).sum().item<int64_t>());
  }
  EXPECT_THAT(names, ElementsAre("thumb", "wrist", "all landmarks", "markers", "corners"));
  EXPECT_THAT(pixels, ElementsAre(12 + 16 - 2, 60, 12 + 16 - 2 + 60, 25, 4 * 2 * 2));  // what overlaps counts once
}

bool apart(const Tensor& a, const Tensor& b) { return !a.logical_and(b).any().item<bool>(); }

TEST(BoxesBeside, TouchNeitherWhatIsTakenNorEachOtherAndKeepTheirSizes) {
  const std::vector<Box> boxes = {{0, 0, 3, 5}, {10, 10, 16, 12}, {4, 4, 8, 8}};
  const Tensor taken = mask_of({{2, 2, 12, 14}, {20, 0, 22, 20}}, 20, 30);
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const auto placed = boxes_beside(boxes, taken, random);
    ASSERT_TRUE(placed) << seed;
    Tensor full = taken;
    for (size_t i = 0; i < boxes.size(); ++i) {
      EXPECT_EQ((*placed)[i].x1 - (*placed)[i].x0, boxes[i].x1 - boxes[i].x0);
      EXPECT_EQ((*placed)[i].y1 - (*placed)[i].y0, boxes[i].y1 - boxes[i].y0);
      const Tensor mask = mask_of({(*placed)[i]}, 20, 30);
      EXPECT_TRUE(apart(mask, full)) << seed;
      full = full.logical_or(mask);
    }
  }
}

TEST(BoxesBeside, AreTheSameForTheSameSeedAndNotForAnother) {
  const Tensor taken = mask_of({{0, 0, 9, 9}}, 20, 30);
  const auto drawn = [&](uint64_t seed) {
    Random random(seed);
    return boxes_beside({{0, 0, 3, 3}, {0, 0, 2, 4}}, taken, random);
  };
  EXPECT_EQ(drawn(3), drawn(3));
  EXPECT_NE(drawn(3), drawn(4));
}

TEST(BoxesBeside, FindTheOnlyHoleAndSayWhereThereIsNone) {
  Random random(0);
  const Tensor taken = at::ones({20, 30}, at::kBool);
  taken.narrow(0, 7, 2).narrow(1, 11, 3).fill_(false);
  EXPECT_THAT(boxes_beside({{0, 0, 3, 2}}, taken, random).value(), ElementsAre(Box{11, 7, 14, 9}));
  EXPECT_FALSE(boxes_beside({{0, 0, 2, 3}}, taken, random));
  EXPECT_FALSE(boxes_beside({{0, 0, 3, 2}, {0, 0, 1, 1}}, taken, random));
  EXPECT_FALSE(boxes_beside({{0, 0, 31, 1}}, taken, random));
}

TEST(BoxesBeside, AreSpreadOverAllFreePlaces) {
  const Tensor taken = mask_of({{1, 0, 4, 1}}, 1, 6);  // free: 0, 4, 5
  std::vector<int64_t> counts(6, 0);
  Random random(1);
  for (int i = 0; i < 3000; ++i) ++counts[static_cast<size_t>(boxes_beside({{0, 0, 1, 1}}, taken, random)->front().x0)];
  EXPECT_EQ(counts[1] + counts[2] + counts[3], 0);
  for (const size_t free : {0, 4, 5}) EXPECT_NEAR(static_cast<double>(counts[free]), 1000, 120);
}

}  // namespace
}  // namespace limpid::testing
