// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `limpid info` and the lists print, as text for people or as one JSON document.

#include <string>
#include <vector>

#include "limpid/pipeline/request.h"

namespace limpid {

/// Layers with shapes, parameters and multiply-adds, preprocessing, classes, and which methods apply and why not.
std::string describe_model(const ModelRequest& request, bool json);

/// What computes each convolution, forwards and back, and why it is not oneDNN where it is not.
std::string describe_kernels(const ModelRequest& request, bool json);

std::string describe_methods(bool json);
std::string describe_layers(bool json);
std::string describe_architectures(bool json);
std::string describe_studies(bool json);
std::string describe_formats(bool json);

/// Rows in columns as wide as their widest cell; columns of numbers are set right.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace limpid
