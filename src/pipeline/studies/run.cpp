// SPDX-License-Identifier: Apache-2.0
#include "pipeline/studies/run.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/wrapping.h"
#include "pipeline/clock.h"
#include "version.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr uint64_t kMostDocumentBytes = uint64_t{1} << 30;

Options options_of(const Study& study, const StudyRequest& request) {
  std::map<std::string, std::string> given;
  if (request.quick) given = study.quick;
  for (const std::string& setting : request.settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos) refuse("the setting '", setting, "' has no value; expected option=value");
    given[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  return {study.options, given};
}

fs::path folder_of(const Study& study, const StudyRequest& request) {
  return request.output.empty() ? study.name + "-study" : request.output;
}

Dataset opened_data(const Study& study, const StudyRequest& request, Part part) {
  DatasetLimits limits;
  limits.input = limits_of(request.limits).input;
  if (request.data.empty()) refuse("no data are named; the study ", study.name, " needs ", study.needs);
  if (!dataset_exists(request.data))
    fail("there are no data at '", request.data, "'; the study ", study.name, " needs ", study.needs);
  try {
    return open_dataset(request.data, part, limits);
  } catch (const Error& error) {
    fail(error.what(), "; the study ", study.name, " needs ", study.needs);
  }
}

/// Of which examples and folds the data consist, wherever they lie.
std::string fingerprint_of(const Dataset& data) {
  std::string text;
  for (const Example& example : data.examples) {
    text += fs::path(example.name).filename().string() + '\t' + std::to_string(example.label);
    if (example.fold >= 0) text += '\t' + example.group + '\t' + std::to_string(example.fold);
    text += '\n';
  }
  return sha256(text);
}

/// What must be the same for a run to go on in its folder.
Json settings_of(const StudyRequest& request, const Options& options, const std::string& fingerprint) {
  Json settings = options.values();
  settings["seed"] = request.seed;
  settings["precision"] = request.precision;
  settings["examples of the data"] = fingerprint;
  return settings;
}

/// Whether a data set of fingerprints is there: its manifest is written last.
bool is_complete(const fs::path& folder) {
  const fs::path manifest = folder / "manifest.json";
  return fs::exists(manifest) && Json::parse(read_file(manifest, kMostDocumentBytes)).value("finished", false);
}

/// Whether a run has left anything in one of its folders.
bool has_files(const fs::path& folder) { return fs::exists(folder) && !fs::is_empty(folder); }

std::string threads_text(int64_t threads) {
  return threads == 0 ? "all processors" : threads == 1 ? "one thread" : std::to_string(threads) + " threads";
}

std::string subtitle_of(const Study& study, const StudyRequest& request) {
  return study.summary + (request.quick ? "; a quick run, on part of the data or with fewer epochs" : "");
}

/// With the precision that was chosen for this machine, which results depend on.
StudyRequest resolved(StudyRequest request) {
  request.precision = actual_precision(request.precision, request.device);
  return request;
}

}  // namespace

StudyRun::StudyRun(const Study& study, StudyRequest request, Progress progress, Tell tell)
    : study_(study),
      request_(resolved(std::move(request))),
      options_(options_of(study, request_)),
      folder_(folder_of(study, request_)),
      progress_(std::move(progress)),
      tell_(std::move(tell)),
      report_(folder_, "Study: " + study.name, subtitle_of(study, request_)) {
  set_up_process(request_.threads);
  if (options_.values().count("augment") > 0) augmentation_of(options_.text("augment"));  // refused before any work
  if (study_.needs.empty()) {
    if (!request_.data.empty())
      refuse("data are named, '", request_.data, "'; the study ", study_.name, " makes its own");
    description_ = "made by the study";
  } else {
    const Dataset all = opened_data(study_, request_, Part::all);
    description_ = all.description;
    fingerprint_ = fingerprint_of(all);
  }
  take_over();
}

void StudyRun::unfit(const std::string& why) const { fail(why, "; the study ", study_.name, " needs ", study_.needs); }

void StudyRun::begin() {
  if (begun_) return;
  make_folder(folder_ / "networks");
  write_document(false);
  begun_ = true;
}

void StudyRun::tell(const std::string& line) const {
  if (tell_) tell_(line);
}

Progress StudyRun::progress(const std::string& what) const {
  if (!progress_) return {};
  return [this, what](int64_t done, int64_t all, std::string_view step) {
    progress_(done, all, what + ": " + std::string(step));
  };
}

Dataset StudyRun::data(Part part) const { return opened_data(study_, request_, part); }

TrainRequest StudyRun::training(const std::string& architecture) const {
  TrainRequest how;
  how.architecture = architecture;
  how.epochs = options_.integer("epochs", 1);
  how.batch = options_.integer("batch", 1);
  how.learning_rate = options_.number("learning-rate");
  how.precision = options_.text("train-precision");
  return how;
}

