// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "explain/methods.h"
#include "explain/methods/common.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

/// The standard deviation for each image: a share of its range.
Tensor deviations(const Tensor& x, double noise) {
  const Tensor flat = x.flatten(1);
  Shape shape(static_cast<size_t>(x.dim()), 1);
  shape[0] = x.size(0);
  return ((flat.amax(1) - flat.amin(1)) * noise).reshape(shape);
}

std::vector<Attribution> run(const Subject& subject, const Options& options) {
  const Method& inner = method(options.text("of"));
  if (inner.name == "smooth-grad") refuse("smooth-grad of smooth-grad is not defined; of may be any other method");
  const int64_t samples = options.integer("samples", 1);
  const Tensor& x = subject.input();
  const Tensor deviation = deviations(x, options.number("noise"));
  std::vector<Attribution> mean;
  for (int64_t sample = 0; sample < samples; ++sample) {
    // One noise for all images: an image's map does not depend on the batch that it came in.
    const Tensor noise = normal_noise(x.sizes().slice(1), subject.seed * 1'000'003 + static_cast<uint64_t>(sample));
    const Activations activations = forward(subject.network, x + noise.to(x.options()) * deviation);
    Subject noisy{subject.network, activations, subject.targets, subject.layers, subject.data,
                  subject.load,    subject.low, subject.high,    subject.memory, subject.seed};
    std::vector<Attribution> parts = inner.run(noisy, Options(inner.options, {}));
    parts.erase(
        std::remove_if(parts.begin(), parts.end(), [](const Attribution& a) { return a.kind != "attribution"; }),
        parts.end());
    if (parts.empty()) refuse("method ", inner.name, " gives no attribution of a class that could be averaged");
    for (size_t i = 0; i < parts.size(); ++i) parts[i].values = parts[i].values / samples;
    if (mean.empty())
      mean = std::move(parts);
    else
      for (size_t i = 0; i < parts.size(); ++i) mean[i].values = mean[i].values + parts[i].values;
    if (subject.progress) subject.progress(sample + 1, samples, "samples");
  }
  return mean;
}

}  // namespace

const Method smooth_grad = {"smooth-grad",
                            "the mean of a method's maps over noisy copies of the input",
                            "smilkov2017",
                            "any network",
                            {{"samples", "25", "noisy copies", {}},
                             {"noise", ".15", "standard deviation of the noise, as a share of the input's range", {}},
                             {"of", "gradient", "the method that is averaged, with its default options", {}}},
                            never,
                            run};

}  // namespace limpid
