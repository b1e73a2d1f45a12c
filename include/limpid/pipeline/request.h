// SPDX-License-Identifier: Apache-2.0
#pragma once
// What can be asked of the library in words: plain values, as they are typed. Needs no tensors.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace limpid {

/// How pictures become the network's input; what is left empty comes from the model's metadata.
struct PreprocessRequest {
  std::string preset = {};  // one of preprocess_presets()
  std::vector<double> mean = {}, std = {};
  std::optional<double> scale = {};
  std::string channels = {};  // rgb, bgr, gray or grey
  std::string size = {};      // "HxW" or "N"; also fills axes that the model leaves open
  bool crop = false;
};

struct ModelRequest {
  std::string path;          // an ONNX file
  std::string classes = {};  // a file of class names: one a line, or a JSON array
  PreprocessRequest preprocess = {};
  std::vector<int64_t> like = {};        // shape of an input, or of a batch: fills the axes that nothing else says
  std::string device = "cpu";            // cpu, cuda, cuda:1
  std::string precision = "auto";        // of the walks; float64: of the forward pass too
  std::vector<std::string> limits = {};  // "name=value", see limits.h
};

struct ExplainRequest {
  ModelRequest model;
  std::vector<std::string> inputs;         // pictures, .npy arrays, folders of them; "-": a list on standard input
  std::vector<std::string> methods;        // names; "all": every method that applies
  std::vector<std::string> settings = {};  // "option=value" for each method that has it, "method.option=value" for one
  std::string targets = "top1";            // see targets.h
  std::vector<std::string> layers = {};    // names, or "all"; empty: each method's default
  std::string data = {};                   // a folder of inputs for methods that need statistics
  std::string output = "limpid-out";       // folder
  int64_t threads = 0;                     // 0: every processor there is
  int64_t batch = 0;                       // images walked at once; 0: as memory allows, at most 16
  int64_t memory = 1024;                   // MiB for activations and signals
  uint64_t seed = 0;
  bool maps = true;                       // write each map's files, not the pages alone
  bool side_by_side = false;              // compare.png: methods × inputs
  std::vector<std::string> command = {};  // as typed, for the manifest
};

/// What a run came to. Everything else is in its manifest.
struct ExplainSummary {
  int64_t inputs = 0;  // explained or failed
  int64_t failed = 0;
  std::string first_error = {};  // of an input
  std::string manifest = {};     // path
  std::vector<std::string> notes = {};
};

}  // namespace limpid
