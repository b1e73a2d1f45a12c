// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "limpid/concepts/concept_vectors.h"
#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "limpid/data/concept_set.h"
#include "limpid/data/unlabelled.h"
#include "limpid/data/wrapping.h"
#include "pipeline/concepts/tcav.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

int64_t features_of_layer(const Probe& probe, bool pooled) {
  return probe.units * (pooled ? 1 : probe.rows * probe.columns);
}

/// Concepts and the examples that show each, of a data set of them.
struct Named {
  Dataset data;
  std::vector<std::string> concepts;
  std::vector<std::vector<int64_t>> examples;
};

/// Where the network takes pictures, what dissection reads too; otherwise a data set whose classes are the concepts.
Named named_concepts(const std::string& path, const Model& model) {
  Named named;
  if (takes_pictures(model.network)) {
    const ConceptSet set = open_concepts(path, data_limits(model));
    named.data = set.pictures;
    named.concepts = set.concepts;
    named.examples.resize(set.concepts.size());
    for (size_t i = 0; i < set.concepts_of.size(); ++i)
      for (const int64_t c : set.concepts_of[i])
        named.examples[static_cast<size_t>(c)].push_back(static_cast<int64_t>(i));
    return named;
  }
  named.data = open_dataset(path, Part::all, data_limits(model));
  std::vector<size_t> order(named.data.classes.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return named.data.classes[a] < named.data.classes[b]; });
  for (const size_t c : order) {
    named.concepts.push_back(named.data.classes[c]);
    named.examples.emplace_back();
    for (int64_t i = 0; i < named.data.size(); ++i)
      if (named.data[i].label == static_cast<int64_t>(c)) named.examples.back().push_back(i);
  }
  return named;
}

/// The asked ones alone, with their exemplars as rows 0, 1, ….
void choose(const Named& named, const TcavRequest& request, Exemplars& found) {
  for (const std::string& name : request.only) require_known("concept", name, named.concepts);
  std::vector<int64_t> row_of(static_cast<size_t>(named.data.size()), -1), shown;
  for (size_t c = 0; c < named.concepts.size(); ++c) {
    const std::string& name = named.concepts[c];
    if (!request.only.empty() && std::find(request.only.begin(), request.only.end(), name) == request.only.end())
      continue;
    const auto count = static_cast<int64_t>(named.examples[c].size());
    if (name == kRandomName)
      fail("a concept in '", request.concepts, "' is called '", name,
           "', as the random sets are; another name would work");
    if (count < kLeastExemplars)
      fail("the concept '", name, "' in '", request.concepts, "' has ", count, count == 1 ? " exemplar" : " exemplars",
           "; expected at least ", kLeastExemplars);
    found.concepts.push_back(name);
    found.rows.emplace_back();
    for (const int64_t index : named.examples[c]) {
      int64_t& row = row_of[static_cast<size_t>(index)];
      if (row < 0) {
        row = static_cast<int64_t>(shown.size());
        shown.push_back(index);
      }
      found.rows.back().push_back(row);
    }
  }
  found.pictures = subset(named.data, shown);
}

void draw_sets(const TcavRequest& request, const Model& model, Exemplars& found) {
  const Dataset all = open_inputs(request.random, Part::all, data_limits(model));
  if (all.size() < 3 * request.set_size)
    fail("'", request.random, "' has ", all.size(), " random inputs; sets of ", request.set_size, " need at least ",
         3 * request.set_size, ", so that sets that are held against each other share none; ",
         all.size() < 6 ? std::string("more inputs") : "--set-size " + std::to_string(all.size() / 3), " would work");
  found.sets = random_sets(all.size(), request.random_sets, request.set_size, request.seed);
  found.disjoint = all.size() >= request.random_sets * request.set_size;
  std::vector<int64_t> row_of(static_cast<size_t>(all.size()), -1), used;
  for (std::vector<int64_t>& set : found.sets)
    for (int64_t& index : set) {
      int64_t& row = row_of[static_cast<size_t>(index)];
      if (row < 0) {
        row = found.pictures.size() + static_cast<int64_t>(used.size());
        used.push_back(index);
      }
      index = row;
    }
  found.pool = subset(all, used);
}

