// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text files read line by line, however long they are, with errors that name the line.

#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

#include "limpid/core/error.h"
#include "limpid/crystal/formats.h"

namespace limpid {

/// At most 40 characters of a word, without those that a terminal would not print, in quotation marks.
std::string shown(std::string_view word);

/// The lines of a file, one after the other.
class Lines {
 public:
  /// Throws for what is no regular file, empty or larger than the limit.
  Lines(const std::filesystem::path& path, const StructureLimits& limits);

  /// The next line without its end, valid until the one after it; false where there is none.
  bool next(std::string_view& line);

  /// The same; throws where there is none, with `what` it should have been.
  std::string_view expect(std::string_view what);

  /// Whether only white space is left; moves past it.
  bool at_end();

  const std::filesystem::path& path() const { return path_; }
  int64_t number() const { return number_; }  // of the last line, from 1

  /// "'file', line 12": of the last line.
  std::string place() const { return "'" + path_.string() + "', line " + std::to_string(number_); }

  /// Throws with that place.
  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    limpid::fail(place(), ": ", parts...);
  }

 private:
  bool fill();

  std::filesystem::path path_;
  std::ifstream file_;
  std::string buffer_;
  size_t begin_ = 0, end_ = 0;  // what is read and not yet handed over
  int64_t number_ = 0;
};

/// The words of a line, separated by white space.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  /// Empty after the last.
  std::string_view next();

  /// Without white space at both ends.
  std::string_view rest() const;

 private:
  std::string_view rest_;
};

/// All of them.
std::vector<std::string_view> words_of(std::string_view line);

/// 1.5, +1.5, 1.5e-3, 1.5d-3; none for anything else, and for numbers that are not finite.
std::optional<double> number_of(std::string_view word);

/// A whole number.
std::optional<int64_t> integer_of(std::string_view word);

/// The next word as a number; throws with `what` it should have been.
double expect_number(const Lines& lines, Words& words, std::string_view what);

/// The next three words as numbers.
Eigen::Vector3d expect_vector(const Lines& lines, Words& words, std::string_view what);

/// The atomic number of "Fe", "FE", "26", "Fe1", "Fe_pv" or "Fe2+", and 1 of "D" and "T"; 0 where the letters that it
/// begins with are no symbol.
int species_of(std::string_view word);

/// The same; throws instead of 0.
int expect_species(const Lines& lines, std::string_view word);

}  // namespace limpid
