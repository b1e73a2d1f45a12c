// SPDX-License-Identifier: Apache-2.0
// method_timing MODEL INPUT.npy METHOD [--set option=value]... [--targets top1] [--threads 1] [--batch 0]
//               [--device cpu] [--precision float32] [--save MAP.npy]
//
// Times a forward pass and a method on a batch of inputs; the method `forward` is the forward pass alone, as methods
// need it, with all values kept, and `logits` one that keeps nothing. Prints `ready` after a first run, then reads
// numbers of repeats, one a line, and prints the milliseconds of each repeat.
// `--batch` is how many inputs go at once, 0 all of them; `--save` keeps the first map of the first run, for agree.py.
// run.py keeps the process alive and asks for rounds.
#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/ATen.h>

#include <chrono>
#include <iostream>

#include "limpid/core/error.h"
#include "limpid/data/npy.h"
#include "limpid/explain/method.h"
#include "limpid/pipeline/model.h"
#include "limpid/pipeline/targets.h"

namespace limpid {
namespace {

struct Request {
  std::vector<std::string> names;  // MODEL, INPUT.npy, METHOD
  std::map<std::string, std::string> settings;
  std::map<std::string, std::string> flags = {{"--targets", "top1"}, {"--threads", "1"},         {"--batch", "0"},
                                              {"--device", "cpu"},   {"--precision", "float32"}, {"--save", ""}};
};

Request request_of(const std::vector<std::string>& words) {
  Request request;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i].rfind("--", 0) != 0) {
      request.names.push_back(words[i]);
      continue;
    }
    const std::string& flag = words[i];
    if (++i == words.size()) refuse(flag, " wants a value");
    const size_t equals = words[i].find('=');
    if (flag == "--set" && equals != std::string::npos)
      request.settings[words[i].substr(0, equals)] = words[i].substr(equals + 1);
    else if (request.flags.count(flag))
      request.flags[flag] = words[i];
    else
      refuse("'", flag, " ", words[i], "' is unknown; the head of method_timing.cpp says what may be given");
  }
  if (request.names.size() != 3) refuse("a model, an input and a method are expected");
  return request;
}

/// What a device is asked for it does later: reading one number waits for all that was asked before.
void wait_for(const Tensor& values) { values.flatten()[0].item(); }

/// Explains one batch and gives the first map, or the logits; `memo` is the same for every batch.
Tensor explain_batch(const Model& model, const Tensor& input, const Request& request,
                     const std::shared_ptr<Memo>& memo) {
  if (request.names[2] == "logits") return logits(model.network, input);
  const Activations activations = forward(model.network, input);
  const Tensor& scores = activations[model.network.output];
  wait_for(scores);
  if (request.names[2] == "forward") return scores;
  const Method& chosen = method(request.names[2]);
  Subject subject{model.network, activations,
                  resolve_targets(request.flags.at("--targets"), model.labels, scores.cpu()).to(model.device)};
  subject.memo = memo;
  const std::vector<Attribution> maps = chosen.run(subject, Options(chosen.options, request.settings));
  wait_for(maps.back().values);
  return maps.front().values;
}

void time_method(const Request& request) {
  using Clock = std::chrono::steady_clock;
  set_up_process(std::stoll(request.flags.at("--threads")));
  ModelRequest wanted;
  wanted.path = request.names[0];
  wanted.device = request.flags.at("--device");
  wanted.precision = request.flags.at("--precision");
  const Model model = open_model(wanted);
  const Tensor inputs = read_npy(request.names[1]).to(model.device, model.type);
  const int64_t batch = std::stoll(request.flags.at("--batch"));
  const auto memo = std::make_shared<Memo>();
  const auto once = [&] {
    std::vector<Tensor> maps;
    for (const Tensor& input : inputs.split(batch > 0 ? batch : inputs.size(0)))
      maps.push_back(explain_batch(model, dense(input), request, memo));
    return maps;
  };
  const std::vector<Tensor> first = once();
  std::cout << "ready" << std::endl;
  if (const std::string& path = request.flags.at("--save"); !path.empty())
    write_npy(path, at::cat(first).to(at::kCPU, at::kFloat));
  for (int repeats; std::cin >> repeats;) {
    for (; repeats > 0; --repeats) {
      const auto start = Clock::now();
      once();
      const std::chrono::duration<double, std::milli> taken = Clock::now() - start;
      std::cout << taken.count() << std::endl;
    }
  }
}

}  // namespace
}  // namespace limpid

int main(int count, char** words) {
  try {
    limpid::time_method(limpid::request_of({words + 1, words + count}));
  } catch (const std::exception& error) {
    std::cerr << "method_timing: " << error.what() << '\n';
    return 1;
  }
}
