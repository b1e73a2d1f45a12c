// SPDX-License-Identifier: Apache-2.0
// The file: a line that names it, a line of JSON, and .npy arrays one after the other, whose lengths the JSON tells.
#include "train/checkpoint.h"

#include <nlohmann/json.hpp>

#include "core/whole.h"
#include "data/headed_arrays.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/npy.h"

namespace limpid {
namespace {

using Json = nlohmann::json;

const std::string kFirstLine = "limpid checkpoint 1\n";

/// NaN, which JSON has not, is null.
Json number(double value) { return std::isnan(value) ? Json() : Json(value); }
double number(const Json& value) { return value.is_null() ? std::nan("") : value.get<double>(); }

Json json_of(const CurvePoint& point) {
  return {point.epoch,
          static_cast<double>(point.step),
          point.learning_rate,
          number(point.loss),
          number(point.accuracy),
          number(point.validation_loss),
          number(point.validation_accuracy),
          point.seconds};
}

CurvePoint point_of(const Json& list) {
  return {number(list.at(0)), whole(list.at(1)),  number(list.at(2)), number(list.at(3)),
          number(list.at(4)), number(list.at(5)), number(list.at(6)), number(list.at(7))};
}

Json lengths(const std::vector<Tensor>& tensors, std::string& bytes) {
  Json list = Json::array();
  for (const Tensor& tensor : tensors) {
    const std::string array = npy_bytes(tensor.detach());
    list.push_back(array.size());
    bytes += array;
  }
  return list;
}

std::vector<Tensor> tensors_of(const Json& lengths, HeadedArrays& parts, const std::string& name) {
  std::vector<Tensor> tensors;
  for (const Json& length : lengths) tensors.push_back(dense(parts.take(whole(length), name)));
  return tensors;
}

Checkpoint parsed(std::string_view bytes, const std::string& name) {
  HeadedArrays parts = headed_arrays(bytes, kFirstLine);
  const Json about = Json::parse(parts.text);
  Checkpoint all;
  all.settings = about.at("settings").get<std::map<std::string, std::string>>();
  all.step = whole(about.at("step"));
  all.loss_sum = number(about.at("loss_sum"));
  all.right = number(about.at("right"));
  all.seen = number(about.at("seen"));
  all.best_loss = number(about.at("best_loss"));
  all.best_epoch = whole(about.at("best_epoch"));
  all.seconds = number(about.at("seconds"));
  for (const Json& point : about.at("curve")) all.curve.push_back(point_of(point));
  all.parameters = tensors_of(about.at("parameters"), parts, name);
  all.optimizer = tensors_of(about.at("optimizer"), parts, name);
  all.best = tensors_of(about.at("best"), parts, name);
  if (!parts.arrays.empty()) fail("something follows its arrays");
  return all;
}

}  // namespace

void save_checkpoint(const Checkpoint& all, const std::filesystem::path& path) {
  std::string bytes;
  Json curve = Json::array();
  for (const CurvePoint& point : all.curve) curve.push_back(json_of(point));
  Json about = {{"settings", all.settings},     {"step", all.step},       {"loss_sum", all.loss_sum},
                {"right", all.right},           {"seen", all.seen},       {"best_loss", number(all.best_loss)},
                {"best_epoch", all.best_epoch}, {"seconds", all.seconds}, {"curve", curve}};
  about["parameters"] = lengths(all.parameters, bytes);
  about["optimizer"] = lengths(all.optimizer, bytes);
  about["best"] = lengths(all.best, bytes);
  write_file(path, kFirstLine + about.dump() + "\n" + bytes);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  const std::string bytes = read_file(path, most_bytes_of_arrays);
  try {
    return parsed(bytes, path.string());
  } catch (const std::exception& error) {
    fail("the checkpoint '", path.string(), "' is damaged (", error.what(), "); without it training starts anew");
  }
}

}  // namespace limpid
