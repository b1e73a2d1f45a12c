// SPDX-License-Identifier: Apache-2.0
#pragma once
// The formats of data sets, each defined in src/data/formats/<name>.cpp and listed in formats.cpp, and what they share.

#include "limpid/data/dataset.h"

namespace limpid {

extern const DatasetFormat idx_format, cifar_format, manifest_format, npy_pair_format, fingerprints_format,
    folder_format, glyphs_format, marked_glyphs_format;

/// uint8 [1,H,W] or [3,H,W] as it is, a picture; any other array as float32, no picture.
Tensor picture_or_array(const Tensor& input);

/// Inputs that lie in memory, [N, …]; the n-th is called "name[n]". Throws where labels and inputs do not fit.
Dataset dataset_in_memory(const Tensor& inputs, const std::vector<int64_t>& labels, std::vector<std::string> classes,
                          const std::string& name);

/// "0", "1", … for labels that are numbers; throws for negative ones and for more than 100,000 classes.
std::vector<std::string> numbered_classes(const std::vector<int64_t>& labels, const std::string& name);

/// Pictures and .npy arrays in files of their own, a path for each example.
std::function<Tensor(int64_t, uint64_t)> reader_of_files(std::vector<std::filesystem::path> paths,
                                                         const InputLimits& limits);

/// Lines of a text file without white space at their ends; empty ones are left out.
std::vector<std::string> lines_of(const std::filesystem::path& path);

bool is_folder(const std::filesystem::path& path);
/// Those in a folder that are not hidden, by name.
std::vector<std::filesystem::path> folders_in(const std::filesystem::path& folder);
bool is_file(const std::filesystem::path& path);

/// Throws where a data set has no or too many examples.
void check_count(int64_t count, const std::filesystem::path& path, const DatasetLimits& limits);

}  // namespace limpid
