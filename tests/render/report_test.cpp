// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/report.h"

#include <zlib.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "limpid/core/error.h"
#include "render/counting.h"
#include "render/deflate.h"
#include "render/payload.h"
#include "render/report_samples.h"

namespace limpid {
namespace {

using Json = nlohmann::json;
using limpid::testing::count;

std::string decoded(const std::string& text) {
  std::string bytes;
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    group = group << 6 | static_cast<uint32_t>(digits.find(c));
    if ((bits += 6) >= 8) bytes += static_cast<char>(group >> (bits -= 8) & 255);
  }
  return bytes;
}

std::string inflated(const std::string& packed, size_t size) {
  std::string bytes(size, '\0');
  uLongf length = size;
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(bytes.data()), &length, reinterpret_cast<const Bytef*>(packed.data()),
                       packed.size()),
            Z_OK);
  EXPECT_EQ(length, size);
  return bytes;
}

/// What stands between `open` and the next "</script>", the n-th time.
std::string script(const std::string& html, const std::string& open, size_t n = 0) {
  size_t place = html.find(open);
  for (size_t i = 0; i < n && place != std::string::npos; ++i) place = html.find(open, place + 1);
  if (place == std::string::npos) return {};
  place += open.size();
  return html.substr(place, html.find("</script>", place) - place);
}

Json about(const std::string& section) { return Json::parse(script(section, "class=\"about\">")); }
std::string data(const std::string& section, const Json& n) {
  return decoded(script(section, "class=\"data\">", n.get<size_t>()));
}

/// The part of the limit that a byte of a signed map stands for.
double expanded(char byte) {
  const double root = (static_cast<uint8_t>(byte) - 128) / 127.0;
  return std::copysign(root * root, root);
}

/// The part of the limit that the i-th half float stands for, by IEEE 754's definition.
double half(const std::string& bytes, size_t i) {
  const int high = static_cast<uint8_t>(bytes[bytes.size() / 2 + i]), low = static_cast<uint8_t>(bytes[i]);
  const int exponent = high >> 2 & 31, fraction = (high & 3) << 8 | low;
  const double size = exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24);
  return (high & 128 ? -size : size) / 32768;
}

TEST(Payload, HalvesKeepThreeDigitsOfEveryValueAndSign) {
  const Tensor values = at::logspace(-7, 0, 200, 10., at::kDouble) * 24400;
  for (const double sign : {1., -1.}) {
    const std::string bytes = halved(values * sign, 24400);
    for (size_t i = 0; i < 200; ++i) {
      const double right = values[static_cast<int64_t>(i)].item<double>() * sign;
      EXPECT_NEAR(half(bytes, i) * 24400, right, std::abs(right) / 2047);
    }
  }
  EXPECT_EQ(halved(at::zeros({2}), 0), std::string(4, '\0'));
}

TEST(Payload, DeflatedBytesComeBack) {
  std::string bytes(10000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i >> 3);
  EXPECT_EQ(inflated(deflated(bytes), bytes.size()), bytes);
}

TEST(Payload, QuantisingKeepsZeroAndBothEnds) {
  const Tensor values = at::tensor({-2.0f, -1.0f, 0.0f, 1.0f, 2.0f});
  const auto numbers = [](const std::string& bytes) {
    return std::vector<int>{reinterpret_cast<const uint8_t*>(bytes.data()),
                            reinterpret_cast<const uint8_t*>(bytes.data()) + bytes.size()};
  };
  EXPECT_EQ(numbers(quantised(values, 2, true)), (std::vector<int>{1, 38, 128, 218, 255}));
  EXPECT_EQ(numbers(quantised(values, 2, false)), (std::vector<int>{0, 0, 0, 180, 255}));
  EXPECT_EQ(numbers(quantised(values, 0, true)), (std::vector<int>{128, 128, 128, 128, 128}));
}

TEST(Report, HostileNamesStayText) {
  const std::string evil =
      "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\"'{{script}}{{facts}}{{title}}";
  ReportInput input = sample_input(evil);
  input.predictions[0].label = input.maps[0].method = input.maps[0].target = input.error = evil;
  input.notes = {{evil, evil}};
  input.maps[4].clear->labels.assign(input.maps[4].clear->labels.size(), evil);
  ReportFacts facts = sample_facts();
  facts.subtitle = evil;
  facts.model = facts.preprocessing = {{evil, evil}};
  const std::string page = report_page(evil, facts, {input}),
                    harmless = report_page("t", sample_facts(), {sample_input("i")});
  EXPECT_EQ(count(page, "<script"), count(harmless, "<script"));
  EXPECT_EQ(count(page, "</script>"), count(harmless, "</script>"));
  EXPECT_EQ(count(page, "<img"), count(harmless, "<img"));
  EXPECT_EQ(count(page, "onerror=alert"),
            2u + count(page, "u003cimg src=x onerror=alert"));  // in the title and heading
  EXPECT_EQ(count(page, "&lt;img src=x onerror=alert(2)&gt;"), 2u);
  EXPECT_EQ(about(report_section(input))["name"], evil);
  EXPECT_EQ(Json::parse(script(page, "id=\"about\">"))["subtitle"], evil);
}

TEST(Report, BrokenUtf8DoesNotStopThePage) {
  EXPECT_EQ(about(report_section(sample_input("a\xFFz")))["name"], "a\uFFFDz");
}

TEST(Report, NothingIsLoadedFromElsewhere) {
  const std::string page = report_page("t", sample_facts(), {sample_input("i")});
  for (const char* trace :
       {"http://", "https://", "<link", "@import", " url(", "src=\"", "fetch(", "XMLHttpRequest", "{{"})
    EXPECT_EQ(page.find(trace), std::string::npos) << trace;
}

