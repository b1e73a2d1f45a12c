// SPDX-License-Identifier: Apache-2.0
#include "data/npy_header.h"

#include <charconv>

#include "limpid/core/error.h"
#include "limpid/data/npy.h"

namespace limpid {
namespace {

constexpr size_t most_dimensions = 32;  // NumPy's own

/// Reads a header's text from left to right.
class Scanner {
 public:
  Scanner(std::string_view text, const std::string& name) : rest_(text), name_(name) {}

  bool take(std::string_view token) {
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_[0]) != std::string_view::npos) {
      rest_.remove_prefix(1);
    }
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  void expect(std::string_view token) {
    if (!take(token)) wrong(detail::joined("'", token, "'"));
  }

  std::string quoted() {
    const std::string_view quote = take("'") ? "'" : "\"";
    if (quote == "\"") expect(quote);
    const size_t end = rest_.find(quote);
    const std::string word(rest_.substr(0, end));
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (end > 32 || !std::all_of(word.begin(), word.end(), printable)) wrong("a quoted word");
    rest_.remove_prefix(end + 1);
    return word;
  }

  bool boolean() {
    if (take("True")) return true;
    if (!take("False")) wrong("True or False");
    return false;
  }

  Shape tuple() {
    Shape shape;
    expect("(");
    while (!take(")")) {
      shape.push_back(integer());
      if (shape.size() > most_dimensions) wrong("at most 32 dimensions");
      if (take(",")) continue;
      if (shape.size() == 1) wrong("',' after the only dimension");
      expect(")");
      break;
    }
    return shape;
  }

  bool at_end() { return take("") && rest_.empty(); }

  [[noreturn]] void wrong(std::string_view expected) const {
    std::string near(rest_.substr(0, 16));
    for (char& c : near) c = c >= ' ' && c <= '~' ? c : '?';
    fail("'", name_, "' has a malformed .npy header: expected ", expected, " at '", near, "'");
  }

 private:
  int64_t integer() {
    take("");
    int64_t value = -1;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc() || value < 0) wrong("a size from 0 to 2^63 - 1");
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    take("L");  // as Python 2 wrote sizes
    return value;
  }

  std::string_view rest_;
  const std::string& name_;
};

void parse_dictionary(Scanner& scan, NpyHeader& header) {
  std::map<std::string, int> seen;
  scan.expect("{");
  while (!scan.take("}")) {
    const std::string key = scan.quoted();
    scan.expect(":");
    if (key == "descr")
      header.descr = scan.quoted();
    else if (key == "fortran_order")
      header.fortran_order = scan.boolean();
    else if (key == "shape")
      header.shape = scan.tuple();
    else
      scan.wrong("one of the keys descr, fortran_order and shape, not '" + key + "',");
    if (seen[key]++ > 0) scan.wrong("'" + key + "' only once");
    if (scan.take(",")) continue;
    scan.expect("}");
    break;
  }
  if (!scan.at_end()) scan.wrong("nothing after the dictionary");
  if (seen.size() != 3) scan.wrong("the keys descr, fortran_order and shape");
}

size_t little_endian(std::string_view bytes) {
  size_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

NpyHeader parse_npy_header(std::string_view bytes, const std::string& name) {
  if (!looks_like_npy(bytes)) fail("'", name, "' is not a .npy array: it does not begin with \\x93NUMPY");
  if (bytes.size() < 8) fail("'", name, "' is truncated in its .npy header");
  const int major = static_cast<unsigned char>(bytes[6]), minor = static_cast<unsigned char>(bytes[7]);
  if (major < 1 || major > 3 || minor != 0) {
    fail("'", name, "' has .npy version ", major, ".", minor, "; versions 1.0, 2.0 and 3.0 can be read");
  }
  const size_t prefix = major == 1 ? 10 : 12;
  if (bytes.size() < prefix) fail("'", name, "' is truncated in its .npy header");
  const size_t length = little_endian(bytes.substr(8, prefix - 8));
  if (length > bytes.size() - prefix) fail("'", name, "' is truncated in its .npy header");
  NpyHeader header;
  Scanner scan(bytes.substr(prefix, length), name);
  parse_dictionary(scan, header);
  header.size = prefix + length;
  return header;
}

std::string npy_header_bytes(const std::string& descr, at::IntArrayRef shape) {
  std::string text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (";
  for (const int64_t size : shape) text += std::to_string(size) + (shape.size() == 1 ? "," : ", ");
  if (shape.size() > 1) text.resize(text.size() - 2);
  text += "), }";
  text.append(63 - (10 + text.size()) % 64, ' ');
  text += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(text.size() & 255);
  bytes += static_cast<char>(text.size() >> 8);
  return bytes + text;
}

}  // namespace limpid
