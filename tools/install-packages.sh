#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages of tools/packages.txt that are missing: install-packages.sh [build|test]; test includes build.
set -euo pipefail

wanted='^(build|test)$'
[ "${1:-test}" = build ] && wanted='^build$'
missing=()
while read -r package purpose; do
  [[ $purpose =~ $wanted ]] || continue
  dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done < <(grep -v '^#' "$(dirname "$0")/packages.txt")
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "installing ${#missing[@]} packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q "$@" >"$log" 2>&1 </dev/null || { cat "$log" >&2; exit 1; }; }
apt update
apt install --no-install-recommends "${missing[@]}"
