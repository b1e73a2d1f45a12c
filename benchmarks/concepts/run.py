#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Times `limpid concepts units`, `dissect` and `tcav` beside peer.py:
run.py LIMPID MODEL IMAGES SEGMENTS INPUTS --target CLASS --layer NAME [--count N] [--only NAME] [--threads N]

N of the pictures, and as many cut-outs of all concepts together, are linked into folders of their own for both sides, again and again
under other names where there are fewer; INPUTS are of the class. Prints seconds, their ratio and the peak memory of limpid.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

PEER = pathlib.Path(__file__).with_name("peer.py")


def linked(source, target, count):
    target.mkdir(parents=True)
    files = sorted(path for path in source.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    for number in range(count):
        path = files[number * len(files) // count if count <= len(files) else number % len(files)]
        (target / f"{number:05}{path.suffix}").symlink_to(path.resolve())
    return len(list(target.iterdir()))


def timed(words, **more):
    begin = time.perf_counter()
    done = subprocess.run([str(word) for word in words], check=True, stdout=subprocess.PIPE, text=True, **more)
    return time.perf_counter() - begin, done.stdout


def peak_memory(words):
    """MiB of a command of its own, told by a process that has no other child."""
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
    code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    seconds, text = timed([sys.executable, "-c", code, *words])
    return seconds, float(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("limpid", "model", "images", "segments", "inputs"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--inputs-count", type=int, default=50)
    parser.add_argument("--target", required=True)
    parser.add_argument("--layer", required=True)
    parser.add_argument("--only", choices=["units", "dissect", "tcav"], action="append")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--slots", type=int, default=200)
    parser.add_argument("--fits", type=int, default=20)
    arguments = parser.parse_args()
    ours_all = theirs_all = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        concepts = sorted(path for path in arguments.segments.iterdir() if path.is_dir())
        linked(arguments.images, folder / "images", arguments.count)
        linked(arguments.inputs, folder / "inputs", arguments.inputs_count)
        for path in concepts:
            linked(path, folder / "segments" / path.name, max(3, arguments.count // len(concepts)))
        target = ["--target", arguments.target]
        told = ["--concepts", folder / "segments", "--random", folder / "images"]
        runs = {"units": (folder / "images", [], ["--slots", arguments.slots]), "dissect": (folder / "segments", [], []),
                "tcav": (folder / "inputs", [*told, *target, "--layer", arguments.layer, "--memory", "2048"],
                         [*told, *target, "--layer", arguments.layer + "/relu", "--fits", arguments.fits])}
        threads = ["--threads", arguments.threads]
        for name in arguments.only or runs:
            data, own, other = runs[name]
            ours, memory = peak_memory([arguments.limpid, "concepts", name, arguments.model, data, "-o", folder / name, "--quiet",
                                        "--preprocess", "caffe", *own, *threads])
            _, text = timed([sys.executable, PEER, name, arguments.model, data, *other, *threads])
            theirs = json.loads(text)["seconds"]
            total = sum(theirs.values())
            ours_all += ours
            theirs_all += total
            print(f"{name}: limpid {ours:.1f} s, peer {total:.1f} s {theirs}, {total / ours:.1f} times; limpid's peak {memory:.0f} MiB",
                  flush=True)
    print(f"together: {theirs_all / ours_all:.1f} times")


if __name__ == "__main__":
    main()
