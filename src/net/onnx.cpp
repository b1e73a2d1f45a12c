// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/onnx.h"

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "net/onnx_graph.h"

namespace limpid {

Network parse_onnx(const std::string& bytes, const std::filesystem::path& folder, const Shape& input_shape,
                   const OnnxLimits& limits) {
  const auto given = [&input_shape](const Shape&, const auto&) { return input_shape; };
  return read_onnx(bytes, folder, given, limits).network;
}

OnnxModel read_onnx(const std::string& bytes, const std::filesystem::path& folder, const InputShape& shape_of,
                    const OnnxLimits& limits) {
  try {
    onnx_import::Graph graph = onnx_import::read_graph(bytes, folder, limits);
    onnx_import::arrange(graph);
    const Shape input_shape = shape_of(graph.axes, graph.metadata);
    return {onnx_import::build(graph, input_shape, limits),
            {graph.external.begin(), graph.external.end()},
            graph.output,
            graph.other_outputs};
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {  // of ATen and the standard library, from values that make no sense together
    const std::string reason = error.what();
    fail("the ONNX model is damaged or not valid: ", reason.substr(0, reason.find('\n')));
  }
}

Network load_onnx(const std::filesystem::path& path, const Shape& input_shape, const OnnxLimits& limits) {
  const std::string bytes = read_file(path, limits.file_bytes);
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  try {
    return parse_onnx(bytes, folder, input_shape, limits);
  } catch (const Error& error) {
    fail("'", path.string(), "': ", error.what());
  }
}

void save_onnx(const Network& network, const std::filesystem::path& path) { write_file(path, onnx_bytes(network)); }

std::vector<std::string> supported_operators() {
  const std::vector<std::string> folded = onnx_import::folded_operators();
  std::set<std::string> types(folded.begin(), folded.end());
  for (const LayerType* type : layer_types()) types.insert(type->operators.begin(), type->operators.end());
  return {types.begin(), types.end()};
}

}  // namespace limpid
