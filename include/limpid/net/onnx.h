// SPDX-License-Identifier: Apache-2.0
#pragma once
// Networks from and to ONNX files.

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "limpid/net/network.h"

namespace limpid {

struct OnnxLimits {
  uint64_t file_bytes = uint64_t{4} << 30;  // model file and external data together
  int64_t nodes = 100'000;
  int64_t tensor_elements = int64_t{1} << 30;  // of any one activation of one image, or constant
};

/// Reads opset 9 to 17. `input_shape` (without the batch axis) fills axes that the file leaves open; where the file
/// says otherwise, that is an error. Of several outputs a row of scores is taken, of several such the one called
/// "logits" or "output", else the first; a softmax, log-softmax or sigmoid at its end is left off, a logarithm behind
/// it too: the output is logits. A 1 for the batch within a graph whose batch is open is the batch. Throws for damaged
/// files and for unsupported operators (naming the node, the operator and what is supported).
Network load_onnx(const std::filesystem::path& path, const Shape& input_shape = {}, const OnnxLimits& limits = {});

/// The same from a model's bytes; external data is looked for in `folder` and nowhere else.
Network parse_onnx(const std::string& bytes, const std::filesystem::path& folder = {}, const Shape& input_shape = {},
                   const OnnxLimits& limits = {});

/// Fills the axes that a file leaves open (−1 in `axes`, the batch first; none: the file says nothing): the input
/// without the batch axis, or nothing to take the file's. `metadata` is what the file carries.
using InputShape = std::function<Shape(const Shape& axes, const std::map<std::string, std::string>& metadata)>;

struct OnnxModel {
  Network network;
  std::vector<std::filesystem::path> external = {};  // the files of external data that were read
  std::string output = {};                           // the file's name of the scores
  std::vector<std::string> other_outputs = {};       // that were not read
};

/// parse_onnx where the input's shape depends on the file, and with the files that it was read from.
OnnxModel read_onnx(const std::string& bytes, const std::filesystem::path& folder, const InputShape& shape_of,
                    const OnnxLimits& limits = {});

/// Opset 13, float32, dynamic batch axis, metadata included.
std::string onnx_bytes(const Network& network);
void save_onnx(const Network& network, const std::filesystem::path& path);

/// The ONNX operators that can be read, sorted.
std::vector<std::string> supported_operators();

}  // namespace limpid
