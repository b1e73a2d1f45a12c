#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures how long crystals take and writes docs/crystals/speed.md.

    speed.py CRYSTAL_BENCHMARK LIMPID [--particle ATOMS.xyz] [--polycrystal ATOMS.xyz] [--parts kernels,files,local,training]

CRYSTAL_BENCHMARK and LIMPID are programs of a release build. The particle is a large structure to look at locally, such as the
FePt nanoparticle of Yang et al., Nature 542, 75 (2017). What was measured is kept in speed.json beside the page, so that parts may
be measured one after the other; those of another processor are dropped, and the page says what is missing.
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

HEAD = """# How long crystals take

Written by `benchmarks/crystals/speed.py`, on {cpu}.
"""

KERNELS = """
## The simulation: six patterns of 64 × 64 pixels

What `benchmarks/crystal_benchmark.cpp` measures: processor time on one thread, medians of {repeats} repeats. The structure is
tungsten's supercell of 300 atoms; the defective one lacks 30 % of them, and the others are moved by 0.1 Å.

"""

PEAK = """
Peak: {peak:.0f} GFLOP/s, what independent multiply-adds on the widest vectors reach on the same thread. In the rates a
phase is counted with the operations of its polynomials.
"""

STEPS = """
## From a structure to its image

"""

THREADS = (1, 2)
KINDS = ["bcc", "fcc", "sc", "diam", "hcp", "bct_139", "bct_141", "rh"]
ELEMENTS = ["Na", "Al", "K", "Fe", "Cu", "Mo", "Ag", "W", "Au", "Pb", "Li", "Ni", "Pd", "Nb", "Rb", "Ca", "Ti", "Zr", "Sr", "Ba"]
FILES = (250, 500, 1000)  # half of them cells of different sizes and elements, half defective supercells
DEFECTS = ["--standard", "--atoms", "256", "--vacancies", ".3", "--displace", ".1"]
SUPERCELLS = (10, 15, 20)  # of bcc, 2,000 to 16,000 atoms
PRISTINE = 9465            # structures to train on, 90 % of the published ones

ANSWERS = """
## From files to answers

The program `limpid`, from its start to its end: seconds of the clock, medians of {repeats} runs. Of the files half are cells of
{kinds} prototypes with different elements, half supercells of 256 atoms and more with 30 % vacancies and displacements of 0.1 Å.

"""

LOCAL = """
## Local classification

`limpid crystal local` once each: the spheres hold about 400 atoms, and lie a third of their radius apart.

"""

