// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/inputs.h"

#include <fstream>
#include <iostream>
#include <set>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/csv.h"
#include "limpid/data/npy.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

void add_folder(const fs::path& folder, std::vector<fs::path>& files) {
  std::error_code status, ignored;
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, status))
    if (has_input_name(entry.path()) && !entry.is_directory(ignored)) found.push_back(entry.path());
  if (status) fail("the folder '", folder.string(), "' cannot be read: ", status.message());
  if (found.empty()) fail("the folder '", folder.string(), "' has no .png, .jpg, .jpeg or .npy file in it");
  std::sort(found.begin(), found.end());
  files.insert(files.end(), found.begin(), found.end());
}

void add(const fs::path& path, std::vector<fs::path>& files) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    add_folder(path, files);
  } else {
    files.push_back(path);
  }
}

void add_listed(std::istream& list, std::vector<fs::path>& files) {
  const size_t before = files.size();
  for (std::string line; std::getline(list, line);) {
    if (files.size() == before) line.erase(0, byte_order_mark(line));
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) add(line, files);
  }
  if (files.size() == before) fail("the list of inputs on standard input is empty; expected a path a line");
}

bool fits(at::IntArrayRef shape, const Shape& expected) {
  return std::equal(shape.begin(), shape.end(), expected.begin(), expected.end(),
                    [](int64_t size, int64_t wanted) { return wanted < 0 || size == wanted; });
}

std::string wanted_text(const Shape& expected) {
  std::string text;
  for (const int64_t size : expected) {
    if (!text.empty()) text += 'x';
    text += size < 0 ? "?" : std::to_string(size);
  }
  return text;
}

Tensor input_from_array(std::string_view bytes, const std::string& name, const Shape& expected) {
  const Tensor array = decode_npy(bytes, name).to(at::kFloat);
  const bool batched = array.dim() == static_cast<int64_t>(expected.size()) + 1;
  if (!fits(batched ? array.sizes().slice(1) : array.sizes(), expected) || array.numel() == 0) {
    fail("'", name, "' is an array of shape ", shape_text(array.sizes()), "; the network expects ",
         wanted_text(expected), " or Nx", wanted_text(expected));
  }
  require_finite(array, "'" + name + "'");
  return array;
}

Tensor input_from_image(std::string_view bytes, const std::string& name, const Preprocess& how, const Shape& expected,
                        const ImageLimits& limits) {
  const Tensor image = decode_image(bytes, name, limits);
  Preprocess sized = how;
  if (sized.height == 0 && expected.size() == 3 && expected[1] > 0 && expected[2] > 0) {
    sized.height = expected[1];
    sized.width = expected[2];
  }
  const Tensor input = preprocess(image, sized);
  if (!fits(input.sizes(), expected)) {
    fail("'", name, "' is a picture, preprocessed to ", shape_text(input.sizes()), "; the network expects ",
         wanted_text(expected), ": set the preprocessing to fit, or give a .npy array");
  }
  return input;
}

}  // namespace

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

bool has_input_name(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  const bool known = extension == ".png" || extension == ".jpg" || extension == ".jpeg" || extension == ".npy";
  return known && !is_hidden(path);
}

std::vector<fs::path> expand_inputs(const std::vector<fs::path>& paths, std::istream& list) {
  std::vector<fs::path> files;
  for (const fs::path& path : paths) {
    if (path == "-") {
      add_listed(list, files);
    } else {
      add(path, files);
    }
  }
  return files;
}

std::vector<fs::path> expand_inputs(const std::vector<fs::path>& paths) { return expand_inputs(paths, std::cin); }

std::vector<std::string> unique_stems(const std::vector<fs::path>& paths, std::set<std::string> taken) {
  std::map<std::string, int> repeats;
  std::vector<std::string> stems;
  for (const fs::path& path : paths) {
    std::string stem = path.stem().string();
    if (stem.empty() || stem == "." || stem == "..") stem = "input";
    std::string name = stem;
    for (int& number = repeats[stem]; !taken.insert(name).second;) {
      number = std::max(number, 1) + 1;
      name = stem + "-" + std::to_string(number);
    }
    stems.push_back(name);
  }
  return stems;
}

std::string read_input(const fs::path& path, const InputLimits& limits) {
  std::string magic(6, '\0');
  std::error_code status;
  if (fs::is_regular_file(path, status)) std::ifstream(path, std::ios::binary).read(magic.data(), 6);
  const bool array = looks_like_npy(magic);
  const uint64_t limit = array ? limits.npy_bytes : limits.image.bytes, size = fs::file_size(path, status);
  if (!status && size > limit)
    fail("'", path.string(), "' has ", size, " bytes; the limit ", array ? "npy-bytes" : "image-bytes", " is ", limit);
  return read_file(path, limit);
}

Tensor load_input(const fs::path& path, const Preprocess& how, const Shape& expected, const InputLimits& limits) {
  return decode_input(read_input(path, limits), path.string(), how, expected, limits.image);
}

Tensor decode_input(std::string_view bytes, const std::string& name, const Preprocess& how, const Shape& expected,
                    const ImageLimits& limits) {
  if (!looks_like_npy(bytes) && fs::path(name).extension() == ".npy")
    fail("'", name, "' is not an .npy array: it does not begin as one");
  return looks_like_npy(bytes) ? input_from_array(bytes, name, expected)
                               : input_from_image(bytes, name, how, expected, limits);
}

}  // namespace limpid
