// SPDX-License-Identifier: Apache-2.0
#pragma once
// What training leaves behind: the model with its metadata, curves, scores and the page.

#include "pipeline/scoring.h"
#include "pipeline/training_request.h"

namespace limpid {

class TrainingFiles {
 public:
  TrainingFiles(const TrainRequest& request, const TrainSettings& settings, const TrainingData& data);

  /// model.onnx → model<ending>
  std::filesystem::path beside(const std::string& ending) const;

  /// <stem>.epoch0.25.onnx
  void write_snapshot(const Network& network, const CurvePoint& point) const;

  /// All of it; the path of the JSON document.
  std::string write(const TrainResult& result, const Scores& scores) const;

 private:
  Network with_metadata(Network network, const std::string& metrics) const;
  std::string page(const TrainResult& result, const Scores& scores) const;

  const TrainRequest& request_;
  const TrainSettings& settings_;
  const TrainingData& data_;
};

}  // namespace limpid
