// SPDX-License-Identifier: Apache-2.0
#include "crystal/diffraction_tensors.h"

#include <ATen/ATen.h>

#include <map>

#include "crystal/ewald_sphere.h"
#include "crystal/form_factors.h"

namespace limpid {
namespace {

constexpr int64_t kPhases = int64_t{1} << 25;  // computed at once: 128 MB in float32

/// The pixels that are seen: their numbers, row by row, and s₀ in float64.
struct SeenPixels {
  Tensor number, vectors;  // int64 [P], float64 [P,3]
};

SeenPixels seen_pixels() {
  std::vector<int64_t> numbers;
  std::vector<double> vectors;
  for (int64_t row = 0; row < detector_pixels; ++row)
    for (int64_t column = 0; column < detector_pixels; ++column) {
      const double x = static_cast<double>(column) - beam_center, y = static_cast<double>(row) - beam_center;
      if (!is_seen(x, y)) continue;
      const Eigen::Vector3d s = ewald_vector(x, y);
      numbers.push_back(row * detector_pixels + column);
      vectors.insert(vectors.end(), s.data(), s.data() + 3);
    }
  const auto count = static_cast<int64_t>(numbers.size());
  return {at::tensor(numbers), at::tensor(vectors, at::kDouble).view({count, 3})};
}

/// Centred, scaled positions [3,A], a column of ones at each atom's species [A,S], and f [P,S].
struct Atoms {
  Tensor positions, species, factors;
};

Atoms atoms_of(const Structure& structure, double scale, int z_offset, const Tensor& lengths) {
  std::map<int, int64_t> column_of;
  for (const int number : structure.species) column_of.try_emplace(number + z_offset, 0);
  std::vector<Tensor> factors;
  for (auto& [number, column] : column_of) {
    column = static_cast<int64_t>(factors.size());
    const FormFactor f = form_factor(number);
    Tensor values = at::full_like(lengths, f.c);
    for (size_t i = 0; i < f.a.size(); ++i) values += f.a[i] * at::exp(lengths.square() * (-f.b[i] / 4));
    factors.push_back(values);
  }
  const int64_t count = structure.size();
  const Tensor positions = at::empty({count, 3}, at::kDouble),
               species = at::zeros({count, static_cast<int64_t>(factors.size())});
  for (int64_t i = 0; i < count; ++i) {
    const Eigen::Vector3d& r = structure.positions[static_cast<size_t>(i)];
    std::copy(r.data(), r.data() + 3, positions.data_ptr<double>() + 3 * i);
    species[i][column_of.at(structure.species[static_cast<size_t>(i)] + z_offset)] = 1;
  }
  return {((positions - positions.mean(0)) / scale).t(), species, at::stack(factors, 1)};
}

/// |F|² at reciprocal vectors [P,3].
Tensor intensities_at(const Tensor& vectors, const Atoms& atoms) {
  const int64_t chunk = std::max<int64_t>(kPhases / atoms.positions.size(1), 1);
  std::vector<Tensor> parts;
  for (int64_t first = 0; first < vectors.size(0); first += chunk) {
    const int64_t count = std::min(chunk, vectors.size(0) - first);
    const Tensor turns = at::mm(vectors.narrow(0, first, count), atoms.positions);
    const Tensor phases = (turns - turns.round()) * (2 * M_PI);
    const Tensor factors = atoms.factors.narrow(0, first, count);
    const auto part = [&](const Tensor& parts) { return (at::mm(parts, atoms.species) * factors).sum(1).square(); };
    parts.push_back(part(phases.cos()) + part(phases.sin()));
  }
  return at::cat(parts);
}

}  // namespace

Tensor intensities_by_tensors(const std::vector<Structure>& structures, const std::vector<double>& scales, int z_offset,
                              c10::Device device) {
  const SeenPixels pixels = seen_pixels();
  const Tensor lengths = pixels.vectors.norm(2, 1), number = pixels.number.to(device);
  const auto single = [&](const Tensor& x) { return x.to(device, at::kFloat); };
  std::vector<Tensor> turned;
  for (const Turn& turn : detector_turns()) {
    const Tensor rotation = at::from_blob(const_cast<double*>(turn.rotation.data()), {3, 3}, at::kDouble);
    turned.push_back(single(at::mm(pixels.vectors, rotation)));  // Eigen is column-major: this is the transpose
  }
  const Tensor all = at::zeros({static_cast<int64_t>(structures.size()), 3, detector_pixels * detector_pixels},
                               at::device(device).dtype(at::kFloat));
  for (size_t i = 0; i < structures.size(); ++i) {
    const Atoms exact = atoms_of(structures[i], scales[i], z_offset, lengths);
    const Atoms atoms = {single(exact.positions), single(exact.species), single(exact.factors)};
    for (size_t turn = 0; turn < turned.size(); ++turn)
      all[static_cast<int64_t>(i)][detector_turns()[turn].axis].index_add_(0, number,
                                                                           intensities_at(turned[turn], atoms));
  }
  return all.view({-1, 3, detector_pixels, detector_pixels});
}

}  // namespace limpid
