// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iostream>

#include "command.h"
#include "console.h"

namespace limpid {

CLI::Option* repeated(CLI::Option* option, const std::string& value) {
  return option->allow_extra_args(false)->option_text(value);
}

void add_structure_limits(CLI::App& options, std::vector<std::string>& limits) {
  repeated(options.add_option("--limit", limits, "what is read at most: structure-bytes or structure-atoms"));
}

void add_crystal_classifier(CLI::App& options, ModelRequest& model, int64_t& threads,
                            std::vector<std::string>& limits) {
  options.add_option("--model", model.path, "a network that `limpid study crystals` wrote")->capture_default_str();
  add_structure_limits(options, limits);
  add_device(options, model);
  options.add_option("--threads", threads, "0: all processors")->group("Computing")->capture_default_str();
}

int print_document(const std::string& path) {
  if (console().json) {
    std::cout << std::ifstream(path).rdbuf() << std::flush;
  } else if (!console().quiet) {
    std::cout << path << '\n' << std::flush;
  }
  return 0;
}

int status_of(int64_t structures, int64_t failed, const std::string& first_error) {
  if (failed == 0) return 0;
  print_error(std::to_string(failed) + " of " + std::to_string(structures) +
              " structures failed, the first: " + first_error);
  return 1;
}

void add_console(CLI::App& options, bool json) {
  if (json) options.add_flag("--json", console().json, "print one JSON document");
  options.add_flag("--quiet", console().quiet, "no progress and no notes");
  options.add_option("--color", console().color, "colour of messages: auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
}

void add_model(CLI::App& options, ModelRequest& model) {
  const char* const group = "Model and preprocessing";
  PreprocessRequest& how = model.preprocess;
  const auto add = [&](const char* name, auto& value, const char* help) {
    return options.add_option(name, value, help)->group(group);
  };
  options.add_option("model", model.path, "an ONNX file")->required()->option_text("MODEL");
  add("--classes", model.classes, "a file of class names: one a line, or a JSON array");
  add("--preprocess", how.preset, "how pictures become the network's input: unit, imagenet, caffe or none");
  add("--mean", how.mean, "subtracted after scaling: one number, or one a channel")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NUMBER,…");
  add("--std", how.std, "divided by after that: one number, or one a channel")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NUMBER,…");
  add("--scale", how.scale, "factor of the values 0..255");
  add("--channels", how.channels, "order of the network's channels: rgb, bgr or gray");
  add("--size", how.size, "HxW of the input, where the model leaves it open");
  repeated(options.add_option("--limit", model.limits,
                              "what is read at most: image-bytes, image-pixels, npy-bytes, model-bytes, model-nodes or "
                              "tensor-elements"))
      ->group(group);
  options.add_flag("--crop", how.crop, "keep the aspect and cut out the centre")->group(group);
}

namespace {

template <class Value>
void add_computing(CLI::App& options, const char* name, Value& value, const char* help) {
  options.add_option(name, value, help)->group("Computing")->capture_default_str();
}

}  // namespace

void add_device(CLI::App& options, ModelRequest& model) {
  add_computing(options, "--device", model.device, "cpu, cuda or cuda:1");
  add_computing(
      options, "--precision", model.precision,
      "of the walks back: auto, which is bf16x3 on CPUs with AMX and float32 elsewhere; float32; bf16x3 (error "
      "1e-5) and bfloat16 (5e-3), fast on CPUs with AMX and float32 where that is faster; float64, then forward passes "
      "too");
}

void add_run(CLI::App& options, ExplainRequest& request) {
  const auto add = [&](const char* name, auto& value, const char* help) { add_computing(options, name, value, help); };
  add_device(options, request.model);
  add("--threads", request.threads, "0: all processors");
  add("--batch", request.batch, "images at once; 0: as memory allows");
  add("--memory", request.memory, "MiB for activations and signals");
  add("--seed", request.seed, "of everything random");
}

void add_concepts(CLI::App& options, ConceptsRequest& request, bool streams) {
  add_model(options, request.model);
  options.add_option("--layer", request.layers, "convolutions, or all")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NAME,…");
  options.add_option("-o,--output", request.output, "folder of the results")->capture_default_str();
  const auto add = [&](const char* name, auto& value, const char* help) { add_computing(options, name, value, help); };
  add_device(options, request.model);
  add("--threads", request.threads, "0: all processors");
  if (streams) add("--loading", request.loading, "threads that make batches");
  add("--batch", request.batch, "inputs at once; 0: as memory allows");
  add("--memory", request.memory, "MiB for activations and signals");
  add_console(options, true);
}

}  // namespace limpid
