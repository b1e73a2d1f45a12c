// SPDX-License-Identifier: Apache-2.0
#pragma once
// Arrays as they stand inside a page, in one or two bytes a value; and text that is safe there.

#include <string>
#include <string_view>

#include "limpid/core/tensor.h"

namespace limpid {

/// One byte a value: 128 ± 127 √(|v| / limit) when signed, 255 √(max(v, 0) / limit) otherwise. The root keeps small
/// values apart where a few are much larger.
std::string quantised(const Tensor& values, double limit, bool is_signed);

/// Two bytes a value, the low bytes of all before the high ones, which packs better: half floats in which 32768 is
/// `limit`. Three digits are right.
std::string halved(const Tensor& values, double limit);

/// `text` with &, <, >, " and ' as HTML entities.
std::string html_escaped(std::string_view text);

/// JSON text that is safe inside a script element: <, > and & are \u escapes.
std::string script_escaped(std::string_view json);

}  // namespace limpid
