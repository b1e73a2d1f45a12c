// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/session.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/inputs.h"
#include "limpid/data/npy.h"
#include "limpid/pipeline/targets.h"
#include "pipeline/words.h"
#include "pipeline/writer.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> input_files(const ExplainRequest& request) {
  const std::vector<fs::path> files = expand_inputs({request.inputs.begin(), request.inputs.end()});
  if (files.empty()) refuse("there is no input; pictures, .npy arrays, folders of them, or - for a list are expected");
  return files;
}

bool is_array(const fs::path& path) { return path.extension() == ".npy"; }

/// The request, where the first array's shape is to fill what the model leaves open.
ModelRequest like_first_array(ModelRequest request, const std::vector<fs::path>& files) {
  const auto array = std::find_if(files.begin(), files.end(), is_array);
  if (!request.like.empty() || array == files.end()) return request;
  try {
    request.like = npy_shape(*array);
  } catch (const Error&) {  // told when it is read
  }
  return request;
}

void check(const ExplainRequest& request, const Model& model) {
  check_computing(request.batch, request.memory);
  check_layers(request.layers, model.network);
  resolve_targets(request.targets, model.labels, at::zeros({1, model.network.classes()}));
}

/// Inputs for methods that need statistics, a quarter of the memory at most.
std::vector<Tensor> data_inputs(const ExplainRequest& request, const Model& model, std::vector<std::string>& notes) {
  std::vector<Tensor> data;
  if (request.data.empty()) return data;
  const std::vector<fs::path> files = expand_inputs({request.data});
  int64_t bytes = 0;
  for (const fs::path& file : files) {
    const Tensor loaded = load_input(file, model.preprocess, model.network.input_shape(), model.limits.input);
    const bool batched = loaded.dim() > static_cast<int64_t>(model.network.input_shape().size());
    for (const Tensor& input : (batched ? loaded : loaded.unsqueeze(0)).unbind())
      data.push_back(input.to(model.device, model.type));
    bytes += loaded.numel() * static_cast<int64_t>(c10::elementSize(model.type));
    if (bytes < (request.memory << 20) / 4 || file == files.back()) continue;
    notes.push_back("the statistics come from the first " + std::to_string(data.size()) + " inputs of '" +
                    request.data + "'; more would take more than a quarter of the memory (--memory)");
    break;
  }
  return data;
}

Plan plan_for(const ExplainRequest& request, const Model& model, const std::vector<fs::path>& files,
              std::vector<std::string>& notes) {
  Plan plan{request, model, chosen_methods(request, model.network)};
  check_files(plan.choices, [&model](const std::string& path) {
    load_input(path, model.preprocess, model.network.input_shape(), model.limits.input);
  });
  plan.targets = resolve_targets(request.targets, model.labels, at::zeros({1, model.network.classes()})).size(1);
  for (const std::string& word : cut_targets(request.targets, model.labels))
    notes.push_back("the target " + word + " is all " + grouped(model.network.classes()) + " classes of the network");
  for (const std::string& note : methods_left_out(request, model.network)) notes.push_back(note);
  for (const std::string& note : choice_notes(plan.choices, model.network, request.layers)) notes.push_back(note);
  plan.data = data_inputs(request, model, notes);
  const bool pictures = takes_pictures(model.original), arrays = std::any_of(files.begin(), files.end(), is_array);
  if (pictures && !(model.assumed && arrays)) {
    const auto [low, high] = input_bounds(model.preprocess, model.network.input_shape()[0]);
    plan.low = low.to(model.device, model.type);
    plan.high = high.to(model.device, model.type);
  }
  const bool any_picture = !std::all_of(files.begin(), files.end(), is_array);
  if (const std::string note = guess_note(model); any_picture && !note.empty()) notes.push_back(note);
  plan.batch = request.batch ? request.batch : batch_within(plan);
  plan.ahead = std::clamp<int64_t>((request.memory << 20) / 4 / result_bytes(plan), 1, 2 * plan.batch);
  return plan;
}

/// Reads, explains and hands on, until nothing is left. Progress counts files.
void stream(const Plan& plan, Source& source, Writer& writer, int64_t files, const Progress& progress) {
  int64_t done = 0;
  const Progress inner = [&](int64_t, int64_t, std::string_view what) {
    if (progress) progress(done, files, what);
  };
  for (bool more = true; more;) {
    std::vector<Item> items;
    while (static_cast<int64_t>(items.size()) < plan.batch) {
      std::optional<Item> item = source.next();
      more = item.has_value();
      if (!more) break;
      items.push_back(std::move(*item));
    }
    if (items.empty()) break;
    const int64_t reached = items.back().file + 1;
    for (Result& result : explain_batch(plan, std::move(items), inner)) writer.add(std::move(result));
    done = reached;
    if (progress) progress(done, files, "written");
  }
}

}  // namespace

ExplainSummary explain(const ExplainRequest& request, const Progress& progress) {
  const Clock clock;
  set_up_process(request.threads);
  const std::vector<fs::path> files = input_files(request);
  const Model model = open_model(like_first_array(request.model, files));
  check(request, model);
  ExplainSummary summary;
  const Plan plan = plan_for(request, model, files, summary.notes);
  summary.notes.insert(summary.notes.begin(), model.notes.begin(), model.notes.end());
  make_folder(request.output);
  if (fs::exists(fs::path(request.output) / "manifest.json"))
    summary.notes.push_back("'" + request.output +
                            "' has files of an earlier run too; manifest.json lists those of this one");
  Writer writer(plan);
  std::exception_ptr stopped;
  try {
    Source source(files, model, static_cast<size_t>(2 * plan.batch));
    stream(plan, source, writer, static_cast<int64_t>(files.size()), progress);
  } catch (const UsageError&) {
    throw;
  } catch (...) {
    stopped = std::current_exception();
  }
  writer.drain();
  if (stopped) summary.notes.push_back("the run was stopped before its last input");
  writer.finish(summary, clock.seconds());
  if (stopped) std::rethrow_exception(stopped);
  return summary;
}

}  // namespace limpid
