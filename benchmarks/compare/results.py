# SPDX-License-Identifier: Apache-2.0
"""The file of results: one record a measurement; a later measurement of the same thing takes its place."""
import json
import os
import pathlib
import platform
import statistics
import subprocess

KEY = ["device", "threads", "rates", "photographs", "precision", "curve", "x", "row", "network", "batch", "side", "how",
       "training", "input"]
FLAGS = ["avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"]


def key_of(record):
    return tuple(record.get(name) for name in KEY)


def quartiles(values):
    """First quartile, median, third quartile."""
    if len(values) < 2:
        return [round(v, 3) for v in values * 3]
    return [round(v, 3) for v in statistics.quantiles(values, n=4, method="inclusive")]


def noisy(record):
    """Whether the middle half of the repeats spans more than a fifth of the median."""
    low, middle, high = record.get("milliseconds", [0, 1, 0])
    return high - low > .2 * middle


def read(path):
    path = pathlib.Path(path)
    return json.loads(path.read_text()) if path.exists() else {"machines": {}, "records": []}


def merged(old, new):
    """Records of `new` take the place of those of `old`, but a note never that of a measurement."""
    by_key = {key_of(record): record for record in old}
    for record in new:
        if "note" not in record or "milliseconds" not in by_key.get(key_of(record), {}):
            by_key[key_of(record)] = record
    return sorted(by_key.values(), key=lambda record: [str(part) for part in key_of(record)])


def write(path, device, machine, records):
    """Merges into the file, which may hold those of another device, and of the same machine only, if that matters."""
    held = read(path)
    before = held["machines"].get(device, machine)
    if machine and before != machine:
        raise SystemExit(f"'{path}' holds results of another machine or libtorch ({before}, here {machine}); "
                         "another --output is expected")
    if machine:
        held["machines"][device] = machine
    held["records"] = merged(held["records"], records)
    lines = ",\n  ".join(json.dumps(record) for record in held["records"])
    text = f'{{"machines": {json.dumps(held["machines"], indent=1)},\n "records": [\n  {lines}\n]}}\n'
    pathlib.Path(path).write_text(text)


def machine(torch, *, avx2_alone=False):
    """What low precision and comparisons depend on; `torch` is what networks.py printed, and of the processor's instruction
    sets no wider one than AVX2 may be in use."""
    facts = {}
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    flags = facts.get("flags", "").split()
    package = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "python3-torch"], capture_output=True, text=True)
    version = package.stdout if package.returncode == 0 and "a0" in torch["torch"] else torch["torch"]
    return {"processor": facts.get("model name", platform.machine()), "flags": [f for f in (["avx2"] if avx2_alone else FLAGS) if f in flags],
            "processors": len(os.sched_getaffinity(0)), "libtorch": version, "gpu": torch["gpu"]}
