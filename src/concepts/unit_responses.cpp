// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/unit_responses.h"

#include <ATen/ATen.h>

#include "limpid/explain/arm.h"

namespace limpid {

PeakResponses::PeakResponses(const Network& network, const Probe& probe, const Composite& composite)
    : network_(&network),
      probe_(probe),
      start_(response_start(network, probe.convolution)),
      walk_(network, composite, start_, 1, 1) {}

Crops PeakResponses::operator()(const Activations& activations, const std::vector<Peak>& peaks) const {
  const auto count = static_cast<int64_t>(peaks.size());
  const Tensor maps = features_of(*network_, activations, probe_.convolution)[0];
  const Tensor signal = at::zeros({count, probe_.units, 1, 1}, maps.options());
  const Tensor places = at::empty({count, 2}, at::kLong);
  for (int64_t i = 0; i < count; ++i) {
    const Peak& peak = peaks[static_cast<size_t>(i)];
    signal[i][peak.unit].fill_(maps[peak.unit][peak.row][peak.column]);
    places[i][0] = peak.row;
    places[i][1] = peak.column;
  }
  const Crops crops = walk_(activations, {signal, places});
  return {crops.values.sum(1, /*keepdim=*/true), crops.places};
}

}  // namespace limpid
