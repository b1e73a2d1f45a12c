// SPDX-License-Identifier: Apache-2.0
#pragma once
// A model file opened for explaining: its network in canonical form on a device, and how inputs reach it.

#include <string>
#include <vector>

#include "limpid/data/preprocess.h"
#include "limpid/net/network.h"
#include "limpid/pipeline/limits.h"
#include "limpid/pipeline/request.h"

namespace limpid {

/// A file of weights beside the model's own.
struct ExternalFile {
  std::string path, sha256;
};

struct Model {
  std::string path, sha256;  // the hash is that of the file alone, `external` has those of the others
  std::vector<ExternalFile> external = {};
  Network original;                 // as in the file
  Network network;                  // canonical, on `device`, in `type`
  std::vector<std::string> labels;  // a class each
  at::Device device = at::kCPU;
  at::ScalarType type = at::kFloat;
  std::string precision = "float32";  // of the walks
  Preprocess preprocess = {};
  bool assumed = false;  // neither the model nor the request says how to preprocess: 0..1 it is
  Limits limits = {};
  std::vector<std::string> notes = {};  // what people should know of how the request was read
};

/// "cpu", "cuda" or "cuda:1". Throws for others and for what is not to be had.
at::Device device_named(const std::string& name);

/// Reads, checks and canonizes a model. Throws for NaN or infinite weights, for labels that do not fit, and for devices
/// and precisions that are not to be had.
Model open_model(const ModelRequest& request);

/// What the precision `auto` stands for on a device; other names of precisions stand for themselves.
std::string actual_precision(const std::string& name, const std::string& device);

/// The preprocessing of a request over what a network's metadata says.
Preprocess resolve_preprocess(const PreprocessRequest& request, const Network& network, bool& assumed,
                              std::vector<std::string>& notes);

/// That the preprocessing of pictures is a guess; "" where it is none.
std::string guess_note(const Model& model);

/// The input that fills what a file leaves open: rows and columns from the request, then from the metadata's
/// preprocessing; nothing where the file says all or nobody does. For read_onnx.
Shape input_shape_of(const PreprocessRequest& request, const Shape& axes,
                     const std::map<std::string, std::string>& metadata);

/// Whether pictures can be inputs: 1 or 3 channels of rows and columns.
bool takes_pictures(const Network& network);

/// The smallest and the largest value that preprocessing gives, [C, 1, 1].
std::pair<Tensor, Tensor> input_bounds(const Preprocess& how, int64_t channels);

/// Sets the threads of tensor operations, 0 for all processors, and keeps large tensors' memory for reuse.
void set_up_process(int64_t threads);

}  // namespace limpid
