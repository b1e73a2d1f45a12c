#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/crystals/speed.md: speed.py CRYSTAL_BENCHMARK LIMPID [--particle ATOMS.xyz] [--page PAGE.md]

CRYSTAL_BENCHMARK and LIMPID are programs of a release build; ATOMS.xyz is a large structure to look at locally, such as the FePt
nanoparticle of Yang et al., Nature 542, 75 (2017).
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/crystals/speed.md"
REPEATS = 5

HEAD = """# The time of fingerprints

Written by `benchmarks/crystals/speed.py` from what `benchmarks/crystal_benchmark.cpp` measures: processor time, medians of
{repeats} repeats, on one thread of {cpu}. The structure is tungsten's supercell of 300 atoms; the
defective one lacks 30 % of them, and the others are moved by 0.1 Å.

## The simulation: six patterns of 64 × 64 pixels

"""

PEAK = """
Peak: {peak:.0f} GFLOP/s, what independent multiply-adds on the widest vectors reach on the same thread. In the rates a
phase is counted with the operations of its polynomials.
"""

STEPS = """
## From a structure to its image

"""


FILES = 1000
LATTICES = {"bcc": [(0, 0, 0), (.5, .5, .5)], "sc": [(0, 0, 0)],
            "fcc": [(0, 0, 0), (0, .5, .5), (.5, 0, .5), (.5, .5, 0)]}
ELEMENTS = ["Na", "Al", "K", "Fe", "Cu", "Mo", "Ag", "W", "Au", "Pb"]

ANSWERS = """
## From files to answers

The program `limpid`, from its start to its end, on {cores} cores: seconds of the clock, medians of {repeats} runs; the large structure once.

"""


def measure(program):
    output = subprocess.run([program, f"--benchmark_repetitions={REPEATS}", "--benchmark_min_time=0.1",
                             "--benchmark_report_aggregates_only=true", "--benchmark_format=json"],
                            check=True, stdout=subprocess.PIPE).stdout
    return {run["run_name"]: run for run in json.loads(output)["benchmarks"]
            if run.get("aggregate_name") == "median" and "error_occurred" not in run}


def cpu_name():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))


def milliseconds(run):
    return run["cpu_time"] * {"ns": 1e-6, "us": 1e-3, "ms": 1}[run["time_unit"]]


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def simulation(runs):
    naive = milliseconds(runs["NaiveLoop"])
    kernels = [(f"float32 kernel, {run['label']}", run) for name, run in runs.items() if name.startswith("PatternSums")]
    rows = [("double precision, loop over pixels and atoms: the tests' reference", runs["NaiveLoop"]), *kernels,
            ("the whole simulation, normalised", runs["Simulation"]),
            ("by tensors (`--device`), on the CPU", runs["ByTensors"])]
    peak = runs["MultiplyAdds"]["FLOP/s"]
    return table(["", "ms", "times faster", "GFLOP/s", "share of peak"],
                 [[name, f"{milliseconds(run):.2f}", f"{naive / milliseconds(run):.1f}",
                   *([f"{run['FLOP/s'] / 1e9:.0f}", f"{run['FLOP/s'] / peak:.0%}"] if "FLOP/s" in run else ["", ""])]
                  for name, run in rows]) + PEAK.format(peak=peak / 1e9)


def steps(runs):
    rows = [("spglib's standard cell, of a cell", "StandardCell"),
            ("the same where a crystal of that shape is known", "StandardCellOfAKnownShape"),
            ("spglib's standard cell, of the defective supercell", "StandardCellOfADefectiveSupercell"),
            ("length scale `mean-nn`, defective", "LengthScale<Scaling::mean_nn>"),
            ("length scale `robust`, defective", "LengthScale<Scaling::robust>"),
            ("fingerprint of a cell, all included", "FingerprintOfACell"),
            ("fingerprint of a cell of a known shape, all included", "FingerprintOfACellOfAKnownShape"),
            ("fingerprint of the defective supercell, all included", "FingerprintOfADefectiveSupercell")]
    return table(["", "ms"], [[text, f"{milliseconds(runs[name]):.2f}"] for text, name in rows])


def write_crystals(folder, count):
    """POSCAR files, no two alike."""
    for i in range(count):
        lattice, element = list(LATTICES)[i % 3], ELEMENTS[i // 3 % len(ELEMENTS)]
        edge, sites = 3 + .002 * i, LATTICES[lattice]
        rows = [f"{lattice} {element}", f"{edge:.4f}", "1 0 0", "0 1 0", "0 0 1", element, str(len(sites)), "Direct",
                *(" ".join(map(str, site)) for site in sites)]
        (folder / f"{i:04}.vasp").write_text("\n".join(rows) + "\n")


def seconds_of(command, repeats=REPEATS):
    took = []
    for _ in range(repeats):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def answers(limpid, particle):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / "crystals"
        folder.mkdir()
        write_crystals(folder, FILES)
        many = seconds_of([limpid, "crystal", "classify", folder, "--json", "--quiet"])
        one = seconds_of([limpid, "crystal", "classify", folder / "0000.vasp", "--quiet"])
        rows = [[f"`crystal classify` of {FILES} POSCAR files", f"{many:.2f}", f"{FILES / many:.0f} structures a second"],
                ["`crystal classify` of one", f"{one:.2f}", ""]]
        if particle:
            took = seconds_of([limpid, "crystal", "local", particle, "-o", pathlib.Path(name) / "local", "--quiet"], 1)
            told = json.loads((pathlib.Path(name) / "local/local.json").read_text())
            rows.append([f"`crystal local` of {told['atoms']} atoms, {told['positions']} positions", f"{took:.1f}",
                         f"{told['positions'] / took:.0f} positions a second"])
    return ANSWERS.format(cores=os.cpu_count(), repeats=REPEATS) + table(["", "s", ""], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark")
    parser.add_argument("limpid")
    parser.add_argument("--particle")
    parser.add_argument("--page", type=pathlib.Path, default=PAGE)
    arguments = parser.parse_args()
    runs = measure(arguments.benchmark)
    many = next(run for name, run in runs.items() if name.startswith("SimulationOfManyOnAllThreads"))
    page = HEAD.format(repeats=REPEATS, cpu=cpu_name()) + simulation(runs)
    page += STEPS + steps(runs)
    page += f"\nIn batches on all threads, simulations alone: {many['structures/s']:.0f} a second.\n"
    arguments.page.write_text(page + answers(arguments.limpid, arguments.particle))


if __name__ == "__main__":
    main()
