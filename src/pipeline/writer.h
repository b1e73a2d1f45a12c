// SPDX-License-Identifier: Apache-2.0
#pragma once
// Results to files, pictures, the page and the manifest, on a thread of their own.

#include <cmath>
#include <thread>

#include "limpid/pipeline/manifest.h"
#include "limpid/render/report.h"
#include "pipeline/batch.h"
#include "pipeline/clock.h"
#include "pipeline/naming.h"
#include "pipeline/queue.h"

namespace limpid {

/// Of the maps of a run, the one whose relevance misses most of what it started from.
struct Conservation {
  double start = 0, gap = 0;
  double share() const { return gap == 0 ? 0 : std::abs(gap / start); }  // infinite where all of it comes from nothing
};

class Writer {
 public:
  explicit Writer(const Plan& plan);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Waits while many results are still to be written. Throws what stopped the writing.
  void add(Result result);
  /// Waits for the last result.
  void drain();
  /// After drain: the page and the manifest get their names.
  void finish(ExplainSummary& summary, double seconds);

 private:
  void run();
  void write(const Result& result);
  void draw(const Result& result, InputRecord& record, ReportInput& section);
  void add_seconds(const std::string& what, double seconds);
  void add_comparison(const ReportInput& section);
  void add_facts(const Result& result, const Naming& naming, InputRecord& record);
  void rethrow();

  const Plan& plan_;
  ManifestWriter manifest_;
  GrowingFile report_;
  PictureGrid comparison_;
  ClassHues hues_;
  int64_t inputs_ = 0, failed_ = 0, sections_ = 0;
  std::string first_error_;
  std::vector<std::pair<std::string, double>> seconds_ = {};  // sums over the inputs
  std::map<std::string, Conservation> conservation_ = {};     // a method each
  std::exception_ptr stopped_;
  BoundedQueue<Result> results_;
  std::thread thread_;
};

/// What the page says about a run beside its inputs.
ReportFacts report_facts(const Plan& plan, int64_t inputs, int64_t shown,
                         const std::vector<std::pair<std::string, double>>& seconds,
                         const std::map<std::string, Conservation>& conservation);

}  // namespace limpid
