// SPDX-License-Identifier: Apache-2.0
#pragma once
// One decision explained to an expert in four ways, as it is asked for in words: `limpid report`. Needs no tensors.

#include "limpid/core/progress.h"
#include "limpid/pipeline/request.h"

namespace limpid {

struct ReportRequest {
  ModelRequest model;
  std::string input;                              // a picture or an array of one input
  std::string data = {}, part = "all";            // examples to compare with: a data set, or a folder of inputs
  std::string attributes = {};                    // exemplars of attributes, see AttributesRequest; need `data`
  std::vector<std::string> only = {};             // of the attributes; empty: all
  std::string response = "lrp:epsilon-plus";      // of the class-enhanced map, one of response_names()
  std::vector<std::string> methods = {};          // drawn beside it; empty: grad-cam and arm where they apply
  int64_t alternatives = 2;                       // runner-up classes
  int64_t cases = 3;                              // nearest examples of each class
  int64_t segments = 30, evaluations = 1000;      // of the search for what would change the decision
  std::string fill = "mean";                      // what stands where something was removed, one of removal_fills()
  std::string output = "limpid-report";           // folder
  int64_t threads = 0, batch = 0, memory = 1024;  // as of ExplainRequest
  uint64_t seed = 0;
  std::vector<std::string> command = {};  // as typed, for the document
};

struct ReportSummary {
  std::string document = {};                 // path of report.json
  std::vector<std::string> statements = {};  // in the order of the page
  std::vector<std::string> notes = {};       // what makes results unsure
};

/// Statements, maps, cases and rejected alternatives of one decision. Writes below `output`: report.html, report.json,
/// maps/ (what explain() writes of the input and of the cases), cases/, changes/ (segments, and the inputs that change
/// the decision), checks/, and attributes/ (what attributes() writes of the input). Every number of a statement names
/// the file below `output` that it follows from, and how.
ReportSummary report(const ReportRequest& request, const Progress& progress = {});

}  // namespace limpid
