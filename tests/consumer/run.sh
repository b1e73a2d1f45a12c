#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds this project against an installed limpid and runs it: run.sh PREFIX COMPILER
set -euo pipefail

prefix=$1
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
if grep -rn -e "$(cd "$(dirname "$0")/../.." && pwd)" "$prefix"/lib*/cmake "$prefix"/lib/*/cmake 2>/dev/null; then
  echo "the installed package names folders of the machine that built it" >&2
  exit 1
fi
cmake -G Ninja -S "$(dirname "$0")" -B "$build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$2"
cmake --build "$build"
"$build/consumer"