TEST(Report, AMapIsKeptWithItsLimit) {
  ReportInput input = sample_input("i");
  const std::string section = report_section(input);
  const Json map = about(section)["maps"][0];
  const Tensor values = input.maps[0].values;
  EXPECT_EQ(map["group"], map["method"]);
  EXPECT_FLOAT_EQ(map["values"]["limit"].get<float>(), values.abs().max().item<float>());
  const std::string bytes = inflated(data(section, map["values"]["data"]), static_cast<size_t>(values.numel()));
  for (size_t i = 0; i < bytes.size(); ++i) {
    const double value = expanded(bytes[i]) * map["values"]["limit"].get<double>();
    EXPECT_NEAR(value, values.flatten()[static_cast<int64_t>(i)].item<float>(),
                map["values"]["limit"].get<double>() * 0.008);
  }
}

TEST(Report, TheStrongestClassesOfEachPixelAreKept) {
  const ReportInput input = sample_input("i");
  const ReportClear& clear = *input.maps[4].clear;
  const std::string section = report_section(input);
  const Json hover = about(section)["maps"][4]["clear"]["hover"];
  const auto size = static_cast<size_t>(clear.top_classes.numel());
  const std::string places = inflated(data(section, hover["places"]), 2 * size),
                    values = inflated(data(section, hover["values"]), size - 64);
  for (size_t i = 0; i < size; ++i) {
    const size_t place = static_cast<uint8_t>(places[i]) | static_cast<size_t>(static_cast<uint8_t>(places[size + i]))
                                                               << 8;
    const int64_t expected = clear.top_classes.flatten()[static_cast<int64_t>(i)].item<int64_t>();
    EXPECT_EQ(hover["classes"][place], expected);
    EXPECT_EQ(hover["labels"][place], clear.labels[static_cast<size_t>(expected)]);
    if (i < 64) continue;  // of the strongest class the response is the level
    const double value = expanded(values[i - 64]) * hover["limit"].get<double>();
    EXPECT_NEAR(value, clear.top_values.flatten()[static_cast<int64_t>(i)].item<float>(),
                hover["limit"].get<double>() * 0.008);
  }
}

TEST(Report, LevelsAreKeptWithThreeDigitsBelowZeroToo) {
  ReportInput input = sample_input("i");
  ReportClear& clear = *input.maps[4].clear;
  clear.map.level = at::linspace(-24400, 1000, 64).view({8, 8});
  const std::string section = report_section(input);
  const Json shown = about(section)["maps"][4]["clear"];
  const std::string bytes = inflated(data(section, shown["level"]), 128);
  for (size_t i = 0; i < 64; ++i) {
    const double right = clear.map.level.flatten()[static_cast<int64_t>(i)].item<float>();
    EXPECT_NEAR(half(bytes, i) * shown["unit"].get<double>(), right, std::abs(right) / 2047);
  }
}

TEST(Report, ResponsesOfTheStrongestClassesMustBeOfTheMapsPixels) {
  ReportInput input = sample_input("i");
  ReportClear& clear = *input.maps[4].clear;
  clear.top_classes = clear.top_classes.narrow(2, 0, 4);
  clear.top_values = clear.top_values.narrow(2, 0, 4);
  EXPECT_THROW(report_section(input), Error);
}

TEST(Report, LargeMapsKeepTheirClassesAtMost512PixelsWide) {
  ReportInput input = sample_input("i");
  ReportClear& clear = *input.maps[4].clear;
  clear.map = {at::zeros({1100, 700}, at::kInt), at::ones({1100, 700})};
  clear.top_classes = at::arange(1100 * 700).remainder(900).view({1, 1100, 700});
  clear.top_values = at::ones({1, 1100, 700});
  clear.labels = std::vector<std::string>(900, "x");
  const std::string section = report_section(input);
  const Json hover = about(section)["maps"][4]["clear"]["hover"];
  EXPECT_EQ(hover["step"], 3);
  EXPECT_EQ(hover["height"], 367);
  EXPECT_EQ(hover["width"], 233);
  const std::string places = inflated(data(section, hover["places"]), 2 * 367 * 233);
  const size_t at = 5 * 233 + 7;  // pixel (3·7 + 1, 3·5 + 1)
  const size_t place =
      static_cast<uint8_t>(places[at]) | static_cast<size_t>(static_cast<uint8_t>(places[367 * 233 + at])) << 8;
  EXPECT_EQ(hover["classes"][place], (16 * 700 + 22) % 900);
}

TEST(Report, ClassesMayBeGradesButForAndAgainstMayNot) {
  ReportInput input = sample_input("i");
  const auto grade = [&input] { return about(report_section(input))["maps"][4]["clear"]["classes"][0]["grade"]; };
  EXPECT_EQ(grade(), "#ff0000");  // cat, the last of three
  input.maps[4].clear->labels = {"ant", "all others"};
  EXPECT_TRUE(grade().is_null());
}

TEST(Report, SectionsOneByOneMakeTheSamePage) {
  const ReportInput a = sample_input("a"), b = sample_input("b");
  EXPECT_EQ(report_begin("t") + report_section(a) + report_section(b) + report_end(sample_facts()),
            report_page("t", sample_facts(), {a, b}));
}

TEST(Report, AnInputThatCouldNotBeReadIsListedWithItsError) {
  ReportInput input;
  input.name = "broken.png";
  input.error = "the file ends early";
  EXPECT_EQ(about(report_section(input))["error"], "the file ends early");
}

TEST(Report, MapsWithNanAreRefused) {
  ReportInput input = sample_input("i");
  input.maps[0].values = at::full({4, 4}, NAN);
  EXPECT_THROW(report_section(input), Error);
}

}  // namespace
}  // namespace limpid
