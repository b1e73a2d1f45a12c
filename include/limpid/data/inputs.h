// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a command's INPUT arguments mean: which files, what they are called in results, and their tensors.

#include <filesystem>
#include <iosfwd>
#include <set>
#include <string>
#include <vector>

#include "limpid/data/image.h"
#include "limpid/data/npy.h"
#include "limpid/data/preprocess.h"

namespace limpid {

/// A folder stands for every PNG, JPEG and NPY file in it, by name; "-" for the paths listed on `list`, one a line.
std::vector<std::filesystem::path> expand_inputs(const std::vector<std::filesystem::path>& paths, std::istream& list);
/// The list comes from standard input.
std::vector<std::filesystem::path> expand_inputs(const std::vector<std::filesystem::path>& paths);

/// Whether a file in a folder is one that the folder stands for, by its name: hidden ones are not.
bool has_input_name(const std::filesystem::path& path);
bool is_hidden(const std::filesystem::path& path);

/// File stems; a repeated one, and one that is `taken` by something else, gets -2, -3, ….
std::vector<std::string> unique_stems(const std::vector<std::filesystem::path>& paths,
                                      std::set<std::string> taken = {});

struct InputLimits {
  ImageLimits image = {};
  uint64_t npy_bytes = npy_limit;
};

/// A file's bytes. What it is, its first bytes say before the rest is read: a picture is held to a picture's limit.
std::string read_input(const std::filesystem::path& path, const InputLimits& limits = {});

/// float32. An image is preprocessed to [C,H,W]; an array is taken as it is and may carry a batch dimension.
/// `expected` is the network's input without batch ([C,H,W] or [C,L]); −1 fits any size.
Tensor load_input(const std::filesystem::path& path, const Preprocess& how, const Shape& expected,
                  const InputLimits& limits = {});

/// The same from a file's bytes.
Tensor decode_input(std::string_view bytes, const std::string& name, const Preprocess& how, const Shape& expected,
                    const ImageLimits& limits = {});

}  // namespace limpid
