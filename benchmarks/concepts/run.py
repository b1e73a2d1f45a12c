#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Times `limpid concepts units` and `dissect` beside peer.py: run.py LIMPID MODEL IMAGES SEGMENTS [--count N] [--threads N]

N of the pictures, and the same share of each concept's cut-outs, are linked into a folder of their own for both sides.
Prints seconds, their ratio and the peak memory of limpid.
"""
import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

PEER = pathlib.Path(__file__).with_name("peer.py")


def linked(source, target, count):
    target.mkdir(parents=True)
    files = sorted(path for path in source.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    for path in files[:: max(1, len(files) // count)][:count]:
        (target / path.name).symlink_to(path.resolve())
    return len(list(target.iterdir()))


def timed(words, **more):
    begin = time.perf_counter()
    done = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, **more)
    return time.perf_counter() - begin, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("limpid", "model", "images", "segments"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--slots", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        images = linked(arguments.images, folder / "images", arguments.count)
        concepts = sorted(path for path in arguments.segments.iterdir() if path.is_dir())
        segments = sum(linked(path, folder / "segments" / path.name, max(3, arguments.count // len(concepts))) for path in concepts)
        threads = ["--threads", arguments.threads]
        for name, data, words in (("units", folder / "images", ["--slots", arguments.slots]), ("dissect", folder / "segments", [])):
            ours, _ = timed([arguments.limpid, "concepts", name, arguments.model, data, "-o", folder / name, "--quiet", *threads])
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            _, text = timed([sys.executable, PEER, name, arguments.model, data, *words, *threads])
            theirs = json.loads(text)["seconds"]
            total = sum(theirs.values())
            print(f"{name}: {images if name == 'units' else segments} pictures, limpid {ours:.1f} s, peer {total:.1f} s {theirs}, "
                  f"{total / ours:.1f} times; limpid's peak {memory:.0f} MiB")


if __name__ == "__main__":
    main()
