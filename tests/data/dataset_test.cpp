// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/dataset.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "limpid/render/png.h"
#include "support/files.h"

namespace limpid::testing {
namespace {
namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string big_endian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}

/// Three pictures of 2x3, pixel values 0, 1, 2, … and the labels 1, 0, 2.
void write_idx(const fs::path& folder, const std::string& prefix) {
  std::string images = std::string("\0\0\x08\x03", 4) + big_endian(3) + big_endian(2) + big_endian(3);
  for (char value = 0; value < 18; ++value) images += value;
  write_file(folder / (prefix + "-images-idx3-ubyte"), images);
  write_file(folder / (prefix + "-labels-idx1-ubyte"),
             std::string("\0\0\x08\x01", 4) + big_endian(3) + std::string("\1\0\2", 3));
}

Tensor picture(int64_t value) { return at::full({3, 4, 5}, value, at::kByte); }

std::vector<int64_t> labels(const Dataset& data) {
  const Tensor all = labels_of(data);
  return {all.data_ptr<int64_t>(), all.data_ptr<int64_t>() + all.numel()};
}

TEST(Idx, PicturesAndLabelsComeInTheOrderOfTheFile) {
  const Folder folder;
  write_idx(folder.path, "train");
  const Dataset data = open_dataset(folder.path);
  EXPECT_THAT(labels(data), ElementsAre(1, 0, 2));
  EXPECT_THAT(data.classes, ElementsAre("0", "1", "2"));
  EXPECT_TRUE(data.read(1, 0).equal(at::arange(6, 12, at::kByte).view({1, 2, 3})));
}

TEST(Idx, AllAreBothParts) {
  const Folder folder;
  write_idx(folder.path, "train");
  write_idx(folder.path, "t10k");
  const Dataset data = open_dataset(folder.path, Part::all);
  EXPECT_THAT(labels(data), ElementsAre(1, 0, 2, 1, 0, 2));
  EXPECT_TRUE(data.read(4, 0).equal(at::arange(6, 12, at::kByte).view({1, 2, 3})));
  EXPECT_EQ(open_dataset(folder.path, Part::train).size(), 3);
}

TEST(Idx, PackedFilesAreReadAsPlainOnes) {
  const Folder folder;
  write_idx(folder.path, "t10k");
  const Tensor plain = open_dataset(folder.path).read(2, 0);
  ASSERT_EQ(std::system(("gzip " + folder.path.string() + "/*").c_str()), 0);
  EXPECT_TRUE(open_dataset(folder.path, Part::test).read(2, 0).equal(plain));
  EXPECT_TRUE(open_dataset(folder.path / "t10k-images-idx3-ubyte.gz").read(2, 0).equal(plain));
  EXPECT_THAT(error_of([&] { open_dataset(folder.path, Part::train); }), HasSubstr("no images of that part"));
}

TEST(Idx, DamageIsToldOfTheFile) {
  const Folder folder;
  write_idx(folder.path, "train");
  const fs::path images = folder.path / "train-images-idx3-ubyte", table = folder.path / "train-labels-idx1-ubyte";
  const std::string whole = read_file(images, 1000);
  write_file(images, whole.substr(0, 30));
  EXPECT_THAT(error_of([&] { open_dataset(folder.path); }), HasSubstr("train-images-idx3-ubyte' has 14 bytes of data"));
  write_file(images, std::string("\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16) + "x");
  EXPECT_THAT(error_of([&] { open_dataset(folder.path); }), HasSubstr("impossible shape"));
  write_file(images, std::string("\0\0\x08\x03\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16));
  EXPECT_THAT(error_of([&] { open_dataset(folder.path); }), HasSubstr("expected pictures"));
  write_file(images, whole);
  write_file(table, std::string("\0\0\x08\x01", 4) + big_endian(2) + std::string("\1\0", 2));
  EXPECT_THAT(error_of([&] { open_dataset(folder.path); }), HasSubstr("3 inputs and 2 labels"));
  fs::remove(table);
  EXPECT_THAT(error_of([&] { open_dataset(folder.path); }), HasSubstr("has no labels beside it"));
}

TEST(Idx, ATornPackedFileIsAnError) {
  const Folder folder;
  write_idx(folder.path, "train");
  ASSERT_EQ(std::system(("gzip " + folder.path.string() + "/train-images*").c_str()), 0);
  const fs::path packed = folder.path / "train-images-idx3-ubyte.gz";
  write_file(packed, read_file(packed, 1000).substr(0, 40));
  EXPECT_THAT(error_of([&] { open_dataset(folder.path); }), HasSubstr("gzip stream"));
}

TEST(Cifar, RecordsAreALabelAndThreePlanes) {
  const Folder folder;
  std::string bytes;
  for (const char label : {3, 0})
    bytes += label + std::string(1024, 10) + std::string(1024, 20) + std::string(1024, 30);
  write_file(folder.path / "data_batch_1.bin", bytes);
  write_file(folder.path / "test_batch.bin", bytes.substr(0, 3073));
  const Dataset data = open_dataset(folder.path, Part::train);
  EXPECT_THAT(labels(data), ElementsAre(3, 0));
  EXPECT_EQ(data.read(1, 0)[2].sum().item<int64_t>(), 30 * 1024);
  EXPECT_EQ(open_dataset(folder.path, Part::test).size(), 1);
  EXPECT_EQ(open_dataset(folder.path).size(), 3);
  write_file(folder.path / "data_batch_2.bin", "torn");
  EXPECT_THAT(error_of([&] { open_dataset(folder.path); }), HasSubstr("data_batch_2.bin' has 4 bytes"));
}

TEST(Folders, AreClassesAndMayHoldFolders) {
  const Folder folder;
  fs::create_directories(folder.path / "b" / "deep");
  fs::create_directories(folder.path / "a");
  write_png(folder.path / "b" / "deep" / "one.png", picture(7));
  write_npy(folder.path / "a" / "two.npy", at::full({3, 4, 5}, .5));
  write_file(folder.path / "a" / "._two.npy", "what some file systems leave beside it");
  const Dataset data = open_dataset(folder.path);
  EXPECT_THAT(data.classes, ElementsAre("a", "b"));
  EXPECT_THAT(labels(data), ElementsAre(0, 1));
  EXPECT_EQ(data.read(0, 0).scalar_type(), at::kFloat);
  EXPECT_TRUE(data.read(1, 0).equal(picture(7)));
}

TEST(Folders, ABrokenFileIsNamedWhenItIsRead) {
  const Folder folder;
  for (const char* name : {"a", "b"}) {
    fs::create_directories(folder.path / name);
    write_png(folder.path / name / "good.png", picture(7));
  }
  write_file(folder.path / "b" / "torn.png", read_file(folder.path / "b" / "good.png", 10000).substr(0, 50));
  const Dataset data = open_dataset(folder.path);
  EXPECT_THAT(error_of([&] { data.read(2, 0); }), HasSubstr("b/torn.png"));
}

TEST(Folders, TrainAndTestArePartsOfOneDataSet) {
  const Folder folder;
  for (const char* name : {"train/a", "train/b", "test/a", "test/b"}) {
    fs::create_directories(folder.path / name);
    write_png(folder.path / name / "one.png", picture(1));
  }
  write_png(folder.path / "test" / "a" / "two.png", picture(2));
  EXPECT_EQ(open_dataset(folder.path, Part::train).size(), 2);
  EXPECT_EQ(open_dataset(folder.path, Part::test).size(), 3);
  const Dataset all = open_dataset(folder.path);
  EXPECT_THAT(all.classes, ElementsAre("a", "b"));
  EXPECT_THAT(labels(all), ElementsAre(0, 1, 0, 0, 1));
  EXPECT_TRUE(all.read(3, 0).equal(picture(2)));
}

TEST(Folders, ClassesMayBeCalledTrainAndTest) {
  const Folder folder;
  for (const char* name : {"train", "test", "bus"}) {
    fs::create_directories(folder.path / name);
    write_png(folder.path / name / "one.png", picture(1));
  }
  EXPECT_THAT(open_dataset(folder.path).classes, ElementsAre("bus", "test", "train"));
}

TEST(Manifest, HasFoldsAndGroupsAndQuotedCells) {
  const Folder folder;
  fs::create_directories(folder.path / "x, y");
  write_png(folder.path / "x, y" / "1.png", picture(1));
  write_png(folder.path / "2.png", picture(2));
  write_file(
      folder.path / "manifest.csv",
      "\xEF\xBB\xBFpath,exam_id,label,fold\r\n\"x, y/1.png\",e7,10,0\r\n2.png,\"e\"\"8\",9,1\r\n2.png,e9,10,1\n");
  const Dataset data = open_dataset(folder.path);
  EXPECT_THAT(data.classes, ElementsAre("9", "10"));  // numbers by value
  EXPECT_THAT(labels(data), ElementsAre(1, 0, 1));
  EXPECT_EQ(data[1].group, "e\"8");
  EXPECT_EQ(data[2].fold, 1);
  EXPECT_TRUE(data.read(0, 0).equal(picture(1)));
}

TEST(Manifest, TellsTheRowThatIsWrong) {
  const Folder folder;
  const fs::path file = folder.path / "manifest.csv";
  const auto error_with = [&](const std::string& text) {
    write_file(file, text);
    return error_of([&] { open_dataset(file); });
  };
  EXPECT_THAT(error_with("name,label\na,b\n"), HasSubstr("expected path and label"));
  EXPECT_THAT(error_with("path,label\na.png,1\nb.png\n"), HasSubstr("row 2 has 1 cells"));
  EXPECT_THAT(error_with("path,label\na.png,1\nb.png,\n"), HasSubstr("row 2 has no label"));
  EXPECT_THAT(error_with("path,label,fold\na.png,1,x\n"), HasSubstr("row 1: the fold is 'x'"));
  EXPECT_THAT(error_with("path,label\n\"a.png,1\n"), HasSubstr("inside a quoted cell"));
  EXPECT_THAT(error_with("path,label\n"), HasSubstr("has no examples"));
}

TEST(NpyPair, TakesArraysAsTheyAre) {
  const Folder folder;
  write_npy(folder.path / "images.npy", at::arange(24, at::kFloat).view({2, 3, 4}));
  write_npy(folder.path / "labels.npy", at::tensor({1, 0}, at::kLong));
  write_file(folder.path / "classes.txt", "low\nhigh\n");
  const Dataset data = open_dataset(folder.path);
  EXPECT_THAT(data.classes, ElementsAre("low", "high"));
  EXPECT_TRUE(data.read(1, 0).equal(at::arange(12, 24, at::kFloat).view({1, 3, 4})));
  write_npy(folder.path / "labels.npy", at::tensor({1, 5}, at::kLong));
  EXPECT_THAT(error_of([&] { open_dataset(folder.path); }), HasSubstr("input 1 has label 5"));
  write_npy(folder.path / "images.npy", at::full({2, 3, 4}, NAN));
  EXPECT_THAT(error_of([&] { open_dataset(folder.path); }), HasSubstr("NaN or infinite"));
}

TEST(NpyPair, AllAreBothParts) {
  const Folder folder;
  for (const std::string part : {"train", "test"}) {
    write_npy(folder.path / (part + "_images.npy"), at::full({2, 3, 4}, part == "test" ? 1 : 0, at::kFloat));
    write_npy(folder.path / (part + "_labels.npy"), at::tensor({0, 1}, at::kLong));
  }
  const Dataset data = open_dataset(folder.path);
  EXPECT_THAT(labels(data), ElementsAre(0, 1, 0, 1));
  EXPECT_TRUE(data.read(2, 0).equal(at::ones({1, 3, 4})));
  EXPECT_EQ(open_dataset(folder.path, Part::test).size(), 2);
}

TEST(OpenDataset, SaysWhatItCanReadWhereItRecognisesNothing) {
  const Folder folder;
  EXPECT_THAT(error_of([&] { open_dataset(folder.path / "none"); }), HasSubstr("no such file or folder"));
  EXPECT_THAT(error_of([&] { open_dataset(folder.path); }), HasSubstr("expected one of: *-images-idx3-ubyte"));
}

}  // namespace
}  // namespace limpid::testing
