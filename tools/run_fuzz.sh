#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz target built in build/asan for a while, each beginning with its corpus: run_fuzz.sh [SECONDS [SEED]]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
export seed=${2:-0}  # 0: another one each time
export slowest=180   # seconds for one input: there are cells of one atom over which spglib takes half a minute
targets=
if [ -d build/asan/tests/fuzz ]; then targets=$(find build/asan/tests/fuzz -maxdepth 1 -name '*_fuzz' -type f | sort); fi
[ -n "$targets" ] || { echo "skipped: there are no fuzz targets in build/asan (they need clang with its runtime libraries)"; exit 77; }

fuzz() {
  local name found
  name=$(basename "$1")
  found=build/fuzz-found/$name
  mkdir -p "$found/corpus"
  if "$1" -max_total_time="$2" -seed="$seed" -rss_limit_mb=4096 -timeout="$slowest" -artifact_prefix="$found/" "$found/corpus" \
    "tests/fuzz/corpus/${name%_fuzz}" >"$found/log" 2>&1; then
    echo "$name: $(tail -n 1 "$found/log")"
  else
    tail -n 60 "$found/log"
    echo "$name failed; the input that did it is in $found"
    return 1
  fi
}
export -f fuzz
xargs -P "$(nproc)" -I{} bash -c 'fuzz "$@"' fuzz {} "$seconds" <<<"$targets"
