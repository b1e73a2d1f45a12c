// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/inputs.h"

#include <cmath>
#include <sstream>

#include "limpid/data/npy.h"
#include "support/files.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;
using limpid::testing::error_of;
using limpid::testing::Folder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Inputs, AFolderMeansItsPicturesAndArraysByName) {
  const Folder folder;
  for (const char* name : {"b.PNG", "a.npy", "c.jpeg", "d.jpg", "e.txt", "f"}) write_file(folder.path / name, "x");
  fs::create_directory(folder.path / "deeper.png");
  EXPECT_THAT(expand_inputs({"one.png", folder.path}),
              ElementsAre("one.png", folder.path / "a.npy", folder.path / "b.PNG", folder.path / "c.jpeg",
                          folder.path / "d.jpg"));
}

TEST(Inputs, AFolderWithoutAnyIsAnError) {
  const Folder folder;
  EXPECT_THAT(error_of([&] { expand_inputs({folder.path}); }), HasSubstr("has no .png"));
}

TEST(Inputs, ADashReadsTheListOnStandardInput) {
  std::istringstream list(
      "\xEF\xBB\xBF"
      "a.png\r\n\nsome picture.jpg");
  EXPECT_THAT(expand_inputs({"-", "z.npy"}, list), ElementsAre("a.png", "some picture.jpg", "z.npy"));
  std::istringstream empty("\n");
  EXPECT_THAT(error_of([&] { expand_inputs({"-"}, empty); }), HasSubstr("is empty"));
}

TEST(Inputs, RepeatedStemsGetNumbers) {
  EXPECT_THAT(unique_stems({"a/x.png", "b/x.jpg", "y.npy", "x-2.png", "c/x.png"}),
              ElementsAre("x", "x-2", "y", "x-2-2", "x-3"));
  EXPECT_THAT(unique_stems({"x-2.png", "x.png", "x.jpg"}), ElementsAre("x-2", "x", "x-3"));
  EXPECT_THAT(unique_stems({".."}), ElementsAre("input"));
  EXPECT_THAT(unique_stems({"report.html.png", "report.html.jpg"}, {"report.html"}),
              ElementsAre("report.html-2", "report.html-3"));
}

TEST(Inputs, AnImageIsPreprocessedToTheNetworksShape) {
  const fs::path path = limpid::testing::corpus / "image/rgb.jpg";
  const Tensor input = load_input(path, preprocess_preset("imagenet", 3, 16, 16), {3, 16, 16});
  EXPECT_TRUE(at::equal(input, preprocess(read_image(path), preprocess_preset("imagenet", 3, 16, 16))));
  EXPECT_EQ(shape_text(load_input(path, {}, {3, 8, 9}).sizes()), "3x8x9");
  EXPECT_EQ(shape_text(load_input(path, {}, {3, -1, -1}).sizes()), "3x21x18");
}

TEST(Inputs, AnArrayIsTakenAsItIs) {
  const Folder folder;
  const Preprocess how = preprocess_preset("imagenet", 3, 4, 5);
  for (const Shape& shape : {Shape{3, 4, 5}, Shape{2, 3, 4, 5}}) {
    const Tensor values = normal_noise(shape, 2);
    write_npy(folder.path / "a.npy", values);
    EXPECT_TRUE(at::equal(load_input(folder.path / "a.npy", how, {3, 4, 5}), values));
  }
  const Tensor series = normal_noise({2, 1, 9}, 2);
  write_npy(folder.path / "a.npy", series.to(at::kDouble));
  EXPECT_TRUE(at::equal(load_input(folder.path / "a.npy", how, {1, 9}), series));
}

TEST(Inputs, AnArrayOfAnotherShapeSaysGotAndExpected) {
  const std::string bytes = npy_bytes(at::zeros({3, 4, 6}));
  EXPECT_EQ(error_of([&] {
              decode_input(bytes, "a.npy", {}, {3, -1, 5});
            }),
            "'a.npy' is an array of shape 3x4x6; the network expects 3x?x5 or Nx3x?x5");
  EXPECT_THAT(error_of([] {
                decode_input(npy_bytes(at::zeros({0, 3, 4, 5})), "a.npy", {}, {3, 4, 5});
              }),
              HasSubstr("shape 0x3x4x5"));
}

TEST(Inputs, APictureThatCannotFitSaysGotAndExpected) {
  const fs::path path = limpid::testing::corpus / "image/rgb.png";
  EXPECT_THAT(error_of([&] {
                load_input(path, {}, {5, 8, 8});
              }),
              HasSubstr("preprocessed to 3x8x8; the network expects 5x8x8"));
  EXPECT_THAT(error_of([&] {
                load_input(path, {.height = 4, .width = 4}, {3, 8, 8});
              }),
              HasSubstr("3x4x4; the network expects 3x8x8"));
  EXPECT_THAT(error_of([&] { load_input(path, {}, {1, 100}); }), HasSubstr("the network expects 1x100"));
}

TEST(Inputs, NumbersThatAreNotFiniteAreNamed) {
  Tensor values = at::zeros({1, 2, 2});
  values[0][1][0] = NAN;
  EXPECT_THAT(error_of([&] { decode_input(npy_bytes(values), "a.npy", {}, {1, 2, 2}); }), HasSubstr("[0, 1, 0]"));
  EXPECT_THAT(error_of([&] {
                decode_input(npy_bytes(at::full({1, 2, 2}, 1e300, at::kDouble)), "a.npy", {}, {1, 2, 2});
              }),
              HasSubstr("NaN or infinite"));
}

TEST(Inputs, AFileThatIsNoArrayIsHeldToTheLimitOfAPictureBeforeItIsRead) {
  const Folder folder;
  write_file(folder.path / "a.mkv", std::string(200, 'x'));
  write_npy(folder.path / "a.npy", at::zeros({1, 8, 8}));
  const InputLimits limits{.image = {.bytes = 100}, .npy_bytes = 1000};
  EXPECT_THAT(error_of([&] { read_input(folder.path / "a.mkv", limits); }), HasSubstr("limit image-bytes is 100"));
  EXPECT_EQ(read_input(folder.path / "a.npy", limits).size(), 384U);
  EXPECT_THAT(error_of([&] { read_input(folder.path / "a.npy", {.npy_bytes = 99}); }),
              HasSubstr("limit npy-bytes is 99"));
}

TEST(Inputs, MissingAndEmptyFilesAreNamed) {
  const Folder folder;
  write_file(folder.path / "empty.npy", "");
  EXPECT_THAT(error_of([&] {
                load_input(folder.path / "empty.npy", {}, {1, 2, 2});
              }),
              HasSubstr("empty.npy' is empty"));
  EXPECT_THAT(error_of([&] { load_input(folder.path / "no.npy", {}, {1, 2, 2}); }), HasSubstr("there is no file"));
  EXPECT_THAT(error_of([&] { load_input(folder.path, {}, {1, 2, 2}); }), HasSubstr("is not a regular file"));
}

}  // namespace
}  // namespace limpid
