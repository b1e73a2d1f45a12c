// SPDX-License-Identifier: Apache-2.0
#pragma once
// The methods, each defined in src/explain/methods/<name>.cpp and listed in src/explain/methods.cpp.

#include "limpid/explain/method.h"

namespace limpid {

extern const Method clear_method, arm_method;
extern const Method gradient_method, gradient_x_input, integrated_gradients, smooth_grad;
extern const Method deconvnet_method, guided_backprop;
extern const Method lrp, deep_taylor;
extern const Method cam, grad_cam, guided_grad_cam;
extern const Method occlusion, prediction_difference;

}  // namespace limpid
