#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing (Debian 12, as root or with sudo), builds the command, explains pictures of glyphs, and names
# and explains a crystal, whole and full of defects.
set -euo pipefail
cd "$(dirname "$0")"

tools/install-packages.sh build
cmake --preset release >/dev/null
cmake --build --preset release

limpid=build/release/apps/limpid/limpid
"$limpid" explain models/glyphs.onnx models/glyphs \
  --method clear,arm,grad-cam,guided-backprop,lrp --set clear.response=lrp:epsilon-plus --target top1 -o demo-out

# Tungsten; then three tenths of its atoms are missing, and the others are moved by 0.1 Å in each direction.
crystals=demo-out/crystals
mkdir -p "$crystals"
"$limpid" crystal prototype bcc W -o "$crystals/POSCAR"
"$limpid" crystal defect "$crystals/POSCAR" --standard --atoms 256 --vacancies .3 --displace .1 --seed 1 \
  -o "$crystals/defective.xyz"
"$limpid" crystal classify "$crystals/POSCAR" "$crystals/defective.xyz" --explain -o "$crystals"

cat <<'END'

Pictures: open demo-out/report.html in a browser: every map over its picture, and under the cursor the classes that speak
there. demo-out/*/clear.overlay.png show which class speaks where in a picture of several glyphs.

Crystals: spglib finds no symmetry in the defective one (P1), the network still sees what it is. Open
demo-out/crystals/spots.html: which Bragg spots say so, each with h, k, l under the cursor; and
demo-out/crystals/maps/report.html: the maps. docs/tutorial/crystals goes on from here.

Raw values are in the .npy files beside the pictures, and what was done in demo-out/manifest.json.
END
