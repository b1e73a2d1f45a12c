// SPDX-License-Identifier: Apache-2.0
#pragma once
// One run of a study: its folder, what of it is done already, and its report.

#include "limpid/data/dataset.h"
#include "limpid/pipeline/crystal_dataset.h"
#include "limpid/pipeline/model.h"
#include "limpid/pipeline/studies.h"
#include "limpid/pipeline/training.h"
#include "pipeline/studies/report.h"

namespace limpid {

class StudyRun {
 public:
  using Tell = std::function<void(const std::string&)>;

  /// Throws for unknown options, data that are not there, and a folder that holds a run with other settings.
  StudyRun(const Study& study, StudyRequest request, Progress progress, Tell tell);

  const StudyRequest& request() const { return request_; }
  const Options& options() const { return options_; }
  const std::filesystem::path& folder() const { return folder_; }
  StudyReport& report() { return report_; }

  /// Throws: the data are not what the study needs, which is said too.
  [[noreturn]] void unfit(const std::string& why) const;

  void tell(const std::string& line) const;
  /// For a part of the work, named in what the front end shows.
  Progress progress(const std::string& what) const;

  /// The study's data: pictures as they are, in the limits of the request.
  Dataset data(Part part) const;

  /// The folder data/<name> with a data set of fingerprints, made as asked or by an earlier run, which may have stopped
  /// on the way. The output, threads and limits of `how` are the study's.
  std::filesystem::path crystals(const std::string& name, CrystalDatasetRequest how);

  /// As the settings have it that every study has which trains: epochs, batch, learning-rate, train-precision.
  TrainRequest training(const std::string& architecture) const;
  /// networks/<name>.onnx, trained as asked or by an earlier run, which may have stopped on the way. The output,
  /// threads and limits of `how` are the study's; so are its data where it names none. Its seed counts from the
  /// study's.
  Model trained(const std::string& name, TrainRequest how);
  /// The same network as it was after so many epochs, one of TrainRequest::snapshots.
  Model trained_until(const std::string& name, double epochs) const;
  /// Any model, on the study's device, in its precision and limits.
  Model opened(ModelRequest model) const;

  /// tables/<name>.csv and .json: computed, or read back where an earlier run did. What takes long goes into tables,
  /// one for each part of the work: they are what a resumed run has.
  Table table(const std::string& name, const std::function<Table()>& compute);

  /// Writes the report and the final study.json; its path.
  std::string finish();

 private:
  /// Makes the folder, before the first work.
  void begin();
  /// Runs a part of the work and keeps account of its time.
  void timed(const std::string& name, const std::function<void()>& work);
  void took(const std::string& name, double seconds);
  void write_document(bool finished) const;
  /// Checks that the folder is free or holds a run of these settings.
  void take_over();
  void report_making();

  const Study& study_;
  const StudyRequest request_;
  const Options options_;
  const std::filesystem::path folder_;
  const Progress progress_;
  const Tell tell_;
  std::string description_, fingerprint_;                // of the data
  std::vector<std::pair<std::string, double>> seconds_;  // of the parts, in the order in which they were done
  std::vector<std::string> tables_, networks_;
  bool begun_ = false;
  StudyReport report_;
};

}  // namespace limpid
