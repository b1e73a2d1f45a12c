#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing (Debian 12, as root or with sudo), builds, and runs every test there is. CONTRIBUTING.md says
# how to run some of them.
set -euo pipefail
cd "$(dirname "$0")"

tools/install-packages.sh test

cmake --preset check >/dev/null
cmake --build --preset check

# Fuzz targets need clang and its runtime libraries; the sanitizers alone do not.
clang_runtime() {
  local archive
  archive=$(clang++-14 -print-file-name=libclang_rt.fuzzer-x86_64.a 2>/dev/null) && [ -f "$archive" ] ||
    ls /usr/lib/clang/14*/lib/linux/libclang_rt.fuzzer-"$(uname -m)".a
}
if clang_runtime >/dev/null 2>&1; then
  cmake --preset asan -DCMAKE_CXX_COMPILER=clang++-14 -DLIMPID_FUZZ=ON >/dev/null
else
  cmake --preset asan >/dev/null
fi
cmake --build --preset asan

ctest --test-dir build/check --output-on-failure --parallel "$(nproc)"
