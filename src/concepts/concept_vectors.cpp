// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/concept_vectors.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "concepts/logistic_dual.h"
#include "core/parallel.h"
#include "limpid/core/error.h"
#include "limpid/core/random.h"

namespace limpid {
namespace {

using Indices = std::vector<int64_t>;

/// Scalar products of all rows about their mean, float64 [N, N]; a few columns at a time.
Tensor gram_of(const Tensor& activations) {
  constexpr int64_t columns = 1 << 14;
  Tensor gram = at::zeros({activations.size(0), activations.size(0)}, at::kDouble);
  for (int64_t begin = 0; begin < activations.size(1); begin += columns) {
    const Tensor part = activations.narrow(1, begin, std::min(columns, activations.size(1) - begin));
    const Tensor centred = part - part.mean(0, /*keepdim=*/true);
    gram += at::mm(centred, centred.t());
  }
  return gram;
}

/// The place of each row among all, by their values: what is drawn does not depend on the order in which they came.
Indices ranks_of(const Tensor& activations) {
  const int64_t count = activations.size(0), features = activations.size(1);
  const float* const values = activations.data_ptr<float>();
  Indices order(static_cast<size_t>(count)), ranks(order.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    const float *const one = values + a * features, *const other = values + b * features;
    return std::lexicographical_compare(one, one + features, other, other + features);
  });
  for (size_t place = 0; place < order.size(); ++place)
    ranks[static_cast<size_t>(order[place])] = static_cast<int64_t>(place);
  return ranks;
}

/// Rows of both sets of a contrast, and which of them are of the first.
struct Sample {
  Indices rows;
  std::vector<char> toward;

  void add(const Indices& more, bool is_toward) {
    rows.insert(rows.end(), more.begin(), more.end());
    toward.insert(toward.end(), more.size(), static_cast<char>(is_toward));
  }
};

struct Fit {
  DualLogistic function;
  bool flat = false;  // all examples are alike
};

class Fitting {
 public:
  Fitting(const Tensor& gram, double l2) : gram_(gram.data_ptr<double>()), rows_(gram.size(0)), l2_(l2) {}

  Fit fit(const Sample& sample) const {
    const auto count = static_cast<Eigen::Index>(sample.rows.size());
    Eigen::MatrixXd products(count, count);
    for (Eigen::Index i = 0; i < count; ++i)
      for (Eigen::Index j = 0; j < count; ++j) products(i, j) = product(sample.rows[place(i)], sample.rows[place(j)]);
    const double size = products.diagonal().mean();
    const Eigen::VectorXd means = products.rowwise().mean();
    products = (products.colwise() - means).rowwise() - (means.array() - means.mean()).matrix().transpose();
    const double spread = products.diagonal().mean();
    if (!(spread > 1e-6 * size)) return {{Eigen::VectorXd::Zero(count), 0}, true};
    const auto first = static_cast<double>(std::count(sample.toward.begin(), sample.toward.end(), 1));
    Eigen::VectorXd truth(count), weight(count);
    for (Eigen::Index i = 0; i < count; ++i) {
      truth[i] = sample.toward[place(i)];
      weight[i] = .5 / (sample.toward[place(i)] ? first : static_cast<double>(count) - first);
    }
    Fit found{fit_dual_logistic(products, truth, weight, l2_ * spread)};
    // f was found about the sample's mean: its bias for products about the mean of all rows
    found.function.bias -= found.function.alpha.dot(means);
    return found;
  }

  /// Mean over both sets of the share of examples that a fit tells right.
  double accuracy(const Fit& fit, const Sample& fitted, const Sample& held_out) const {
    if (fit.flat) return .5;
    double right[2] = {0, 0}, all[2] = {0, 0};
    for (size_t i = 0; i < held_out.rows.size(); ++i) {
      double answer = fit.function.bias;
      for (size_t j = 0; j < fitted.rows.size(); ++j)
        answer += fit.function.alpha[static_cast<Eigen::Index>(j)] * product(held_out.rows[i], fitted.rows[j]);
      const size_t side = held_out.toward[i] ? 1 : 0;
      right[side] += (answer > 0) == (side == 1);
      ++all[side];
    }
    return (right[0] / all[0] + right[1] / all[1]) / 2;
  }

 private:
  static size_t place(Eigen::Index i) { return static_cast<size_t>(i); }
  double product(int64_t a, int64_t b) const { return gram_[a * rows_ + b]; }

  const double* gram_;
  int64_t rows_;
  double l2_;
};

struct Sides {
  Sample fitted, held_out, all;
};

void divide(Indices set, const Indices& ranks, bool toward, double share, uint64_t seed, Sides& sides) {
  std::sort(set.begin(), set.end(),
            [&](int64_t a, int64_t b) { return ranks[static_cast<size_t>(a)] < ranks[static_cast<size_t>(b)]; });
  sides.all.add(set, toward);
  Random(seed).shuffle(set);
  const auto count = static_cast<int64_t>(set.size());
  const auto held = std::clamp<int64_t>(std::llround(static_cast<double>(count) * share), 1, count - 1);
  sides.held_out.add({set.begin(), set.begin() + held}, toward);
  sides.fitted.add({set.begin() + held, set.end()}, toward);
}

void check(const Tensor& activations, const std::vector<Contrast>& contrasts) {
  if (activations.dim() != 2 || activations.scalar_type() != at::kFloat)
    fail("concept vectors got activations ", shape_text(activations.sizes()), "; expected float32 rows");
  require_finite(activations, "an activation");
  for (const Contrast& one : contrasts)
    if (one.toward.size() < 2 || one.from.size() < 2)
      fail("a concept vector has sets of ", one.toward.size(), " and ", one.from.size(),
           " examples; expected at least 2 in each");
}

}  // namespace

ConceptVectors concept_vectors(const Tensor& activations, const std::vector<Contrast>& contrasts,
                               const ConceptVectorOptions& options) {
  check(activations, contrasts);
  const Tensor rows = activations.contiguous();
  const Indices ranks = ranks_of(rows);
  const Tensor gram = gram_of(rows);
  const Fitting fitting(gram, options.l2);
  ConceptVectors found{Tensor(), std::vector<double>(contrasts.size())};
  Tensor shares = at::zeros({static_cast<int64_t>(contrasts.size()), rows.size(0)}, at::kFloat);
  for_each_parallel(contrasts.size(), [&](size_t number) {
    Sides sides;
    const Contrast& one = contrasts[number];
    divide(one.toward, ranks, true, options.held_out, mixed_seed({options.seed, number, 1}), sides);
    divide(one.from, ranks, false, options.held_out, mixed_seed({options.seed, number, 0}), sides);
    found.accuracies[number] = fitting.accuracy(fitting.fit(sides.fitted), sides.fitted, sides.held_out);
    const Fit all = fitting.fit(sides.all);
    float* const row = shares.data_ptr<float>() + static_cast<int64_t>(number) * rows.size(0);
    const double largest = std::max(all.function.alpha.cwiseAbs().maxCoeff(), 1e-300);
    for (size_t i = 0; i < sides.all.rows.size(); ++i)
      row[sides.all.rows[i]] += static_cast<float>(all.function.alpha[static_cast<Eigen::Index>(i)] / largest);
  });
  const Tensor sums = at::mm(shares, rows);
  found.vectors = sums / sums.norm(2, 1, /*keepdim=*/true).clamp_min(1e-30);
  return found;
}

}  // namespace limpid
