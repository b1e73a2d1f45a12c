// SPDX-License-Identifier: Apache-2.0
#pragma once
// What nearly every source file includes, compiled once.

#include <ATen/core/ivalue.h>

#include <ATen/ATen.h>
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>
