// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/studies.h"

#include "limpid/core/lookup.h"
#include "pipeline/studies/run.h"
#include "pipeline/studies/studies.h"

namespace limpid {

const std::vector<Study>& studies() {
  static const std::vector<Study> all = {clear_study, anatomy_study, nodules_study, crystals_study};
  return all;
}

std::string run_study(const StudyRequest& request, const Progress& progress,
                      const std::function<void(const std::string&)>& tell) {
  const Study& study = lookup("study", request.study, studies());
  StudyRun run(study, request, progress, tell);
  study.run(run);
  return run.finish();
}

}  // namespace limpid
