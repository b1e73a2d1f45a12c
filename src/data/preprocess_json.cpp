// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/whole.h"
#include "data/check_preprocess.h"
#include "limpid/core/error.h"
#include "limpid/core/lookup.h"

namespace limpid {
namespace {

using Json = nlohmann::json;

constexpr int64_t most_side = 100'000;
constexpr double least_size = std::numeric_limits<float>::min(), most_size = std::numeric_limits<float>::max();

// Index: ChannelOrder.
const std::vector<std::string> orders = {"rgb", "bgr", "gray"};

void check_per_channel(std::string_view key, const std::vector<double>& values, const Preprocess& how, bool divisor) {
  const size_t channels = how.channels == ChannelOrder::gray ? 1 : 3;
  if (values.size() > 1 && values.size() != channels) {
    fail("preprocessing has ", values.size(), " values of ", key, " for ", channels, " channels (",
         orders[static_cast<size_t>(how.channels)], "); expected none, 1 or ", channels);
  }
  for (const double value : values) {
    if (divisor ? !(value >= least_size && value <= most_size) : !(std::abs(value) <= most_size))
      fail("preprocessing has the ", key, " ", value, "; expected a number from ", divisor ? least_size : -most_size,
           " to ", most_size);
  }
}

/// Moves the value of `key` out of `object` into `to`; leaves `to` alone when there is none.
template <class Value>
void take(Json& object, const std::string& key, Value& to) {
  const auto found = object.find(key);
  if (found == object.end()) return;
  to = found->get<Value>();
  object.erase(found);
}

Preprocess parsed(Json object) {
  Preprocess how;
  std::string order = "rgb";
  Json size = {0, 0};
  take(object, "channels", order);
  take(object, "scale", how.scale);
  take(object, "mean", how.mean);
  take(object, "std", how.std);
  take(object, "size", size);
  take(object, "crop", how.crop);
  if (!object.empty())
    refuse_name("preprocessing key", object.begin().key(), {"channels", "scale", "mean", "std", "size", "crop"});
  const auto found = std::find(orders.begin(), orders.end(), order);
  if (found == orders.end()) refuse_name("channel order", order, orders);
  how.channels = static_cast<ChannelOrder>(found - orders.begin());
  how.height = whole(size.at(0));
  how.width = whole(size.at(1));
  return how;
}

}  // namespace

void check_preprocess(const Preprocess& how) {
  if (!(std::abs(how.scale) >= least_size && std::abs(how.scale) <= most_size))
    fail("preprocessing has the scale ", how.scale, "; expected a number such as 1 or 0.00392157 (1/255), from ",
         least_size, " to ", most_size, " but for its sign");
  check_per_channel("mean", how.mean, how, false);
  check_per_channel("std", how.std, how, true);
  const bool none = how.height == 0 && how.width == 0;
  if (!none && (std::min(how.height, how.width) < 1 || std::max(how.height, how.width) > most_side)) {
    fail("preprocessing has the size ", how.height, "x", how.width, "; expected 1x1 to ", most_side, "x", most_side,
         ", or 0x0 for the picture's own");
  }
}

std::string to_json(const Preprocess& how) {
  return Json{{"channels", orders[static_cast<size_t>(how.channels)]},
              {"scale", how.scale},
              {"mean", how.mean},
              {"std", how.std},
              {"size", {how.height, how.width}},
              {"crop", how.crop}}
      .dump();
}

Preprocess preprocess_from_json(std::string_view text) {
  try {
    const Preprocess how = parsed(Json::parse(text));
    check_preprocess(how);
    return how;
  } catch (const Json::exception& error) {
    fail("the preprocessing '", text.substr(0, 80), "' is not understood: ", error.what(),
         "; expected an object such as ", to_json({.scale = 1.0 / 255, .height = 224, .width = 224}));
  }
}

}  // namespace limpid