/// The share of black pixels, over some examples that are pictures.
double black_share(const Dataset& data) {
  constexpr int64_t most = 32;
  double sum = 0, count = 0;
  for (const int64_t i : evenly(data.size(), most)) {
    const Tensor picture = data.read(i, 0);
    if (picture.scalar_type() != at::kByte || picture.dim() != 3) continue;
    sum += 1 - not_black(picture).to(at::kDouble).mean().item<double>();
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

/// Activations of some layers for all rows.
std::vector<Tensor> gathered(const TcavRequest& request, const Setting& setting, const std::vector<size_t>& layers,
                             const Exemplars& exemplars, const Progress& progress) {
  std::vector<Probe> probes;
  std::vector<Tensor> rows;
  for (const size_t layer : layers) {
    probes.push_back(setting.probes[layer]);
    rows.push_back(at::empty({exemplars.size(), features_of_layer(probes.back(), request.pooled)}, at::kFloat));
  }
  int64_t begin = 0;
  for (const Dataset* data : {&exemplars.pictures, &exemplars.pool}) {
    Progress part;
    if (progress)
      part = [&, begin](int64_t done, int64_t, std::string_view what) {
        progress(begin + done, exemplars.size(), what);
      };
    probe(setting.model.network, probes, *data, setting.plan(request, part), [&](const ProbeBatch& batch) {
      for (size_t i = 0; i < probes.size(); ++i)
        rows[i]
            .narrow(0, begin + batch.first, batch.images())
            .copy_(concept_features(batch.features[i], request.pooled));
    });
    begin += data->size();
  }
  return rows;
}

/// Each concept from each random set, and each random set from the next.
std::vector<Contrast> contrasts_of(const Exemplars& exemplars) {
  std::vector<Contrast> all;
  for (const auto& exemplar_rows : exemplars.rows)
    for (const auto& set : exemplars.sets) all.push_back({exemplar_rows, set});
  for (size_t r = 0; r < exemplars.sets.size(); ++r)
    all.push_back({exemplars.sets[r], exemplars.sets[(r + 1) % exemplars.sets.size()]});
  return all;
}

void write_layer(const TcavRequest& request, const Setting& setting, const Probe& probe, const Exemplars& exemplars,
                 const ConceptVectors& found, CavStore& store) {
  const auto sets = static_cast<int64_t>(exemplars.sets.size());
  Shape shape = {sets, probe.units};
  if (!request.pooled) shape.insert(shape.end(), {probe.rows, probe.columns});
  for (size_t c = 0; c <= exemplars.concepts.size(); ++c) {
    const bool is_random = c == exemplars.concepts.size();
    const auto begin = static_cast<int64_t>(c) * sets;
    const CavRecord record{
        probe.layer,      is_random ? kRandomName : exemplars.concepts[c],
        is_random,        is_random ? request.set_size : static_cast<int64_t>(exemplars.rows[c].size()),
        request.set_size, request.pooled,
        request.l2,       {found.accuracies.begin() + begin, found.accuracies.begin() + begin + sets}};
    write_cavs(request.output, setting.model, record, found.vectors.narrow(0, begin, sets).reshape(shape));
    store.add(record);
  }
}

}  // namespace

std::vector<std::vector<size_t>> layers_within(const Setting& setting, int64_t rows, bool pooled, int64_t bytes) {
  std::vector<std::vector<size_t>> parts;
  int64_t left = 0;
  for (size_t i = 0; i < setting.probes.size(); ++i) {
    const Probe& probe = setting.probes[i];
    const int64_t need = 4 * rows * features_of_layer(probe, pooled);
    if (need > bytes)
      fail("the activations of '", probe.layer, "' that CAVs are made of or compared with take ", (need >> 20) + 1,
           " MiB; --memory ", bytes >> 20,
           " allows fewer; more memory, --pooled, or fewer or smaller random sets would work");
    if (parts.empty() || need > left) {
      parts.emplace_back();
      left = bytes;
    }
    left -= need;
    parts.back().push_back(i);
  }
  return parts;
}

Exemplars exemplars_of(const TcavRequest& request, const Model& model) {
  Exemplars found;
  choose(named_concepts(request.concepts, model), request, found);
  draw_sets(request, model, found);
  found.black = black_share(found.pictures);
  found.random_black = black_share(found.pool);
  found.pictures = as_inputs(model, found.pictures);
  found.pool = as_inputs(model, found.pool);
  return found;
}

CavStore make_cavs(const TcavRequest& request, const Setting& setting, const Exemplars& exemplars,
                   const Progress& progress) {
  CavStore store(request.output);
  const std::vector<Contrast> contrasts = contrasts_of(exemplars);
  const int64_t rows = exemplars.size() + static_cast<int64_t>(contrasts.size());
  ConceptVectorOptions options;
  options.l2 = request.l2;
  options.seed = request.seed;
  int64_t done = 0;
  for (const auto& layers : layers_within(setting, rows, request.pooled, request.memory << 20)) {
    std::vector<Tensor> activations = gathered(request, setting, layers, exemplars, progress);
    for (size_t i = 0; i < layers.size(); ++i) {
      if (progress) progress(done++, static_cast<int64_t>(setting.probes.size()), "concept vectors");
      const ConceptVectors found = concept_vectors(activations[i], contrasts, options);
      activations[i] = Tensor();
      write_layer(request, setting, setting.probes[layers[i]], exemplars, found, store);
    }
  }
  return store;
}

}  // namespace limpid