TRAINING = """
## Training

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


def seconds_of(command, repeats=REPEATS):
    took = []
    for _ in range(repeats):
        began = time.perf_counter()
        subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def write_files(limpid, folder, count):
    """Half of them cells, half defective supercells, in turns so that every share of them has both."""
    folder.mkdir()
    copies = 25
    for i in range(0, count, 2 * copies):
        kind, element = KINDS[i // (2 * copies) % len(KINDS)], ELEMENTS[i // (2 * copies) % len(ELEMENTS)]
        cell = folder / f"{i:04}.vasp"
        subprocess.run([limpid, "crystal", "prototype", kind, element, "-o", cell], check=True, stdout=subprocess.DEVNULL)
        made = folder.parent / f"made{i}"
        subprocess.run([limpid, "crystal", "defect", cell, *DEFECTS, "--copies", str(copies), "--seed", str(i), "-o", made, "--quiet"],
                       check=True)
        lines = cell.read_text().splitlines()
        for k, defective in enumerate(sorted(made.iterdir())):
            defective.rename(folder / f"{i + copies + k:04}.vasp")
            lines[1] = f"{1 + .01 * k:.2f}"  # the scale
            (folder / f"{i + k:04}.vasp").write_text("\n".join(lines) + "\n")


def files(arguments):
    def classify(paths, *more):
        return [arguments.limpid, "crystal", "classify", *paths, "--json", "--quiet", *more]

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / "crystals"
        write_files(arguments.limpid, folder, max(FILES))
        paths = sorted(folder.iterdir())
        step = {count: max(FILES) // count for count in FILES}
        found = {"one": seconds_of(classify(paths[:1]))}
        found["files"] = {count: seconds_of(classify(paths[::step[count]])) for count in FILES}
        found["threads"] = {threads: seconds_of(classify(paths, "--threads", threads), 3) for threads in THREADS}
        found["without spglib"] = seconds_of(classify(paths, "--no-symmetry"), 3)
    return found


def local(arguments):
    found = []

    def look(name, path):
        with tempfile.TemporaryDirectory() as folder:
            took = seconds_of([arguments.limpid, "crystal", "local", path, "-o", folder, "--quiet"], 1)
            told = json.loads((pathlib.Path(folder) / "local.json").read_text())
        found.append({"name": name, "seconds": took, "atoms": told["atoms"], "positions": told["positions"]})

    with tempfile.TemporaryDirectory() as folder:
        cell = pathlib.Path(folder) / "Fe.vasp"
        subprocess.run([arguments.limpid, "crystal", "prototype", "bcc", "Fe", "-o", cell], check=True, stdout=subprocess.DEVNULL)
        for copies in SUPERCELLS:
            path = pathlib.Path(folder) / f"{copies}.xyz"
            subprocess.run([arguments.limpid, "crystal", "defect", cell, "--supercell", str(copies), "--displace", ".05",
                            "-o", path, "--quiet"], check=True)
            look("bcc iron, displaced by 0.05 Å", path)
    if arguments.polycrystal:
        look("polycrystal", arguments.polycrystal)
    if arguments.particle:
        look("nanoparticle", arguments.particle)
    return found


def training(arguments):
    with tempfile.TemporaryDirectory() as name:
        data, model = pathlib.Path(name) / "data", pathlib.Path(name) / "crystal.onnx"
        made = seconds_of([arguments.limpid, "crystal", "dataset", "--like-paper", "-o", data, "--quiet"], 1)
        trained = seconds_of([arguments.limpid, "train", "crystal", data, "--epochs", 5, "--batch", 32, "--examples", PRISTINE,
                              "--validation", 0, "-o", model, "--quiet"], 1)
    return {"dataset": made, "training": trained}


def kernels(arguments):
    return measure(arguments.benchmark)


PARTS = {"kernels": kernels, "files": files, "local": local, "training": training}


def kernels_text(runs):
    many = next(run for name, run in runs.items() if name.startswith("SimulationOfManyOnAllThreads"))
    return (KERNELS.format(repeats=REPEATS) + simulation(runs) + STEPS + steps(runs) +
            f"\nIn batches on all threads, simulations alone: {many['structures/s']:.0f} a second.\n")


def files_text(found):
    def row(name, count, took):
        return [name, f"{took:.2f}", f"{count / took:.0f}"]

    most = max(FILES)
    rows = [["one file", f"{found['one']:.2f}", ""],
            *[row(f"{count:,} files", int(count), took)
              for count, took in sorted((int(count), took) for count, took in found["files"].items())],
            *[row(f"{most:,} files on {threads} thread{'s' if int(threads) > 1 else ''}", most, took)
              for threads, took in found["threads"].items()],
            row(f"{most:,} files, without spglib's answer beside (`--no-symmetry`)", most, found["without spglib"])]
    return (ANSWERS.format(repeats=REPEATS, kinds=len(KINDS)) +
            table(["`limpid crystal classify`", "s", "structures a second"], rows))


def local_text(found):
    return LOCAL + table(["", "atoms", "positions", "s", "positions a second", "ms a thousand atoms"],
                         [[run["name"], f"{run['atoms']:,}", f"{run['positions']:,}", f"{run['seconds']:.1f}",
                           f"{run['positions'] / run['seconds']:.0f}", f"{1e6 * run['seconds'] / run['atoms']:.0f}"]
                          for run in found])


def training_text(found):
    return TRAINING + table(["", "s"], [["the published class counts, 10,517 fingerprints (`crystal dataset --like-paper`)",
                                         f"{found['dataset']:.0f}"],
                                        [f"five epochs on {PRISTINE:,} of them (`train crystal`, float32)",
                                         f"{found['training']:.0f}"]])


TEXTS = {"kernels": kernels_text, "files": files_text, "local": local_text, "training": training_text}


def kept(path, cpu):
    found = json.loads(path.read_text()) if path.exists() else {}
    return found if found.get("cpu") == cpu else {"cpu": cpu}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark")
    parser.add_argument("limpid")
    parser.add_argument("--particle")
    parser.add_argument("--polycrystal")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--page", type=pathlib.Path, default=PAGE)
    arguments = parser.parse_args()
    numbers = arguments.page.with_suffix(".json")
    cpu = f"{os.cpu_count()} cores of {cpu_name()}"
    found = kept(numbers, cpu)
    for part in arguments.parts.split(","):
        found[part] = PARTS[part](arguments)
        numbers.write_text(json.dumps(found, indent=1) + "\n")
    page = HEAD.format(cpu=cpu)
    page += "".join(TEXTS[part](found[part]) for part in PARTS if part in found)
    missing = [part for part in PARTS if part not in found]
    if missing:
        page += f"\nNot measured on this machine: {', '.join(missing)}.\n"
    arguments.page.write_text(page)


if __name__ == "__main__":
    main()
