#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times limpid beside its peers, interleaved: each side is a process that is told in turn to do a round.

    run.py --timing build/release/benchmarks/method_timing --captum CHECKOUT --zennit CHECKOUT/src
           --grad-cam CHECKOUT --onnxruntime FOLDER [--threads 1 2] [--batches 1 16] [--rounds 7] [--seconds 60]
           [--networks all-cnn squeezenet] [--only forward clear … curves rates photographs] [--device cpu] [--avx2]
           [--photographs FOLDER --model MODEL --limpid build/release/apps/limpid/limpid] [--output results.json]
    render.py

The peers are Captum 0.6.0, zennit 0.5.1 and pytorch-grad-cam 1.4.6, and onnxruntime from a folder in which
`npm install --ignore-scripts onnxruntime-node` was run; what is not given is left out with a note. Needs Debian's
python3-torch and python3-torchvision; pytorch-grad-cam needs python3-opencv. The photographs are a folder of pictures
that the model, a trained one, takes with `--preprocess imagenet` or its own metadata. With --avx2 a processor that has more is
used as one that has AVX2 alone; onnxruntime, which cannot be told, is left out. Results are merged into the output, so that
parts may be run again; render.py makes docs/performance.md of it. Nothing else should run meanwhile.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import results
from rows import AS_USED, NETWORKS, curves, rows
from worker import HERE, Absent, Worker, command_of, environment_of, map_of


# What libtorch (and limpid with it), oneDNN and OpenBLAS heed.
AVX2_ALONE = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2", "OPENBLAS_CORETYPE": "Haswell"}


def tell(what, values):
    noisy = isinstance(values, dict) and results.noisy(values)
    print(what, values, "noisy: measure it again" if noisy else "", file=sys.stderr, flush=True)


