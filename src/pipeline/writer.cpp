// SPDX-License-Identifier: Apache-2.0
#include "pipeline/writer.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/render/png.h"
#include "pipeline/drawing.h"
#include "pipeline/failure.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostSections = 200;   // inputs on the page: browsers hold no more
constexpr size_t kMostComparisons = 24;  // rows of compare.png
constexpr int64_t kMostPredictions = 10;

std::vector<std::pair<std::string, Options>> options_of(const Plan& plan) {
  std::vector<std::pair<std::string, Options>> list;
  for (const Choice& choice : plan.choices) list.emplace_back(choice.method->name, choice.options);
  return list;
}

/// What the network saw, uint8 [3, H, W]; undefined where an input has no rows and columns to show.
Tensor seen(const Tensor& input, const Preprocess& how) {
  if (input.dim() != 2 && input.dim() != 3) return {};
  return unprocess(input.dim() == 2 ? input.unsqueeze(1) : input, how);
}

/// Whether a map is the method's answer, not a detail of it.
bool compared(const ReportMap& map) {
  return map.kind.empty() || map.kind == "template" || map.kind == "for and against";
}

Tensor comparison_picture(const Tensor& input, const ReportMap& map) {
  if (map.clear)
    return with_class_legend(enlarged(clear_over(input, map.clear->map, map.clear->colors), 160), map.clear->colors);
  const ColorMap& colors = find_colormap(map.colormap);
  const ColorScale scale = scale_of(map.values, colors);
  return with_color_bar(enlarged(apply(map.values, colors, scale), 160), colors, scale);
}

std::string title_of(const Plan& plan) { return "limpid: " + fs::path(plan.model.path).filename().string(); }

}  // namespace

Writer::Writer(const Plan& plan)
    : plan_(plan),
      manifest_(fs::path(plan.request.output) / "manifest.json", plan.request, plan.model, options_of(plan)),
      report_(fs::path(plan.request.output) / "report.html"),
      results_(static_cast<size_t>(plan.ahead)),
      thread_([this] { run(); }) {}

Writer::~Writer() {
  results_.close();
  if (thread_.joinable()) thread_.join();
}

void Writer::add(Result result) {
  if (!results_.push(std::move(result))) rethrow();
}

void Writer::drain() {
  results_.close();
  thread_.join();
  rethrow();
}

void Writer::rethrow() {
  if (stopped_) std::rethrow_exception(std::exchange(stopped_, nullptr));
}

void Writer::run() {
  try {
    report_.append(report_begin(title_of(plan_)));
    while (const auto result = results_.pop()) write(*result);
  } catch (...) {
    stopped_ = std::current_exception();
    results_.close();
  }
}

void Writer::draw(const Result& result, InputRecord& record, ReportInput& section) {
  const float* logits = result.logits.data_ptr<float>();
  record.logits.assign(logits, logits + result.logits.numel());
  record.predictions = predictions(plan_.model.network, result.logits, plan_.model.labels, kMostPredictions);
  record.seconds.insert(record.seconds.end(), result.seconds.begin(), result.seconds.end());
  const Naming naming = naming_of(plan_, result);
  check_names(result, naming);
  add_facts(result, naming, record);
  Drawing drawing{plan_, result, naming, {}, seen(result.item.input, plan_.model.preprocess), hues_};
  if (plan_.request.maps) {
    drawing.folder = fs::path(plan_.request.output) / result.item.stem;
    make_folder(drawing.folder);
  }
  try {
    drawing.picture.defined() ? draw_all(drawing) : save_maps(drawing);
  } catch (...) {
    record.files = std::move(drawing.files);
    throw;
  }
  record.files = std::move(drawing.files);
  section = std::move(drawing.section);
  section.picture = drawing.picture;
  for (const Prediction& one : record.predictions)
    section.predictions.push_back({one.index, one.label, one.logit, one.probability});
}

