// SPDX-License-Identifier: Apache-2.0
#pragma once
// Studies: each goes from data to networks, tables, figures and a page with one command.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "limpid/core/options.h"
#include "limpid/core/progress.h"

namespace limpid {

struct StudyRequest {
  std::string study, data;
  std::string output = {};                 // folder; empty: <study>-study
  std::vector<std::string> settings = {};  // "option=value"
  bool quick = false;                      // the study's options for minutes instead of hours
  std::string device = "cpu";              // cpu, cuda, cuda:1
  std::string precision = "float32";       // of the walks
  int64_t threads = 0, loading = 1;        // 0: every processor; threads that make batches
  int64_t memory = 1024;                   // MiB for signals
  uint64_t seed = 0;
  std::vector<std::string> limits = {};   // "name=value", see limits.h
  std::vector<std::string> command = {};  // as typed, for the report
};

class StudyRun;

/// To add one: src/pipeline/studies/<name>.cpp, and its line in src/pipeline/studies.cpp.
struct Study {
  std::string name, summary, reference;
  std::string needs;  // what DATA is and where such data are public; ends the error where it is not there;
                      // empty: the study makes its own
  std::vector<OptionSpec> options;
  std::map<std::string, std::string> quick;  // what --quick sets of them
  void (*run)(StudyRun&);
};

/// In the order in which people should see them.
const std::vector<Study>& studies();

/// Runs a study in its output folder, which gets networks/, tables/ (CSV and JSON), figures/, report.html, report.md
/// and study.json. What an earlier run with the same settings has finished there is taken over; a folder of other
/// settings is refused. `tell` gets a line for each finished part. Returns the path of study.json.
std::string run_study(const StudyRequest& request, const Progress& progress = {},
                      const std::function<void(const std::string&)>& tell = {});

}  // namespace limpid
