// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/model.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/core/lookup.h"
#include "limpid/data/csv.h"
#include "limpid/net/canonize.h"
#include "limpid/net/onnx.h"
#include "pipeline/words.h"

extern const unsigned char limpid_crystals_model[];
extern const unsigned long limpid_crystals_model_size;

namespace limpid {
namespace {

constexpr std::string_view kBuiltin = "builtin:";

constexpr int64_t kMostClasses = 1'000'000;  // each has a name and a score
constexpr uint64_t kMostLabelBytes = uint64_t{64} << 20;

/// `auto` is the fastest one whose maps are, to the eye and to the class of every pixel, those of float32.
Precision precision_of(const std::string& name, at::Device device) {
  if (name == "auto") return worthwhile_precision(Precision::kBf16x3, device);
  std::vector<std::string> names = precision_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<Precision>(found - names.begin());
  names.insert(names.begin(), "auto");
  refuse_name("precision", name, names);
}

/// A model that limpid brings: "builtin:crystals".
std::string builtin_model(const std::string& name) {
  if (name != "crystals") refuse_name("built-in model", name, {"crystals"});
  return {reinterpret_cast<const char*>(limpid_crystals_model), limpid_crystals_model_size};
}

std::string model_bytes(const std::string& path, const OnnxLimits& limits) {
  if (path.starts_with(kBuiltin)) return builtin_model(path.substr(kBuiltin.size()));
  std::error_code status;
  const uint64_t size = std::filesystem::file_size(path, status);
  if (!status && size > limits.file_bytes)
    fail("the model '", path, "' has ", size, " bytes; the limit model-bytes is ", limits.file_bytes);
  return read_file(path, limits.file_bytes);
}

/// The shape of one input that `like`, an input or a batch, gives a model with open axes; nothing if it cannot.
Shape shape_like(const Shape& like, const Shape& axes) {
  const bool open = std::any_of(axes.begin() + 1, axes.end(), [](int64_t axis) { return axis < 0; });
  if (!open || (like.size() != axes.size() && like.size() + 1 != axes.size())) return {};
  Shape shape(axes.begin() + 1, axes.end());
  const auto given = like.end() - static_cast<int64_t>(shape.size());
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] < 0) shape[i] = given[static_cast<int64_t>(i)];
  return shape;
}

OnnxModel read_network(const ModelRequest& request, const std::string& bytes, const Limits& limits) {
  const std::filesystem::path path = request.path;
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  try {
    const auto shape_of = [&](const Shape& axes, const std::map<std::string, std::string>& metadata) {
      Shape said = input_shape_of(request.preprocess, axes, metadata);
      return said.empty() && !axes.empty() ? shape_like(request.like, axes) : said;
    };
    return read_onnx(bytes, folder, shape_of, limits.onnx);
  } catch (const UsageError&) {
    throw;
  } catch (const Error& error) {
    fail("the model '", request.path, "' cannot be read: ", error.what());
  }
}

std::vector<std::string> labels_in(const std::string& path) {
  std::string text = read_file(path, kMostLabelBytes);
  text.erase(0, byte_order_mark(text));
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin != std::string::npos && text[begin] == '[') {
    const auto list = nlohmann::json::parse(text, nullptr, false);
    const bool words =
        list.is_array() && std::all_of(list.begin(), list.end(), [](const auto& label) { return label.is_string(); });
    if (!words) fail("'", path, "' is not a JSON array of class names; one name a line works too");
    return list.get<std::vector<std::string>>();
  }
  return split(text, '\n');
}

/// Whether there are names of classes in the metadata that do not fit.
bool names_are_unusable(const Network& network) {
  const auto found = network.metadata.find("classes");
  if (found == network.metadata.end()) return false;
  const auto list = nlohmann::json::parse(found->second, nullptr, false);
  return !list.is_array() || static_cast<int64_t>(list.size()) != network.classes();
}

