// SPDX-License-Identifier: Apache-2.0
#include "crystal/formats/text.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "crystal/elements.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

constexpr size_t kPiece = size_t{1} << 16;        // read at once
constexpr size_t kLongestLine = size_t{1} << 20;  // bytes
constexpr size_t kShown = 40;                     // characters of a word in an error

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

template <class Number>
std::optional<Number> parsed(std::string_view word) {
  if (word.starts_with('+') && word.size() > 1 && word[1] != '-') word.remove_prefix(1);
  Number value{};
  const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (status != std::errc() || end != word.data() + word.size()) return {};
  return value;
}

}  // namespace

std::string shown(std::string_view word) {
  std::string text;
  for (const char c : word.substr(0, kShown)) text += static_cast<unsigned char>(c) < ' ' || c == 127 ? '?' : c;
  return "'" + text + (word.size() > kShown ? "…'" : "'");
}

Lines::Lines(const fs::path& path, const StructureLimits& limits) : path_(path), file_(path, std::ios::binary) {
  std::error_code status;
  if (!fs::exists(path, status)) limpid::fail("there is no file '", path.string(), "'");
  if (!fs::is_regular_file(path, status)) limpid::fail("'", path.string(), "' is not a regular file");
  const uint64_t size = fs::file_size(path, status);
  if (status || !file_) limpid::fail("'", path.string(), "' cannot be read");
  if (size == 0) limpid::fail("'", path.string(), "' is empty");
  if (size > limits.bytes)
    limpid::fail("'", path.string(), "' has ", size, " bytes; the limit structure-bytes is ", limits.bytes);
  if (fill() && std::string_view(buffer_).substr(0, 3) == "\xEF\xBB\xBF") begin_ = 3;  // the mark of UTF-8
}

bool Lines::fill() {
  buffer_.erase(0, begin_);
  end_ -= begin_;
  begin_ = 0;
  buffer_.resize(end_ + kPiece);
  file_.read(buffer_.data() + end_, kPiece);
  const auto read = static_cast<size_t>(file_.gcount());
  end_ += read;
  return read > 0;
}

bool Lines::next(std::string_view& line) {
  size_t looked = begin_;
  while (true) {
    const void* const found = std::memchr(buffer_.data() + looked, '\n', end_ - looked);
    if (found || !file_) {
      const size_t stop = found ? static_cast<size_t>(static_cast<const char*>(found) - buffer_.data()) : end_;
      if (!found && begin_ == end_) return false;
      line = std::string_view(buffer_).substr(begin_, stop - begin_);
      begin_ = std::min(end_, stop + 1);
      ++number_;
      return true;
    }
    if (end_ - begin_ > kLongestLine) {
      ++number_;
      fail("more than ", kLongestLine, " bytes without an end of line; expected text");
    }
    const size_t read = end_ - begin_;
    fill();
    looked = begin_ + read;
  }
}

std::string_view Lines::expect(std::string_view what) {
  std::string_view line;
  if (!next(line)) fail("the file ends; expected ", what);
  return line;
}

bool Lines::at_end() {
  while (true) {
    for (size_t i = begin_; i < end_; ++i) {
      if (!is_space(buffer_[i])) return false;
      if (buffer_[i] != '\n') continue;
      begin_ = i + 1;
      ++number_;
    }
    if (!file_) return true;
    if (end_ - begin_ > kLongestLine) return false;  // what next() will complain of
    fill();
  }
}

std::string_view Words::next() {
  size_t begin = 0;
  while (begin < rest_.size() && is_space(rest_[begin])) ++begin;
  size_t end = begin;
  while (end < rest_.size() && !is_space(rest_[end])) ++end;
  const std::string_view word = rest_.substr(begin, end - begin);
  rest_.remove_prefix(end);
  return word;
}

std::string_view Words::rest() const {
  std::string_view text = rest_;
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> all;
  Words words(line);
  for (std::string_view word = words.next(); !word.empty(); word = words.next()) all.push_back(word);
  return all;
}

std::optional<double> number_of(std::string_view word) {
  std::optional<double> value = parsed<double>(word);
  if (!value && word.size() < kShown && word.find_first_of("dD") != std::string_view::npos) {  // Fortran's exponent
    std::string text(word);
    text[word.find_first_of("dD")] = 'e';
    value = parsed<double>(text);
  }
  if (value && !std::isfinite(*value)) return {};
  return value;
}

std::optional<int64_t> integer_of(std::string_view word) { return parsed<int64_t>(word); }

double expect_number(const Lines& lines, Words& words, std::string_view what) {
  const std::string_view word = words.next();
  if (word.empty()) lines.fail("a number is missing; expected ", what);
  const std::optional<double> value = number_of(word);
  if (!value) lines.fail(shown(word), " is not a finite number; expected ", what);
  return *value;
}

Eigen::Vector3d expect_vector(const Lines& lines, Words& words, std::string_view what) {
  Eigen::Vector3d vector;
  for (double& part : vector) part = expect_number(lines, words, what);
  return vector;
}

int species_of(std::string_view word) {
  if (const std::optional<int64_t> number = integer_of(word))
    return *number >= 1 && *number <= 118 ? static_cast<int>(*number) : 0;
  size_t letters = 0;
  while (letters < word.size() && is_letter(word[letters])) ++letters;
  std::string symbol(word.substr(0, letters));
  for (size_t i = 0; i < letters; ++i) symbol[i] = i == 0 ? upper(symbol[i]) : lower(symbol[i]);
  return symbol == "D" || symbol == "T" ? 1 : atomic_number_or_none(symbol);
}

int expect_species(const Lines& lines, std::string_view word) {
  if (word.empty()) lines.fail("a species is missing; expected a chemical symbol");
  const int number = species_of(word);
  if (number == 0) lines.fail(shown(word), " is no element; expected a chemical symbol from H to Og");
  return number;
}

}  // namespace limpid
