// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of a data set of fingerprints: what is asked for, one structure after the other, and shards of them.

#include "limpid/crystal/classes.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/pipeline/crystal_dataset.h"
#include "limpid/render/table.h"
#include "pipeline/structure_source.h"

namespace limpid::crystal_dataset {

/// A structure that is to be made or was read, and what is known of it.
struct Item {
  Structure structure = {};
  std::optional<int64_t> label = {};  // none: left out
  std::string left_out = {};          // why
  std::string source, prototype = {};
  double ratio = 0, coordinate = 0;  // NaN where there are none
  int64_t frame = -1;                // of a file
};

/// "mean-nn" or "robust"; refuses other words.
Scaling scaling_named(const std::string& name);

/// Which crystals are made: a class and an atomic number each, in an order that the seed decides.
struct Planned {
  int64_t label;
  int atomic_number;
};
std::vector<Planned> plan_of(const std::vector<int64_t>& counts, uint64_t seed);

/// The number-th of the plan, in a random cell.
Item made_item(const Planned& planned, int64_t number, double margin, uint64_t seed);

/// A structure of a file, with its class.
Item read_item(StructureItem&& read);

/// Images, float16 [n,3,64,64], of the items that are not left out, and a row for each item, with columns as
/// `row_columns`. An item that cannot be simulated is left out.
struct Shard {
  Tensor images;
  Table rows;
};
Shard shard_of(int64_t number, std::vector<Item> items, const FingerprintOptions& options);
const std::vector<std::string>& row_columns();

}  // namespace limpid::crystal_dataset
