// SPDX-License-Identifier: Apache-2.0
// The file: a line that names it, a line of JSON, and .npy arrays one after the other, whose names and lengths the JSON
// tells.
#include "pipeline/concepts/state.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "core/whole.h"
#include "data/headed_arrays.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/npy.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

const std::string kFirstLine = "limpid unfinished run 1\n";
constexpr std::chrono::seconds kPause(30);

/// The first setting in which two runs differ, in words.
std::string difference(const Json& there, const std::map<std::string, std::string>& here) {
  for (const auto& [name, value] : here) {
    const std::string other = there.value(name, "");
    if (other != value) return name + " " + (other.empty() ? "unset" : other) + ", and this one has " + value;
  }
  return "";
}

}  // namespace

RunState::RunState(std::filesystem::path path, std::map<std::string, std::string> settings)
    : path_(std::move(path)), settings_(std::move(settings)) {
  std::error_code status;
  if (!std::filesystem::exists(path_, status)) return;
  const std::string bytes = read_file(path_, most_bytes_of_arrays);
  Json about;
  try {
    HeadedArrays parts = headed_arrays(bytes, kFirstLine);
    about = Json::parse(parts.text);
    done_ = whole(about.at("done"));
    for (const Json& entry : about.at("arrays"))
      loaded_.emplace_back(entry.at("name"), parts.take(whole(entry.at("bytes")), path_.string()));
  } catch (const std::exception& error) {
    fail("'", path_.string(), "' is damaged (", error.what(), "); without it the run starts anew");
  }
  if (const std::string other = difference(about.at("settings"), settings_); !other.empty())
    fail("'", path_.parent_path().string(), "' holds an unfinished run with ", other,
         "; the same settings go on there, others need another output folder");
}

void RunState::save(int64_t done, const NamedTensors& tensors) {
  GrowingFile file(path_);
  Json arrays = Json::array();
  for (const auto& [name, tensor] : tensors) arrays.push_back({{"name", name}, {"bytes", npy_bytes(tensor).size()}});
  file.append(kFirstLine + Json{{"settings", settings_}, {"done", done}, {"arrays", arrays}}.dump() + "\n");
  for (const auto& [name, tensor] : tensors) file.append(npy_bytes(tensor));
  file.commit();
  saved_ = std::chrono::steady_clock::now();
}

bool RunState::due() const { return std::chrono::steady_clock::now() - saved_ > kPause; }

void remove_state(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

}  // namespace limpid