Model StudyRun::trained(const std::string& name, TrainRequest how) {
  begin();
  const fs::path path = folder_ / "networks" / (name + ".onnx");
  networks_.push_back("networks/" + name + ".onnx");
  if (!fs::exists(folder_ / "networks" / (name + ".json"))) {  // the last that training writes
    how.output = path.string();
    if (how.data.empty()) how.data = request_.data;
    how.resume = true;
    how.seed += request_.seed;
    how.device = request_.device;
    how.threads = request_.threads;
    how.loading = request_.loading;
    how.limits = request_.limits;
    how.command = request_.command;
    const std::string document =
        train_model(how, progress(name), [&](const std::string& line) { tell(name + ", " + line); });
    const Json trained = Json::parse(read_file(document, kMostDocumentBytes));
    took(networks_.back(), trained.at("seconds").get<double>());  // of earlier runs that it went on from, too
  }
  return opened({.path = path.string()});
}

fs::path StudyRun::crystals(const std::string& name, CrystalDatasetRequest how) {
  begin();
  how.output = (folder_ / "data" / name).string();
  how.threads = request_.threads;
  how.limits = request_.limits;
  how.command = request_.command;
  if (!is_complete(how.output)) timed("data/" + name, [&] { write_crystal_dataset(how, progress(name)); });
  return how.output;
}

Model StudyRun::trained_until(const std::string& name, double epochs) const {
  return opened({.path = (folder_ / "networks" / fmt::format("{}.epoch{:.6g}.onnx", name, epochs)).string()});
}

Model StudyRun::opened(ModelRequest model) const {
  model.device = request_.device;
  model.precision = request_.precision;
  model.limits = request_.limits;
  return open_model(model);
}

Table StudyRun::table(const std::string& name, const std::function<Table()>& compute) {
  begin();
  const fs::path path = folder_ / "tables" / (name + ".json");
  tables_.push_back("tables/" + name + ".csv");
  if (fs::exists(path)) return table_of_json(read_file(path, kMostDocumentBytes));
  Table table;
  timed(tables_.back(), [&] { table = compute(); });
  make_folder(path.parent_path());
  write_file(folder_ / tables_.back(), csv(table));
  write_file(path, table_json(table));
  return table;
}

void StudyRun::timed(const std::string& name, const std::function<void()>& work) {
  const Clock clock;
  work();
  took(name, clock.seconds());
}

void StudyRun::took(const std::string& name, double seconds) {
  std::erase_if(seconds_, [&](const auto& part) { return part.first == name; });  // of an earlier run
  seconds_.emplace_back(name, seconds);
  write_document(false);
  tell(fmt::format("{}: {:.1f} s", name, seconds));
}

void StudyRun::write_document(bool finished) const {
  Json parts = Json::object();
  double all = 0;
  for (const auto& [name, seconds] : seconds_) {
    parts[name] = seconds;
    all += seconds;
  }
  const Json document = {{"limpid", kVersion},
                         {"study", study_.name},
                         {"command", request_.command},
                         {"settings", settings_of(request_, options_, fingerprint_)},
                         {"data", description_},
                         {"device", request_.device},
                         {"threads", request_.threads},
                         {"networks", networks_},
                         {"tables", tables_},
                         {"figures", report_.figures()},
                         {"seconds", parts},
                         {"seconds_in_all", all},
                         {"finished", finished}};
  write_file(folder_ / "study.json", document.dump(2) + "\n");
}

void StudyRun::take_over() {
  const fs::path path = folder_ / "study.json";
  if (!fs::exists(path)) return;
  const Json before = Json::parse(read_file(path, kMostDocumentBytes), nullptr, false);
  if (!before.is_object() || before.value("study", "") != study_.name || !before.contains("settings"))
    fail("'", path.string(), "' is not of a run of the study ", study_.name, "; another output folder works");
  if (!has_files(folder_ / "networks") && !has_files(folder_ / "tables") && !has_files(folder_ / "data")) return;
  const Json settings = settings_of(request_, options_, fingerprint_);
  for (const auto& [name, value] : settings.items()) {
    const Json was = before["settings"].contains(name) ? before["settings"][name] : Json();
    if (was != value)
      fail("'", folder_.string(), "' holds a run with ", name, " ", was.dump(), ", and this one has ", value.dump(),
           "; the same settings go on there, others need another output folder");
  }
  for (const auto& [name, seconds] : before["seconds"].items()) seconds_.emplace_back(name, seconds.get<double>());
}

void StudyRun::report_making() {
  double all = 0;
  for (const auto& [name, seconds] : seconds_) all += seconds;
  std::string command = "limpid";
  for (size_t i = 1; i < request_.command.size(); ++i) command += " " + request_.command[i];
  std::string options;
  for (const auto& [name, value] : options_.values())
    if (!value.empty()) options += (options.empty() ? "" : ", ") + name + " " + value;
  report_.heading("How this was made");
  report_.list({"limpid " + std::string(kVersion) + ": " + command, "data: " + description_, "options: " + options,
                fmt::format("seed {}, {} on {}, walks in {}", request_.seed, threads_text(request_.threads),
                            request_.device, request_.precision),
                fmt::format("{:.0f} s of computing", all)});
}

std::string StudyRun::finish() {
  report_making();
  report_.write();
  write_document(true);
  return (folder_ / "study.json").string();
}

}  // namespace limpid
