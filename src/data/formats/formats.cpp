// SPDX-License-Identifier: Apache-2.0
#include "data/formats/formats.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/unlabelled.h"
#include "limpid/data/wrapping.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

constexpr int64_t kMostClasses = 100'000;

/// The folders in which a part may lie, the first that is there; for all of a data set each of them.
std::vector<fs::path> part_folders(const fs::path& path, Part part) {
  std::vector<fs::path> folders;
  for (const char* name : {"train", "test", "val", "validation"})
    if ((part == Part::all || (part == Part::train) == (name == std::string_view("train"))) && is_folder(path / name))
      folders.push_back(path / name);
  if (part != Part::all && folders.size() > 1) folders.resize(1);
  return folders;
}

}  // namespace

const std::vector<const DatasetFormat*>& dataset_formats() {
  static const std::vector<const DatasetFormat*> formats = {&idx_format,      &cifar_format,        &manifest_format,
                                                            &npy_pair_format, &fingerprints_format, &folder_format,
                                                            &glyphs_format,   &marked_glyphs_format};
  return formats;
}

bool dataset_exists(const fs::path& path) {
  return is_folder(path) || is_file(path) || glyphs_format.recognises(path) || marked_glyphs_format.recognises(path);
}

Dataset open_dataset(const fs::path& path, Part part, const DatasetLimits& limits) {
  if (!dataset_exists(path)) fail("there is no data set '", path.string(), "': no such file or folder");
  const std::vector<fs::path> folders = part_folders(path, part);
  for (const DatasetFormat* format : dataset_formats()) {
    std::vector<Dataset> parts;
    for (const fs::path& folder : folders)
      if (format->recognises(folder)) parts.push_back(format->open(folder, Part::all, limits));
    if (!parts.empty()) return joined(parts);
    if (format->recognises(path)) return format->open(path, part, limits);
  }
  std::string known;
  for (const DatasetFormat* format : dataset_formats()) known += (known.empty() ? "" : "; ") + format->files;
  fail("'", path.string(), "' is no data set that can be read; expected one of: ", known);
}

Dataset open_inputs(const fs::path& path, Part part, const DatasetLimits& limits) {
  const auto recognises = [&](const DatasetFormat* format) { return format->recognises(path); };
  const bool known = std::any_of(dataset_formats().begin(), dataset_formats().end(), recognises);
  if (known || !dataset_exists(path) || (part != Part::all && !part_folders(path, part).empty()))
    return open_dataset(path, part, limits);
  std::vector<fs::path> files = expand_inputs({path});
  Dataset data;
  for (const fs::path& file : files) data.examples.push_back({-1, file.string()});
  check_count(data.size(), path, limits);
  data.description = path.string() + ": " + std::to_string(files.size()) + " inputs without classes";
  data.read = reader_of_files(std::move(files), limits.input);
  return data;
}

Tensor labels_of(const Dataset& data) {
  Tensor labels = at::empty({data.size()}, at::kLong);
  for (int64_t i = 0; i < data.size(); ++i) labels.data_ptr<int64_t>()[i] = data[i].label;
  return labels;
}

std::string table_hash(const Dataset& data) {
  std::string text;
  for (const Example& example : data.examples) text += example.name + '\t' + std::to_string(example.label) + '\n';
  return sha256(text);
}

std::vector<int64_t> class_counts(const Dataset& data) {
  std::vector<int64_t> counts(data.classes.size(), 0);
  for (const Example& example : data.examples) ++counts[static_cast<size_t>(example.label)];
  return counts;
}

Tensor picture_or_array(const Tensor& input) {
  const bool bytes = input.scalar_type() == at::kByte;
  return bytes && input.dim() == 3 && (input.size(0) == 1 || input.size(0) == 3) ? input : input.to(at::kFloat);
}

Dataset dataset_in_memory(const Tensor& inputs, const std::vector<int64_t>& labels, std::vector<std::string> classes,
                          const std::string& name) {
  const auto count = static_cast<int64_t>(labels.size());
  if (inputs.size(0) != count)
    fail("'", name, "' has ", inputs.size(0), " inputs and ", count, " labels; expected a label for each input");
  Dataset data;
  data.classes = std::move(classes);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t label = labels[static_cast<size_t>(i)];
    if (label < 0 || label >= static_cast<int64_t>(data.classes.size()))
      fail("'", name, "': input ", i, " has label ", label, "; there are ", data.classes.size(), " classes, from 0");
    data.examples.push_back({label, name + "[" + std::to_string(i) + "]"});
  }
  data.description = name + ": " + std::to_string(count) + " inputs " + shape_text(inputs.sizes().slice(1));
  data.read = [inputs](int64_t index, uint64_t) { return picture_or_array(inputs[index]); };
  return data;
}

std::vector<std::string> numbered_classes(const std::vector<int64_t>& labels, const std::string& name) {
  const auto [least, most] = std::minmax_element(labels.begin(), labels.end());
  if (labels.empty() || *least < 0 || *most >= kMostClasses)
    fail("'", name, "' has no labels from 0 to ", kMostClasses - 1, labels.empty() ? "" : ": one is ",
         labels.empty() ? "" : std::to_string(*least < 0 ? *least : *most));
  std::vector<std::string> classes;
  for (int64_t i = 0; i <= *most; ++i) classes.push_back(std::to_string(i));
  return classes;
}

std::function<Tensor(int64_t, uint64_t)> reader_of_files(std::vector<fs::path> paths, const InputLimits& limits) {
  return [paths = std::move(paths), limits](int64_t index, uint64_t) {
    const std::string name = paths[static_cast<size_t>(index)].string();
    const std::string bytes = read_input(name, limits);
    if (!looks_like_npy(bytes)) return decode_image(bytes, name, limits.image);
    const Tensor array = decode_npy(bytes, name);
    const Tensor values = picture_or_array(array);
    require_finite(values, "'" + name + "'");
    return values;
  };
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::istringstream text(read_file(path, uint64_t{64} << 20));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back()))) line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::error_code status;
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, status))
    if (is_folder(entry.path()) && !is_hidden(entry.path())) found.push_back(entry.path());
  if (status) fail("the folder '", folder.string(), "' cannot be read: ", status.message());
  std::sort(found.begin(), found.end());
  return found;
}

bool is_folder(const fs::path& path) {
  std::error_code status;
  return fs::is_directory(path, status);
}

bool is_file(const fs::path& path) {
  std::error_code status;
  return fs::is_regular_file(path, status);
}

void check_count(int64_t count, const fs::path& path, const DatasetLimits& limits) {
  if (count == 0) fail("'", path.string(), "' has no examples");
  if (count > limits.examples) fail("'", path.string(), "' has ", count, " examples; the limit is ", limits.examples);
}

}  // namespace limpid