def write_network(folder, network, *, classes=10, size=0, images=1):
    command = [sys.executable, str(HERE / "networks.py"), network, "--classes", str(classes), "--size", str(size),
               "--images", str(images), "--folder", str(folder)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def repeats_for(worker):
    """So many that a round takes about 0.3 s, at most ten."""
    return 1 if worker.start > 10 else max(1, min(10, int(300 / worker.round(1)[0])))


def started(sides, begin, times):
    """Each side started and ended so often, in turn, and then kept: workers, seconds of each start, notes."""
    workers, starts, notes = {}, {}, {}
    for again in range(times):
        for side in sides:
            try:
                worker = begin(side)
            except Absent as reason:
                notes[side] = {"note": str(reason)}
                continue
            starts.setdefault(side, []).append(worker.start)
            if again + 1 < times:
                worker.close()
            else:
                workers[side] = worker
    return workers, starts, notes


def take_turns(workers, arguments):
    """Rounds of each worker in turn, until there are enough, or three (one, where a repeat takes half a minute) and the
    time is over: milliseconds of each, and why those that ended did (for want of memory, for example)."""
    repeats, taken, ended = {}, {side: [] for side in workers}, {}

    def attempt(side, work):
        try:
            return work() if side not in ended else []
        except (Absent, BrokenPipeError) as reason:
            ended[side] = str(reason)
            return []

    for side, worker in workers.items():
        repeats[side] = attempt(side, lambda: repeats_for(worker)) or 1
    least = 1 if any(worker.start > 30 for worker in workers.values()) else 3
    end = time.perf_counter() + arguments.seconds
    for done in range(arguments.rounds):
        if done >= least and time.perf_counter() > end:
            break
        for side, worker in workers.items():
            taken[side] += attempt(side, lambda: worker.round(repeats[side]))
    return taken, ended


def measure(sides, begin, times, arguments):
    """{side: what was measured, or why nothing was}. `begin` starts a side."""
    workers, starts, measured = started(sides, begin, times)
    try:
        taken, ended = take_turns(workers, arguments)
        for side, times_of_side in taken.items():
            measured[side] = {"note": ended[side]} if side in ended else {
                "milliseconds": results.quartiles(times_of_side), "repeats": len(times_of_side),
                "start": results.quartiles(starts[side]), "memory": round(workers[side].peak())}
    finally:
        for worker in workers.values():
            worker.close()
    return measured


def agreement(row, side, folder):
    """The least correlation of a peer's maps with limpid's, where both are of one class."""
    if side.how != AS_USED or row.name == "clear":  # CLEAR starts at the class maps and not at the logit
        return {}
    command = [sys.executable, str(HERE / "agree.py"), str(map_of(row.sides[0], folder)), str(map_of(side, folder))]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {"agreement": round(float(printed), 8)} if printed else {}


def measure_row(row, network, batch, threads, folder, arguments):
    def begin(side):
        return Worker(command_of(side, network, folder, threads, arguments), environment_of(side, threads))

    starts = arguments.rounds if row.starts and batch == 1 else 1
    records = []
    for side, values in measure(row.sides, begin, starts, arguments).items():
        if "milliseconds" in values:
            values.update(agreement(row, side, folder))
        records.append({"device": arguments.device, "threads": threads, "row": row.name, "network": network,
                        "batch": batch, "side": side.name, "how": side.how, **values})
        tell(f"{row.name} {network} {batch} threads {threads}: {side.name} {side.how}", values)
    return records


def measure_curve(curve, threads, folder, arguments):
    records = []
    for x, classes, size, images in curve.points:
        write_network(folder, curve.network, classes=classes, size=size, images=images)
        side = curve.side(x)

        def begin(side):
            return Worker(command_of(side, curve.network, folder, threads, arguments), environment_of(side, threads))

        values = measure([side], begin, 1, arguments)[side]
        records.append({"device": arguments.device, "threads": threads, "curve": curve.name, "x": x, **values})
        tell(f"{curve.name} {x} threads {threads}:", values)
    return records


def measure_rates(network, folder, arguments):
    """What each convolution reaches, on one thread."""
    write_network(folder, network)
    command = [str(pathlib.Path(arguments.timing).with_name("convolution_rates")), str(folder / "model.onnx")]
    printed = subprocess.run(command, check=True, capture_output=True, text=True,
                             env={**os.environ, "OMP_NUM_THREADS": "1"}).stdout
    values = json.loads(printed)
    tell(f"rates {network}: walk / matrix product", round(values["walk"]["rate"] / values["walk"]["product"], 3))
    return [{"device": arguments.device, "threads": 1, "rates": network, **values}]


def measure_photographs(threads, folder, arguments):
    """Where the time of a whole `explain` goes: seconds of the run and of its parts, which overlap."""
    command = [arguments.limpid, "explain", arguments.model, arguments.photographs, "--preprocess",
               arguments.preprocess, "--method", "clear", "--set", "classes=top10", "--threads", str(threads),
               "--device", arguments.device, "-o", str(folder / "photographs"), "--json", "--quiet"]
    begin = time.perf_counter()
    document = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    parts = {}
    for one in document["inputs"]:
        for part, seconds in one["seconds"].items():
            parts[part] = parts.get(part, 0) + seconds
    values = {"images": len(document["inputs"]), "whole": round(time.perf_counter() - begin, 2),
              "parts": {part: round(seconds, 2) for part, seconds in parts.items()}}
    tell("photographs", values)
    return [{"device": arguments.device, "threads": threads, "photographs": "clear", **values}]


def parsed():
    names = [row.name for row in rows()] + ["curves", "rates", "photographs"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--timing", required=True, help="the built method_timing")
    for name in ("captum", "zennit", "grad-cam", "onnxruntime"):
        parser.add_argument("--" + name)
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 16])
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=60, help="of a row; three rounds there are always, one of slow rows")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--avx2", action="store_true", help="no wider vectors, on any side")
    parser.add_argument("--limpid", help="the built command, for the photographs")
    parser.add_argument("--photographs", help="a folder")
    parser.add_argument("--model", help="that explains them")
    parser.add_argument("--preprocess", default="imagenet", help="of that model")
    parser.add_argument("--output", default=HERE / "results.json", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.avx2:
        os.environ.update(AVX2_ALONE)
        arguments.onnxruntime = None
    return arguments


def main():
    arguments = parsed()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        machine = results.machine(write_network(folder, "all-cnn"), avx2_alone=arguments.avx2)
        keep = lambda records: results.write(arguments.output, arguments.device, machine, records)
        keep([])
        for network in arguments.networks:
            for batch in arguments.batches:
                write_network(folder, network, images=batch)
                for row in rows():
                    if row.name in arguments.only and (network, batch) not in row.without:
                        for threads in arguments.threads:
                            keep(measure_row(row, network, batch, threads, folder, arguments))
        if "curves" in arguments.only:
            for curve in curves():
                keep(measure_curve(curve, arguments.threads[0], folder, arguments))
        if "rates" in arguments.only and arguments.device == "cpu":
            for network in arguments.networks:
                keep(measure_rates(network, folder, arguments))
        if "photographs" in arguments.only and arguments.photographs and arguments.model and arguments.limpid:
            for threads in arguments.threads:
                keep(measure_photographs(threads, folder, arguments))


if __name__ == "__main__":
    main()
