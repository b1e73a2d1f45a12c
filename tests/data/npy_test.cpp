// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/npy.h"

#include "support/files.h"

namespace limpid {
namespace {
using namespace std::string_literals;
using limpid::testing::error_of;
using ::testing::HasSubstr;

Tensor numpy_values() { return at::arange(24, at::kDouble).view({2, 3, 4}) - 5; }

std::string file_with(const std::string& header, const std::string& data, char version = 1) {
  const std::string length{static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
  return "\x93NUMPY"s + version + '\0' + length + (version == 1 ? ""s : "\0\0"s) + header + data;
}

std::string npy_error(const std::string& header, const std::string& data = "") {
  return error_of([&] { decode_npy(file_with(header, data), "x.npy"); });
}

TEST(Npy, EveryTypeAndByteOrderThatNumpyWritesIsRead) {
  const std::pair<const char*, at::ScalarType> types[] = {{"f2", at::kHalf},  {"f4", at::kFloat}, {"f8", at::kDouble},
                                                          {"i2", at::kShort}, {"i4", at::kInt},   {"i8", at::kLong}};
  for (const auto& [code, type] : types) {
    for (const std::string order : {"", "-big"}) {
      const Tensor read = read_npy(limpid::testing::corpus / "npy" / (code + order + ".npy"));
      EXPECT_EQ(read.scalar_type(), type) << code;
      EXPECT_TRUE(at::equal(read.to(at::kDouble), numpy_values())) << code << order;
    }
  }
}

TEST(Npy, BytesAndBoolsAreRead) {
  EXPECT_TRUE(at::equal(read_npy(limpid::testing::corpus / "npy/i1.npy"), numpy_values().to(at::kChar)));
  EXPECT_TRUE(at::equal(read_npy(limpid::testing::corpus / "npy/u1.npy"), (numpy_values() + 5).to(at::kByte)));
  EXPECT_TRUE(at::equal(read_npy(limpid::testing::corpus / "npy/b1.npy"), numpy_values() > 3));
}

TEST(Npy, ABoolOtherThanOneIsTrue) {
  const Tensor read =
      decode_npy(file_with("{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}", "\x00\x07\x01"s), "x");
  EXPECT_TRUE(at::equal(read, at::tensor({0, 1, 1}, at::kInt).to(at::kBool)));
}

TEST(Npy, EveryVersionAndFortranOrderGiveTheSameArray) {
  for (const char* name : {"version2.npy", "version3.npy", "fortran.npy"}) {
    const Tensor read = read_npy(limpid::testing::corpus / "npy" / name);
    EXPECT_TRUE(at::equal(read, numpy_values().to(at::kFloat))) << name;
    EXPECT_TRUE(read.is_contiguous()) << name;
  }
}

TEST(Npy, ScalarsVectorsAndEmptyArraysAreRead) {
  EXPECT_TRUE(at::equal(read_npy(limpid::testing::corpus / "npy/scalar.npy"), at::full({}, 7.f)));
  EXPECT_TRUE(at::equal(read_npy(limpid::testing::corpus / "npy/vector.npy"), at::arange(5, at::kFloat)));
  EXPECT_EQ(shape_text(read_npy(limpid::testing::corpus / "npy/none.npy").sizes()), "0x3");
}

TEST(Npy, WrittenBytesAreNumpysOwn) {
  const auto read = [](const char* name) { return read_file(limpid::testing::corpus / "npy" / name, 1 << 20); };
  EXPECT_EQ(npy_bytes(numpy_values().to(at::kFloat)), read("f4.npy"));
  EXPECT_EQ(npy_bytes(numpy_values()), read("f8.npy"));
  EXPECT_EQ(npy_bytes(numpy_values().to(at::kInt)), read("i4.npy"));
  EXPECT_EQ(npy_bytes(numpy_values().to(at::kLong)), read("i8.npy"));
  EXPECT_EQ(npy_bytes((numpy_values() + 5).to(at::kByte)), read("u1.npy"));
  EXPECT_EQ(npy_bytes(at::full({}, 7.f)), read("scalar.npy"));
  EXPECT_EQ(npy_bytes(at::arange(5, at::kFloat)), read("vector.npy"));
  EXPECT_EQ(npy_bytes(at::zeros({0, 3})), read("none.npy"));
}

TEST(Npy, TheLogicalOrderIsWrittenWhateverTheMemoryFormat) {
  const Tensor values = at::arange(120, at::kFloat).view({2, 3, 4, 5});
  const std::string expected = npy_bytes(values);
  EXPECT_EQ(npy_bytes(values.contiguous(at::MemoryFormat::ChannelsLast)), expected);
  EXPECT_EQ(npy_bytes(values.transpose(1, 3).contiguous().transpose(1, 3)), expected);
}

TEST(Npy, AFileComesBackAsItWasWritten) {
  const limpid::testing::Folder folder;
  const Tensor values = normal_noise({3, 5, 7}, 1);
  write_npy(folder.path / "a.npy", values);
  EXPECT_TRUE(at::equal(read_npy(folder.path / "a.npy"), values));
}

TEST(Npy, ATypeThatIsNotWrittenIsNamed) {
  EXPECT_THAT(error_of([] { npy_bytes(at::zeros({2}, at::kShort)); }), HasSubstr("type Short cannot be written"));
}

TEST(Npy, EveryTruncationIsAnErrorThatNamesTheFile) {
  const std::string whole = read_file(limpid::testing::corpus / "npy/f4.npy", 1 << 20);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(error_of([&] { decode_npy(std::string_view(whole).substr(0, size), "cut.npy"); }),
                HasSubstr("'cut.npy'"));
  }
  EXPECT_EQ(error_of([&] { decode_npy(std::string_view(whole).substr(0, whole.size() - 1), "cut.npy"); }),
            "'cut.npy' has 95 bytes of data where its shape 2x3x4 of f4 needs 96: it is truncated");
}

TEST(Npy, TrailingBytesAreAnError) {
  const std::string whole = read_file(limpid::testing::corpus / "npy/f4.npy", 1 << 20);
  EXPECT_THAT(error_of([&] { decode_npy(whole + "x", "long.npy"); }), HasSubstr("something follows the array"));
}

TEST(Npy, AFileOverTheLimitIsNotRead) {
  EXPECT_THAT(error_of([] { read_npy(limpid::testing::corpus / "npy/f4.npy", 100); }), HasSubstr("the limit is 100"));
}

TEST(Npy, OtherTypesAndVersionsAreNamed) {
  EXPECT_THAT(npy_error("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", "12345678"),
              HasSubstr("type '<c8'"));
  EXPECT_THAT(npy_error("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"), HasSubstr("type '|O'"));
  EXPECT_THAT(npy_error("{'descr': '|f4', 'fortran_order': False, 'shape': (1,)}"), HasSubstr("type '|f4'"));
  EXPECT_THAT(npy_error("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"), HasSubstr("malformed"));
  EXPECT_THAT(error_of([] { decode_npy(file_with("{}", "", 4), "x"); }), HasSubstr("version 4.0"));
  EXPECT_THAT(error_of([] { decode_npy("PK\x03\x04 an .npz", "x"); }), HasSubstr("is not a .npy array"));
}

TEST(Npy, ShapesThatOverflowAreErrors) {
  const auto with = [](const std::string& shape) {
    return npy_error("{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + "}");
  };
  EXPECT_THAT(with("(4611686018427387904, 4)"), HasSubstr("impossible shape"));
  EXPECT_THAT(with("(2305843009213693952,)"), HasSubstr("impossible shape"));
  EXPECT_THAT(with("(0, 4611686018427387904, 4)"), HasSubstr("impossible shape"));
  EXPECT_THAT(with("(0, 1152921504606846976, 1)"), HasSubstr("impossible shape"));  // 2^63 bytes, were it not empty
  EXPECT_THAT(with("(99999999999999999999,)"), HasSubstr("a size from 0 to 2^63 - 1"));
  EXPECT_THAT(with("(-1,)"), HasSubstr("a size from 0"));
  EXPECT_THAT(with("(1125899906842624,)"), HasSubstr("it is truncated"));
  std::string deep = "(";
  for (int i = 0; i < 33; ++i) deep += "1,";
  EXPECT_THAT(with(deep + ")"), HasSubstr("at most 32 dimensions"));
}

TEST(Npy, AHeaderIsTakenStrictly) {
  for (const char* header :
       {"", "{", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", "{'descr': '<f4', 'fortran_order': False, 'shape': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr: '<f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4\x01', 'fortran_order': False, 'shape': (1,)}", "{descr: '<f4', 'fortran_order': False}"}) {
    EXPECT_THAT(npy_error(header, "1234"), HasSubstr("malformed .npy header")) << header;
  }
}

TEST(Npy, AHeaderMayBeWrittenWithOtherSpacesAndQuotes) {
  const std::string header = "{\"shape\":( 1 , 2 ),\"fortran_order\":False ,\"descr\":\"<i2\" , }  \n";
  EXPECT_TRUE(at::equal(decode_npy(file_with(header, "\x01\x00\x00\x01"s), "x"),
                        at::tensor({1, 256}, at::kShort).view({1, 2})));
}

}  // namespace
}  // namespace limpid
