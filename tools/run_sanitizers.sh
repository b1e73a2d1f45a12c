#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The library tests under the address and undefined-behaviour sanitizers, in the tree of the preset asan.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f build/asan/CTestTestfile.cmake ] || { echo "skipped: build/asan is missing; cmake --workflow --preset asan makes it"; exit 77; }
exec ctest --preset asan --parallel "$(nproc)"
