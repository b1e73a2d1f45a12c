#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing (Debian 12, as root or with sudo), builds the command, and explains pictures of glyphs.
set -euo pipefail
cd "$(dirname "$0")"

tools/install-packages.sh build
cmake --preset release >/dev/null
cmake --build --preset release

build/release/apps/limpid/limpid explain models/glyphs.onnx models/glyphs \
  --method clear,arm,grad-cam,guided-backprop,lrp --set clear.response=lrp:epsilon-plus --target top1 -o demo-out

cat <<'END'
Open demo-out/report.html in a browser: every map over its picture, and under the cursor the classes that speak there.
Look at demo-out/*/clear.overlay.png: which class speaks where in a picture of several glyphs.
Raw values are in demo-out/*/*.npy, and what was done in demo-out/manifest.json.
END
