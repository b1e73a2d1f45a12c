// SPDX-License-Identifier: Apache-2.0
#include "limpid/train/evaluation.h"

#include <ATen/ATen.h>

#include <cmath>

#include "limpid/core/error.h"
#include "limpid/data/loader.h"

namespace limpid {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : std::nan(""); }

std::vector<ClassScore> class_scores(const std::vector<std::vector<int64_t>>& confusion) {
  std::vector<ClassScore> classes(confusion.size());
  for (size_t k = 0; k < confusion.size(); ++k) {
    int64_t taken = 0;
    for (size_t j = 0; j < confusion.size(); ++j) {
      classes[k].examples += confusion[k][j];
      taken += confusion[j][k];
    }
    const auto right = static_cast<double>(confusion[k][k]);
    classes[k].recall = ratio(right, static_cast<double>(classes[k].examples));
    classes[k].precision = ratio(right, static_cast<double>(taken));
  }
  return classes;
}

double mean_recall(const std::vector<ClassScore>& classes) {
  double sum = 0, count = 0;
  for (const ClassScore& score : classes) {
    if (score.examples == 0) continue;
    sum += score.recall;
    ++count;
  }
  return ratio(sum, count);
}

Tensor cross_entropies(const Tensor& logits, const Tensor& labels) {
  return -at::log_softmax(logits, 1).gather(1, labels.unsqueeze(1)).squeeze(1);
}

/// −Σ log of the probability that class k is, or is not, there: log(1 + exp(∓z)).
Tensor binary_cross_entropies(const Tensor& logits, const Tensor& labels) {
  return at::softplus(logits).sum(1) - logits.gather(1, labels.unsqueeze(1)).squeeze(1);
}

}  // namespace

Tensor logits_of(const Network& network, const Dataset& data, int64_t batch, int64_t loading,
                 const Progress& progress) {
  const at::NoGradGuard no_grad;
  const at::TensorOptions where_it_runs = options_of(network);
  Tensor all = at::empty({data.size(), network.classes()}, at::kFloat);
  Loader loader(data, network.input_shape(), {.batch = batch, .threads = loading});
  int64_t done = 0;
  while (const std::optional<Batch> next = loader.next()) {
    const Tensor inputs = next->inputs.to(where_it_runs);
    const int64_t count = inputs.size(0);
    all.narrow(0, done, count).copy_(logits(network, inputs).cpu());
    done += count;
    if (progress) progress(done, data.size(), "predicting");
  }
  return all;
}

Scores scores_of(const Tensor& logits, const Tensor& labels, bool independent) {
  const int64_t classes = logits.size(1), count = logits.size(0);
  Scores scores;
  scores.confusion.assign(static_cast<size_t>(classes), std::vector<int64_t>(static_cast<size_t>(classes), 0));
  const Tensor predicted = logits.argmax(1).contiguous(), truth = labels.contiguous();
  int64_t right = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t is = truth.data_ptr<int64_t>()[i], taken_for = predicted.data_ptr<int64_t>()[i];
    if (is < 0 || is >= classes) fail("a label is ", is, "; the network has ", classes, " classes");
    ++scores.confusion[static_cast<size_t>(is)][static_cast<size_t>(taken_for)];
    right += is == taken_for;
  }
  const Tensor values = logits.to(at::kDouble);
  scores.accuracy = ratio(static_cast<double>(right), static_cast<double>(count));
  scores.loss =
      (independent ? binary_cross_entropies(values, truth) : cross_entropies(values, truth)).mean().item<double>();
  scores.calibration_error = calibration_error(independent ? values.sigmoid() : values.softmax(1), truth);
  scores.classes = class_scores(scores.confusion);
  scores.balanced_accuracy = mean_recall(scores.classes);
  return scores;
}

double calibration_error(const Tensor& probabilities, const Tensor& labels, int64_t bins) {
  const auto [best, predicted] = probabilities.to(at::kDouble).max(1);
  const Tensor right = predicted.eq(labels).to(at::kDouble);
  // (0, 1/bins] is bin 0.
  const Tensor bin =
      ((best * static_cast<double>(bins)).ceil() - 1).clamp(0, static_cast<double>(bins - 1)).to(at::kLong);
  const Tensor gap = at::zeros({bins}, at::kDouble).index_add_(0, bin, right - best);
  return gap.abs().sum().item<double>() / static_cast<double>(labels.size(0));
}

}  // namespace limpid
