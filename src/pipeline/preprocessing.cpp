// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "data/check_preprocess.h"
#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "limpid/pipeline/model.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

bool is_gray(const std::string& channels) { return channels == "gray" || channels == "grey"; }

ChannelOrder order_named(const std::string& name) {
  if (name == "rgb") return ChannelOrder::rgb;
  if (name == "bgr") return ChannelOrder::bgr;
  if (is_gray(name)) return ChannelOrder::gray;
  refuse_name("channel order", name, {"rgb", "bgr", "gray"});
}

/// The order of channels and the crop leave open which values a picture's become.
bool says_values(const PreprocessRequest& request) {
  return !request.preset.empty() || !request.mean.empty() || !request.std.empty() || request.scale;
}

bool says_anything(const PreprocessRequest& request) {
  return says_values(request) || !request.channels.empty() || request.crop;
}

/// Mean and std that are those of values from 0 to 1, as frameworks publish them.
bool of_unit_values(const PreprocessRequest& request) {
  const auto small = [](double value) { return std::abs(value) <= 1; };
  return std::all_of(request.mean.begin(), request.mean.end(), small) &&
         std::all_of(request.std.begin(), request.std.end(), small);
}

/// What the request changes, from a preset, the model, or, where neither is there, plain 0..1.
Preprocess base_of(const PreprocessRequest& request, const Network& network, bool& assumed,
                   std::vector<std::string>& notes) {
  const Shape& input = network.input_shape();
  const auto stored = network.metadata.find("preprocess");
  if (request.preset.empty() && stored != network.metadata.end()) return preprocess_from_json(stored->second);
  assumed = !says_values(request);
  if (!request.preset.empty()) return preprocess_preset(request.preset, input[0], input[1], input[2]);
  const bool unit = assumed || (!request.scale && of_unit_values(request));
  if (unit && !assumed)
    notes.push_back(
        "the mean and std are taken to be of values from 0 to 1: the scale is 1/255 (--scale tells another)");
  return preprocess_preset(unit ? "unit" : "none", input[0], input[1], input[2]);
}

void apply_request(Preprocess& how, const PreprocessRequest& request) {
  if (!request.mean.empty()) how.mean = request.mean;
  if (!request.std.empty()) how.std = request.std;
  if (request.scale) how.scale = *request.scale;
  if (!request.channels.empty()) how.channels = order_named(request.channels);
  if (!request.size.empty()) std::tie(how.height, how.width) = extent_of("the size", request.size);
  how.crop = how.crop || request.crop;
}

void check_values(const Preprocess& how) {
  try {
    check_preprocess(how);
  } catch (const Error& error) {
    refuse(error.what());
  }
}

void check_fits(const Preprocess& how, const Shape& input) {
  const int64_t channels = how.channels == ChannelOrder::gray ? 1 : 3;
  if (channels != input[0])
    fail("preprocessing gives ", channels, " channels, and the network takes ", input[0], "; the channels may be ",
         input[0] == 1 ? "gray" : "rgb or bgr");
  if (how.height != input[1] || how.width != input[2])
    fail("preprocessing gives pictures of ", how.height, "x", how.width, ", and the network takes ", input[1], "x",
         input[2], "; the size must be that, or left out");
  if (how.mean.size() > 1 && static_cast<int64_t>(how.mean.size()) != channels)
    refuse("the mean has ", how.mean.size(), " numbers; expected one, or one for each of ", channels, " channels");
  if (how.std.size() > 1 && static_cast<int64_t>(how.std.size()) != channels)
    refuse("the std has ", how.std.size(), " numbers; expected one, or one for each of ", channels, " channels");
}

Tensor per_channel(const std::vector<double>& values, double fallback, int64_t channels) {
  if (values.empty()) return at::full({channels, 1, 1}, fallback, at::kDouble);
  return at::tensor(values, at::kDouble).view({-1, 1, 1}).expand({channels, 1, 1});
}

}  // namespace

bool takes_pictures(const Network& network) {
  const Shape& input = network.input_shape();
  return input.size() == 3 && (input[0] == 1 || input[0] == 3);
}

Preprocess resolve_preprocess(const PreprocessRequest& request, const Network& network, bool& assumed,
                              std::vector<std::string>& notes) {
  assumed = false;
  if (!takes_pictures(network)) {
    PreprocessRequest asked = request;
    if (asked.preset == "none") asked.preset.clear();  // which is what arrays get
    if (says_anything(asked))
      refuse("preprocessing makes 1 or 3 channels of a picture, and the network takes ",
             shape_text(network.input_shape()), "; arrays are taken as they are, without --preprocess");
    return {};
  }
  const Shape& input = network.input_shape();
  Preprocess how = base_of(request, network, assumed, notes);
  apply_request(how, request);
  if (how.height == 0) std::tie(how.height, how.width) = std::pair(input[1], input[2]);
  check_fits(how, input);
  check_values(how);
  return how;
}

std::string guess_note(const Model& model) {
  if (!takes_pictures(model.original) || !model.assumed) return "";
  return "the model does not say how pictures become its input; 0..1 is assumed (--preprocess tells it)";
}

Shape input_shape_of(const PreprocessRequest& request, const Shape& axes,
                     const std::map<std::string, std::string>& metadata) {
  const bool open = axes.empty() || std::any_of(axes.begin() + 1, axes.end(), [](int64_t axis) { return axis < 0; });
  const bool picture = axes.empty() || axes.size() == 4;
  if (request.size.empty() && !(open && picture)) return {};
  const auto stored = metadata.find("preprocess");
  const Preprocess how = stored == metadata.end() ? Preprocess{} : preprocess_from_json(stored->second);
  const bool gray = request.channels.empty() ? how.channels == ChannelOrder::gray : is_gray(request.channels);
  const auto said = [&](size_t axis, int64_t fallback) {
    return axes.size() == 4 && axes[axis] > 0 ? axes[axis] : fallback;
  };
  Shape shape = {said(1, gray ? 1 : 3), said(2, how.height), said(3, how.width)};
  if (!request.size.empty()) std::tie(shape[1], shape[2]) = extent_of("the size", request.size);
  return shape[1] > 0 && shape[2] > 0 ? shape : Shape();
}

std::pair<Tensor, Tensor> input_bounds(const Preprocess& how, int64_t channels) {
  const Tensor mean = per_channel(how.mean, 0, channels), std = per_channel(how.std, 1, channels);
  const Tensor a = (0 - mean) / std, b = (255 * how.scale - mean) / std;
  return {at::minimum(a, b).to(at::kFloat), at::maximum(a, b).to(at::kFloat)};
}

}  // namespace limpid
