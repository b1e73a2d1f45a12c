// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/diffraction.h"

#include <ATen/ATen.h>

#include <map>
#include <mutex>

#include "core/parallel.h"
#include "crystal/diffraction_tensors.h"
#include "crystal/form_factors.h"
#include "crystal/pattern.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

constexpr int64_t kImage = detector_pixels * detector_pixels;

/// f at the octant's pixels, made once an element.
const float* octant_form_factor(int atomic_number) {
  static std::mutex access;
  static std::map<int, std::vector<float>> made;
  const std::lock_guard<std::mutex> lock(access);
  std::vector<float>& values = made[atomic_number];
  if (values.empty()) {
    const FormFactor f = form_factor(atomic_number);
    for (const double length : octant().length) values.push_back(static_cast<float>(f(length)));
  }
  return values.data();
}

/// Atoms as the detector sees them, the centre of all at 0: there phases are small, and intensities are the same.
std::vector<Scatterers> scatterers(const Structure& structure, double scale, int z_offset,
                                   const Eigen::Matrix3d& rotation) {
  Eigen::Vector3d center = Eigen::Vector3d::Zero();
  for (const Eigen::Vector3d& position : structure.positions) center += position / structure.size();
  std::map<int, Scatterers> by_species;
  for (size_t i = 0; i < structure.positions.size(); ++i) {
    Scatterers& species = by_species[structure.species[i] + z_offset];
    const Eigen::Vector3f r = (rotation.transpose() * (structure.positions[i] - center) / scale).cast<float>();
    species.x.push_back(r.x());
    species.y.push_back(r.y());
    species.z.push_back(r.z());
  }
  std::vector<Scatterers> all;
  for (auto& [number, species] : by_species) {
    species.form_factor = octant_form_factor(number);
    all.push_back(std::move(species));
  }
  return all;
}

/// Calls one(row, column, intensity) for every pixel that is seen.
template <class One>
void each_pixel(const OctantIntensities& intensities, const One& one) {
  constexpr int64_t signs[4][2] = {{1, 1}, {-1, -1}, {1, -1}, {-1, 1}};
  const auto pixel = [](int64_t half_less, int64_t sign) {
    return detector_pixels / 2 + (sign > 0 ? half_less : -half_less - 1);
  };
  for (size_t k = 0; k < octant().place.size(); ++k) {
    const auto& [x, y] = octant().place[k];
    for (size_t image = 0; image < 4; ++image) {
      const int64_t sign_x = signs[image][0], sign_y = signs[image][1];
      one(pixel(y, sign_y), pixel(x, sign_x), intensities.images[image][k]);
      if (x != y) one(pixel(x, sign_y), pixel(y, sign_x), intensities.images[image + 4][k]);
    }
  }
}

/// Adds the patterns of a structure to channels of rotations about x, y, z.
void add_patterns(const Structure& structure, double scale, int z_offset, float* channels) {
  OctantIntensities intensities;
  for (size_t i = 0; i < detector_turns().size(); ++i) {
    const Turn& turn = detector_turns()[i];
    float* channel = channels + turn.axis * kImage;
    const bool about_beam = turn.axis == 2;
    if (about_beam && i % 2 == 1) continue;  // is the positive one's, turned by 90°
    sum_pattern(scatterers(structure, scale, z_offset, turn.rotation), intensities);
    each_pixel(intensities, [&](int64_t row, int64_t column, float intensity) {
      channel[row * detector_pixels + column] += intensity;
      if (about_beam) channel[(detector_pixels - 1 - column) * detector_pixels + row] += intensity;
    });
  }
}

void check_request(const std::vector<Structure>& structures, const std::vector<double>& scales) {
  if (structures.size() != scales.size())
    fail("there are ", structures.size(), " structures and ", scales.size(), " scales; each structure has one");
  for (size_t i = 0; i < structures.size(); ++i) {
    if (structures[i].size() == 0) fail("'", structures[i].name, "' has no atoms to scatter");
    if (!(scales[i] > 0) || std::isinf(scales[i]))
      fail("'", structures[i].name, "' has the length scale ", scales[i], "; expected a positive number of ångström");
  }
}

Tensor in_order(const Tensor& channels, bool published) {
  return published ? at::stack({channels.select(1, 0), channels.select(1, 2), channels.select(1, 1)}, 1) : channels;
}

/// To [0, 1] over all channels; what the mask hides is 0, so that is the least.
Tensor normalised(const Tensor& intensities) {
  const Tensor largest = intensities.flatten(1).amax(1).clamp_min(std::numeric_limits<float>::min());
  return intensities / largest.view({-1, 1, 1, 1});
}

}  // namespace

Tensor diffraction_intensities(const std::vector<Structure>& structures, const std::vector<double>& scales,
                               const FingerprintOptions& options) {
  check_request(structures, scales);
  if (!options.device.is_cpu())
    return in_order(intensities_by_tensors(structures, scales, options.z_offset, options.device),
                    options.published_order);
  const auto count = static_cast<int64_t>(structures.size());
  const Tensor all = at::zeros({count, 3, detector_pixels, detector_pixels});
  parallel_for(count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto at = static_cast<size_t>(i);
      add_patterns(structures[at], scales[at], options.z_offset, all.data_ptr<float>() + i * 3 * kImage);
    }
  });
  return in_order(all, options.published_order);
}

Tensor diffraction_intensities(const Structure& structure, double scale, const FingerprintOptions& options) {
  return diffraction_intensities(std::vector{structure}, {scale}, options)[0];
}

Tensor simulate_diffraction(const std::vector<Structure>& structures, const std::vector<double>& scales,
                            const FingerprintOptions& options) {
  return normalised(diffraction_intensities(structures, scales, options));
}

Tensor simulate_diffraction(const Structure& structure, double scale, const FingerprintOptions& options) {
  return simulate_diffraction(std::vector{structure}, {scale}, options)[0];
}

Tensor fingerprint(const Structure& structure, const FingerprintOptions& options) {
  const ScaledCluster scaled = scaled_cluster(structure, options);
  return simulate_diffraction(scaled.cluster.structure, scaled.scale, options);
}

}  // namespace limpid
