// SPDX-License-Identifier: Apache-2.0
// The table behind engine(), compiled into limpid-engine.so.
#include "engine.h"
#include "limpid/pipeline/concepts.h"
#include "limpid/pipeline/crystal.h"
#include "limpid/pipeline/crystal_classify.h"
#include "limpid/pipeline/crystal_dataset.h"
#include "limpid/pipeline/documents.h"
#include "limpid/pipeline/fingerprints.h"
#include "limpid/pipeline/report.h"
#include "limpid/pipeline/session.h"
#include "limpid/pipeline/studies.h"
#include "limpid/pipeline/training.h"

extern "C" __attribute__((visibility("default"))) const limpid::Engine limpid_engine;
const limpid::Engine limpid_engine = {
    limpid::describe_model,
    limpid::describe_kernels,
    limpid::describe_methods,
    limpid::describe_layers,
    limpid::describe_architectures,
    limpid::describe_studies,
    limpid::describe_formats,
    limpid::explain,
    limpid::train_model,
    limpid::predict,
    limpid::run_study,
    limpid::write_units,
    limpid::maximize,
    limpid::dissect,
    limpid::tcav,
    limpid::discover,
    limpid::attributes,
    limpid::report,
    limpid::write_fingerprints,
    limpid::make_defects,
    limpid::make_prototype,
    limpid::write_crystal_dataset,
    limpid::classify_crystals,
    limpid::classify_locally,
};
