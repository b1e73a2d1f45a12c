// SPDX-License-Identifier: Apache-2.0
#include "explain/methods.h"

#include "limpid/core/lookup.h"

namespace limpid {

const std::vector<Method>& methods() {
  static const std::vector<Method> all = {
      clear_method,
      arm_method,
      gradient_method,
      gradient_x_input,
      integrated_gradients,
      smooth_grad,
      deconvnet_method,
      guided_backprop,
      lrp,
      deep_taylor,
      cam,
      grad_cam,
      guided_grad_cam,
      occlusion,
      prediction_difference,
  };
  return all;
}

const Method& method(const std::string& name) { return lookup("method", name, methods()); }

}  // namespace limpid
