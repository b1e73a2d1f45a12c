// SPDX-License-Identifier: Apache-2.0
#include "crystal/formats/symmetry_operations.h"

#include <Eigen/LU>
#include <charconv>
#include <cmath>

#include "crystal/lattice.h"

namespace limpid {
namespace {

using Eigen::Vector3d;

constexpr double kSame = 0.1;  // Å

/// The expression of one coordinate, read from left to right.
class Expression {
 public:
  explicit Expression(std::string_view text) {
    for (const char c : text)
      if (c != ' ' && c != '\t') text_ += c;
  }

  /// Coefficients of x, y and z, and the constant.
  std::optional<Eigen::Vector4d> read() {
    Eigen::Vector4d sum = Eigen::Vector4d::Zero();
    if (text_.empty()) return {};
    while (at_ < text_.size()) {
      const double sign = text_[at_] == '-' ? -1 : 1;
      if (text_[at_] == '-' || text_[at_] == '+') {
        ++at_;
      } else if (at_ > 0) {
        return {};
      }
      if (!add_term(sign, sum)) return {};
    }
    return sum;
  }

 private:
  /// 1/2, .25, x, 2*x, 2x
  bool add_term(double sign, Eigen::Vector4d& sum) {
    std::optional<double> factor = number();
    if (factor && take('/')) {
      const std::optional<double> divisor = number();
      if (!divisor || *divisor == 0) return false;
      *factor /= *divisor;
    }
    const bool times = factor && take('*');
    if (const std::optional<int> axis = variable()) {
      sum[*axis] += sign * factor.value_or(1);
      return true;
    }
    if (!factor || times) return false;
    sum[3] += sign * *factor;
    return true;
  }

  std::optional<double> number() {
    double value = 0;
    const char* const begin = text_.data() + at_;
    const auto [end, status] = std::from_chars(begin, text_.data() + text_.size(), value, std::chars_format::fixed);
    if (status != std::errc() || !(std::abs(value) < 1000) || *begin == '-') return {};
    at_ += static_cast<size_t>(end - begin);
    return value;
  }

  std::optional<int> variable() {
    if (at_ >= text_.size()) return {};
    const int axis = (text_[at_] | 0x20) - 'x';
    if (axis < 0 || axis > 2) return {};
    ++at_;
    return axis;
  }

  bool take(char c) {
    const bool there = at_ < text_.size() && text_[at_] == c;
    if (there) ++at_;
    return there;
  }

  std::string text_;
  size_t at_ = 0;
};

}  // namespace

std::optional<SymmetryOperation> parse_operation(std::string_view text) {
  SymmetryOperation operation;
  for (int i = 0; i < 3; ++i) {
    const size_t comma = text.find(',');
    if ((comma == std::string_view::npos) != (i == 2)) return {};
    const std::optional<Eigen::Vector4d> row = Expression(text.substr(0, comma)).read();
    if (!row) return {};
    operation.rotation.row(i) = row->head<3>();
    operation.translation[i] = (*row)[3];
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  const bool whole = operation.rotation == operation.rotation.array().round().matrix();
  if (!whole || std::abs(operation.rotation.determinant()) != 1) return {};
  return operation;
}

std::vector<Vector3d> orbit(const Vector3d& position, const std::vector<SymmetryOperation>& operations,
                            const Eigen::Matrix3d& cell) {
  std::vector<Vector3d> images, offsets;  // of the first found in a place, to the mean of all in it
  std::vector<int> counts;
  for (const SymmetryOperation& operation : operations) {
    const Vector3d image = wrapped_fraction(operation.rotation * position + operation.translation);
    size_t i = 0;
    Vector3d apart = Vector3d::Zero();
    for (; i < images.size(); ++i) {
      apart = image - images[i];
      apart -= apart.array().round().matrix();
      if ((cell.transpose() * apart).squaredNorm() < kSame * kSame) break;
    }
    if (i == images.size()) {
      images.push_back(image);
      offsets.push_back(Vector3d::Zero());
      counts.push_back(1);
    } else {
      offsets[i] += apart;
      ++counts[i];
    }
  }
  for (size_t i = 0; i < images.size(); ++i) images[i] = wrapped_fraction(images[i] + offsets[i] / counts[i]);
  return images;
}

}  // namespace limpid
