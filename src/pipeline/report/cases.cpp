// SPDX-License-Identifier: Apache-2.0
// The examples of the data that the network sees most like the input.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "limpid/concepts/neighbours.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/loader.h"
#include "limpid/data/npy.h"
#include "limpid/data/unlabelled.h"
#include "limpid/data/wrapping.h"
#include "limpid/render/png.h"
#include "limpid/render/table.h"
#include "pipeline/report/report.h"
#include "pipeline/scoring.h"

namespace limpid {
namespace {

constexpr int64_t kNearest = 50, kSample = 200;
constexpr double kMaybeSame = 1 - 1e-6;  // cosine from which inputs are compared themselves

/// Features and decisions of inputs.
struct Seen {
  Tensor features, decisions;  // float64 [N, F], int64 [N]
};

Seen seen(const Model& model, int node, const Tensor& inputs) {
  const std::vector<Tensor> values =
      values_at(model.network, dense(inputs.to(options_of(model.network))), {node, model.network.output});
  require_finite(values.back(), "the network's output for an example of the data");
  const Tensor scores = values.back().to(at::kCPU, at::kDouble);
  const Tensor decisions = scores.size(1) > 1 ? scores.argmax(1) : scores.squeeze(1).le(0).to(at::kLong);
  return {embedding(values.front()), decisions};
}

/// The data with the model's classes; none where they are others.
std::optional<Dataset> labelled(const Dataset& data, const std::vector<std::string>& labels) {
  if (data.classes.empty()) return {};
  try {
    return aligned(data, labels);
  } catch (const Error&) {  // its classes are not the model's
    return {};
  }
}

class CaseSearch {
 public:
  CaseSearch(const CaseReport& run, const Progress& progress)
      : run_(run),
        progress_(progress),
        raw_(open_inputs(run.request.data, part_named(run.request.part), limits(run.model))),
        known_(labelled(raw_, run.model.labels)),
        inputs_(normalised(raw_, run.model.preprocess)),
        node_(embedding_node(run.model.network)),
        query_(seen(run.model, node_, run.input.unsqueeze(0)).features),
        nearest_(query_, kNearest),
        labels_(at::full({raw_.size()}, -1, at::kLong)) {
    if (known_) labels_ = labels_of(*known_);
    for (size_t c = 0; c < run.classes.size(); ++c) of_class_.emplace_back(query_, run.request.cases);
  }

  Cases found() {
    const NearestExamples sample = stream();
    Cases cases{listed(nearest_, "near"), {}, known_.has_value(), of_decision_, same_, sample.cosines().flatten()};
    make_folder(run_.folder() / "cases");
    for (size_t c = 0; c < of_class_.size(); ++c) {
      cases.of_class.push_back(listed(of_class_[c], std::to_string(run_.classes[c].index)));
      for (const Case& one : cases.of_class.back()) write(one);
    }
    write_npy(run_.folder() / "cases/sample.npy", cases.sample);
    Table table{{"number", "example", "class", "cosine"}, {}};
    for (const Case& one : cases.nearest) table.add({one.number, one.name, one.label, one.cosine});
    write_file(run_.folder() / "cases/nearest.csv", csv(table));
    return cases;
  }

 private:
  static DatasetLimits limits(const Model& model) {
    DatasetLimits limits;
    limits.input = model.limits.input;
    return limits;
  }

  /// Evenly chosen examples as queries of their own.
  NearestExamples sample_queries() const {
    std::vector<int64_t> numbers;
    std::vector<Tensor> inputs, features;
    const int64_t count = std::min(raw_.size(), kSample), batch = inputs_at_once(run_);
    for (int64_t i = 0; i < count; ++i) {
      numbers.push_back(i * raw_.size() / count);
      inputs.push_back(inputs_.read(numbers.back(), 0));
      if (static_cast<int64_t>(inputs.size()) < batch && i + 1 < count) continue;
      if (progress_) progress_(i, count, "a sample of the data");
      features.push_back(seen(run_.model, node_, at::stack(inputs)).features);
      inputs.clear();
    }
    return {at::cat(features), 1, at::tensor(numbers, at::kLong)};
  }

  NearestExamples stream() {
    NearestExamples sample = sample_queries();
    LoaderPlan plan;
    plan.batch = inputs_at_once(run_);
    Loader loader(inputs_, run_.model.network.input_shape(), plan);
    int64_t first = 0;
    for (std::optional<Batch> batch = loader.next(); batch; batch = loader.next()) {
      if (progress_) progress_(first, raw_.size(), "examples");
      const Seen these = seen(run_.model, node_, batch->inputs);
      const Tensor numbers = at::arange(first, first + batch->inputs.size(0), at::kLong);
      sample.add(these.features, numbers);
      if (!known_) labels_.narrow(0, first, numbers.size(0)).copy_(these.decisions);
      add(these.features, numbers, batch->inputs);
      first += numbers.size(0);
    }
    return sample;
  }

  void add(const Tensor& features, const Tensor& numbers, const Tensor& inputs) {
    const Tensor cosines = at::cosine_similarity(features, query_, 1);
    Tensor kept = at::ones({features.size(0)}, at::kBool);
    for (int64_t i = 0; i < features.size(0); ++i)
      if (cosines[i].item<double>() > kMaybeSame && inputs[i].equal(run_.input)) {
        same_ = raw_[numbers[i].item<int64_t>()].name;
        kept[i] = false;
      }
    const auto add_where = [&](NearestExamples& nearest, const Tensor& which) {
      const Tensor rows = which.nonzero().squeeze(1);
      if (rows.size(0) > 0) nearest.add(features.index_select(0, rows), numbers.index_select(0, rows));
    };
    add_where(nearest_, kept);
    const Tensor labels = labels_.index_select(0, numbers);
    for (size_t c = 0; c < of_class_.size(); ++c) {
      const Tensor whose = kept.logical_and(labels == run_.classes[c].index);
      if (c == 0) of_decision_ += whose.sum().item<int64_t>();
      add_where(of_class_[c], whose);
    }
  }

  std::vector<Case> listed(const NearestExamples& nearest, const std::string& kind) const {
    std::vector<Case> cases;
    for (int64_t i = 0; i < nearest.numbers().size(1); ++i) {
      const auto number = nearest.numbers()[0][i].item<int64_t>();
      const bool picture = raw_.read(number, 0).scalar_type() == at::kByte;
      cases.push_back({number, labels_[number].item<int64_t>(), raw_[number].name,
                       nearest.cosines()[0][i].item<double>(),
                       fmt::format("cases/{}-{}.{}", kind, i + 1, picture ? "png" : "npy")});
    }
    return cases;
  }

  /// The example as it is, to be explained as the input is.
  void write(const Case& one) const {
    const Tensor example = raw_.read(one.number, 0);
    if (example.scalar_type() == at::kByte)
      write_png(run_.folder() / one.file, example);
    else
      write_npy(run_.folder() / one.file, example.contiguous());
  }

  const CaseReport& run_;
  const Progress& progress_;
  Dataset raw_;
  std::optional<Dataset> known_;
  Dataset inputs_;
  int node_;
  Tensor query_;
  NearestExamples nearest_;
  std::vector<NearestExamples> of_class_;
  Tensor labels_;  // int64, of each example
  int64_t of_decision_ = 0;
  std::optional<std::string> same_;
};

}  // namespace

Cases find_cases(const CaseReport& run, const Progress& progress) { return CaseSearch(run, progress).found(); }

}  // namespace limpid