void Writer::add_facts(const Result& result, const Naming& naming, InputRecord& record) {
  std::set<std::string> told;  // lists of targets may name a class twice
  for (const Map& map : result.maps) {
    if (map.facts.empty() || !told.insert(file_name(map, naming)).second) continue;
    record.facts.push_back({map.method, map.layer, map.kind, map.target, map.unit, map.facts});
    const auto start = map.facts.find("start"), gap = map.facts.find("conservation_gap");
    if (start == map.facts.end() || gap == map.facts.end()) continue;
    const Conservation here{start->second, gap->second};
    Conservation& most = conservation_.try_emplace(map.method, here).first->second;
    if (here.share() > most.share()) most = here;
  }
}

void Writer::write(const Result& result) {
  const Clock clock;
  const Item& item = result.item;
  InputRecord record{item.stem, item.path, item.sha256, item.error};
  ReportInput section;
  std::string html;
  const auto attempt = [&record](const auto& work) {
    if (!record.error.empty()) return;
    try {
      work();
    } catch (...) {
      record.error = "the maps of '" + record.path +
                     "' cannot be written: " + failure_caught("there is not enough memory; a smaller --batch may do");
    }
  };
  record.seconds.emplace_back("decode", item.seconds);
  attempt([&] { draw(result, record, section); });
  record.seconds.emplace_back("encode", clock.seconds());
  section.name = item.stem;
  section.seconds = record.seconds;
  attempt([&] {
    if (plan_.request.side_by_side) add_comparison(section);
    if (sections_ < kMostSections) html = report_section(section);
  });
  if (!record.error.empty()) {
    if (failed_++ == 0) first_error_ = record.error;
    html = report_section({item.stem, record.error, {}, {}, {}, record.seconds});
  }
  // What fails from here on is the disk: it ends the run.
  manifest_.add(record);
  if (sections_ < kMostSections) {
    report_.append(html);
    ++sections_;
  }
  for (const auto& [what, time] : record.seconds) add_seconds(what, time);
  ++inputs_;
}

void Writer::add_seconds(const std::string& what, double seconds) {
  for (auto& [name, sum] : seconds_)
    if (name == what) {
      sum += seconds;
      return;
    }
  seconds_.emplace_back(what, seconds);
}

void Writer::add_comparison(const ReportInput& section) {
  if (comparison_.rows.size() == kMostComparisons || !section.picture.defined()) return;
  // The same margin as around pictures with a bar or legend: all upper edges are on one line.
  const Tensor input = at::constant_pad_nd(enlarged(section.picture, 160), {12, 12, 12, 12}, 255);
  std::vector<GridCell> row = {{input, section.name}};
  for (const ReportMap& map : section.maps) {
    if (!compared(map)) continue;
    GridCell cell{comparison_picture(section.picture, map), ""};
    cell.caption = map.method;
    for (const std::string& word : {map.layer, map.kind, map.target}) cell.caption += word.empty() ? "" : " " + word;
    row.push_back(std::move(cell));
  }
  comparison_.rows.push_back(std::move(row));
}

void Writer::finish(ExplainSummary& summary, double seconds) {
  summary.inputs = inputs_;
  summary.failed = failed_;
  summary.first_error = first_error_;
  const fs::path output = plan_.request.output;
  const auto rows = static_cast<int64_t>(comparison_.rows.size());
  if (rows < inputs_ - failed_)
    comparison_.note = "the first " + std::to_string(rows) + " of " + std::to_string(inputs_ - failed_) + " inputs";
  std::vector<FileRecord> files = {{"report.html", "", "", "page", {}, {}, {}}};
  if (!comparison_.rows.empty()) {
    const Tensor picture = draw_grid(comparison_);
    write_png(output / "compare.png", picture);
    files.push_back({"compare.png", "", "", "comparison", {}, {}, picture.sizes().vec()});
  }
  report_.append(report_end(report_facts(plan_, inputs_, sections_, seconds_, conservation_)));
  report_.commit();
  manifest_.finish(seconds, summary.notes, files);
  summary.manifest = (output / "manifest.json").string();
}

}  // namespace limpid