std::vector<std::string> labels_of(const ModelRequest& request, const Network& network) {
  if (request.classes.empty()) return class_names(network);
  std::vector<std::string> labels = labels_in(request.classes);
  while (!labels.empty() && labels.back().empty()) labels.pop_back();
  if (static_cast<int64_t>(labels.size()) != network.classes())
    fail("'", request.classes, "' has ", labels.size(), " class names; the network has ", network.classes(),
         " classes, and a name for each is expected");
  return labels;
}

}  // namespace

std::string actual_precision(const std::string& name, const std::string& device) {
  return precision_names()[static_cast<size_t>(precision_of(name, device_named(device)))];
}

at::Device device_named(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  std::optional<at::Device> device;
  try {
    device = at::Device(name);
  } catch (const c10::Error&) {
  }
  if (!device || device->is_cpu())
    refuse("the device is '", name,
           "'; it may be cpu, cuda, cuda:1 for the second one, or another that libtorch knows");
  if (device->is_cuda() && !at::hasCUDA())
    fail("the device is '", name, "', and this libtorch finds no CUDA device; cpu works");
  try {
    at::ones({1}, *device).item<float>();
  } catch (const std::exception&) {
    fail("the device is '", name, "', which this libtorch cannot use; cpu works",
         at::hasCUDA() ? ", and the first CUDA device is cuda:0" : "");
  }
  return *device;
}

Model open_model(const ModelRequest& request) {
  Model model;
  model.path = request.path;
  model.device = device_named(request.device);
  const Precision wanted = precision_of(request.precision, model.device);
  const Precision precision = worthwhile_precision(wanted, model.device);
  model.precision = precision_names()[static_cast<size_t>(precision)];
  if (precision != wanted)
    model.notes.push_back(request.precision + " is fast on CPUs with AMX" +
                          (wanted == Precision::kBfloat16 ? " and on GPUs" : "") +
                          "; here, where float32 is faster, the walks are in float32");
  model.type = precision == Precision::kFloat64 ? at::kDouble : at::kFloat;
  model.limits = limits_of(request.limits);
  const std::string bytes = model_bytes(request.path, model.limits.onnx);
  model.sha256 = sha256(bytes);
  OnnxModel read = read_network(request, bytes, model.limits);
  for (const std::filesystem::path& file : read.external)
    model.external.push_back({file.filename().string(), sha256_of_file(file)});
  model.original = std::move(read.network);
  if (!read.other_outputs.empty())
    model.notes.push_back(
        "the model's output '" + read.output + "' is explained, and not " + listed(read.other_outputs) +
        ": of several, a row of scores, called logits or output where there is one of the name, else the first");
  require_finite(model.original);
  if (model.original.classes() > kMostClasses)
    fail("the network '", request.path, "' has ", model.original.classes(), " outputs; a classifier of at most ",
         kMostClasses, " classes is expected");
  model.labels = labels_of(request, model.original);
  if (request.classes.empty() && names_are_unusable(model.original))
    model.notes.push_back("the model's metadata 'classes' are not " + std::to_string(model.original.classes()) +
                          " names in a JSON array; classes are numbered, unless --classes names them");
  model.preprocess = resolve_preprocess(request.preprocess, model.original, model.assumed, model.notes);
  model.network = moved(canonized(moved(model.original, at::kCPU, precision)), model.device, precision);
  return model;
}

void set_up_process(int64_t threads) {
  if (threads < 0 || threads > 1024)
    refuse("the number of threads is ", threads, "; 1 to 1024 work, 0 is all processors");
  const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  at::set_num_threads(threads > 0 ? static_cast<int>(threads) : processors);
  // oneDNN keeps the code of 1,024 operations, 200 MB: one for each size that perturbed parts of maps have.
  setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "256", /*overwrite=*/0);
#ifdef __GLIBC__
  // Tensors over 32 MB are otherwise mapped, and page-faulted, again at every operation.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 1 << 26);  // and smaller ones wherever the heap grows
#endif
}

}  // namespace limpid
