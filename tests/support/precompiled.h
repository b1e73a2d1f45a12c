// SPDX-License-Identifier: Apache-2.0
#pragma once
// What nearly every test includes, compiled once.

#include <ATen/core/ivalue.h>

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
