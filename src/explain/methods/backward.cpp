// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "explain/methods.h"
#include "explain/methods/common.h"

namespace limpid {
namespace {

std::vector<Attribution> run_gradient(const Subject& subject, const Options&) {
  return per_target(subject, walk_targets(subject, gradient_composite()));
}

std::vector<Attribution> run_gradient_x_input(const Subject& subject, const Options&) {
  return per_target(subject, walk_targets(subject, gradient_composite()).mul_(subject.input().unsqueeze(1)));
}

std::vector<Attribution> run_deconvnet(const Subject& subject, const Options&) {
  return per_target(subject, walk_targets(subject, deconvnet_composite()));
}

std::vector<Attribution> run_guided(const Subject& subject, const Options&) {
  return per_target(subject, walk_targets(subject, guided_composite()));
}

}  // namespace

const Method gradient_method = {
    "gradient", "signed derivative of the logit by the input", "simonyan2014", "any network", {}, never, run_gradient};

const Method gradient_x_input = {
    "gradient-x-input", "derivative times input", "shrikumar2017", "any network", {}, never, run_gradient_x_input};

const Method deconvnet_method = {
    "deconvnet",  "the logit carried back, rectified at every activation", "zeiler2014", "any network", {}, never,
    run_deconvnet};

const Method guided_backprop = {
    "guided-backprop", "the gradient, rectified at every activation", "springenberg2015", "any network", {}, never,
    run_guided};

}  // namespace limpid
