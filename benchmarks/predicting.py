#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Times what surrounds training steps, on a folder with MNIST's four files: predicting.py LIMPID MNIST [ROUNDS]

Prints how long `limpid predict` takes for the 10,000 test digits beside a plain PyTorch loop over the same network
(channels-last, batches of 128, the pictures in memory, no gradients), in turns; what share of training steps waits for
data that are read and augmented; and how long `limpid train` takes beside its steps where there is one batch: to start,
to open the data and to write its files.
"""
import gzip
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"
import numpy
import torch
from torch import nn

from training import all_cnn

WIDTH, BATCH = 48, 128


def digits(folder):
    path = next(pathlib.Path(folder).rglob("t10k-images-idx3-ubyte*"))
    raw = (gzip.open if path.suffix == ".gz" else open)(path, "rb").read()
    return torch.from_numpy(numpy.frombuffer(raw, numpy.uint8, offset=16).reshape(-1, 1, 28, 28).copy())


def pytorch(network, pictures):
    begin = time.perf_counter()
    with torch.no_grad():
        for batch in pictures.split(BATCH):
            network((batch.float() / 255).contiguous(memory_format=torch.channels_last)).argmax(1)
    return time.perf_counter() - begin


def limpid(program, *words):
    begin = time.perf_counter()
    out = subprocess.run([program, *words, "--quiet", "--threads", "1"], check=True, capture_output=True, text=True).stdout
    return out, time.perf_counter() - begin


def main(program, data, rounds=5):
    torch.set_num_threads(1)
    network = all_cnn(1, 10, WIDTH).eval().to(memory_format=torch.channels_last)
    pictures = digits(data)
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "net.onnx")
        train = lambda examples: ["train", "all-cnn", data, "-o", model, "--set", f"width={WIDTH}", "--epochs", "1", "--examples", str(examples),
                 "--validation", "0", "--augment", "shift=2,rotate=10", "--precision", "bfloat16"]
        document = pathlib.Path(folder, "net.json")
        _, start = limpid(program, *train(BATCH))
        start -= json.loads(document.read_text())["seconds"]
        limpid(program, *train(50 * BATCH))
        trained = json.loads(document.read_text())
        times = {"limpid": [], "PyTorch": [], "command": []}
        for _ in range(int(rounds)):
            out, command = limpid(program, "predict", model, data, "--json")
            times["limpid"].append(json.loads(out)["seconds"])
            times["command"].append(command)
            times["PyTorch"].append(pytorch(network, pictures))
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    print(f"predict, {len(pictures)} digits: limpid {medians['limpid']:.2f} s, PyTorch {medians['PyTorch']:.2f} s "
          f"({medians['PyTorch'] / medians['limpid']:.2f}x); the whole command {medians['command']:.2f} s")
    print(f"training: waited for data {100 * trained['waited_for_data'] / trained['seconds']:.2f} % of "
          f"{trained['seconds']:.1f} s of steps; {start:.2f} s beside the step of an epoch of one batch")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
