// SPDX-License-Identifier: Apache-2.0
#pragma once
// The library as the command sees it: functions loaded when the first of them is needed.

#include <string>

#include "limpid/core/progress.h"
#include "limpid/pipeline/concepts.h"
#include "limpid/pipeline/crystal.h"
#include "limpid/pipeline/crystal_classify.h"
#include "limpid/pipeline/crystal_dataset.h"
#include "limpid/pipeline/fingerprints.h"
#include "limpid/pipeline/report.h"
#include "limpid/pipeline/request.h"
#include "limpid/pipeline/studies.h"
#include "limpid/pipeline/training.h"

namespace limpid {

struct Engine {
  std::string (*describe_model)(const ModelRequest&, bool json);
  std::string (*describe_kernels)(const ModelRequest&, bool json);
  std::string (*describe_methods)(bool json);
  std::string (*describe_layers)(bool json);
  std::string (*describe_architectures)(bool json);
  std::string (*describe_studies)(bool json);
  std::string (*describe_formats)(bool json);
  ExplainSummary (*explain)(const ExplainRequest&, const Progress&);
  std::string (*train)(const TrainRequest&, const Progress&, const std::function<void(const std::string&)>& tell);
  std::string (*predict)(const PredictRequest&, bool json, const Progress&);
  std::string (*study)(const StudyRequest&, const Progress&, const std::function<void(const std::string&)>& tell);
  ConceptsSummary (*write_units)(const UnitsRequest&, const Progress&);
  ConceptsSummary (*maximize)(const MaximizeRequest&, const Progress&);
  ConceptsSummary (*dissect)(const DissectRequest&, const Progress&);
  ConceptsSummary (*tcav)(const TcavRequest&, const Progress&);
  ConceptsSummary (*discover)(const DiscoverRequest&, const Progress&);
  ConceptsSummary (*attributes)(const AttributesRequest&, const Progress&);
  ReportSummary (*report)(const ReportRequest&, const Progress&);
  FingerprintSummary (*write_fingerprints)(const FingerprintRequest&, const Progress&);
  std::string (*make_defects)(const DefectRequest&, bool json);
  std::string (*make_prototype)(const PrototypeRequest&, bool json);
  CrystalDatasetSummary (*write_crystal_dataset)(const CrystalDatasetRequest&, const Progress&);
  ClassifySummary (*classify_crystals)(const ClassifyRequest&, bool json, const Progress&,
                                       const std::function<void(const std::string&)>& print);
  std::string (*classify_locally)(const LocalRequest&, const Progress&);
};

/// Opens the library at the first call. Throws when it is not beside the command or in the library folder.
const Engine& engine();

}  // namespace limpid
