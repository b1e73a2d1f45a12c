#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fails where clang-format 14 would change a source file; "check_format.sh --fix" changes it.
set -euo pipefail
cd "$(dirname "$0")/.."

formatter=$(command -v clang-format-14 || command -v clang-format) || { echo "there is no clang-format here"; exit 77; }
action=(--dry-run -Werror)
[ "${1:-}" = --fix ] && action=(-i)
find $(ls -d include src apps tests benchmarks examples tools 2>/dev/null) -name '*.h' -o -name '*.cpp' | xargs "$formatter" "${action[@]}"
