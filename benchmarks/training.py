#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Times training steps beside a plain PyTorch loop: training.py BUILD_FOLDER [ROUNDS [RESULTS.json]]

Both sides use the same libtorch, one thread, channels-last and inputs that lie in memory; they take turns, a few steps
each, and the ratio is that of the medians. PyTorch's loop is what one writes first: modules, torch.optim.Adam,
cross-entropy, a random permutation an epoch. The first column of times is PyTorch in float32. With compare/results.json the
times go into it, for compare/render.py.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
import torch
from torch import nn

sys.path.append(str(pathlib.Path(__file__).resolve().parent / "compare"))
import results

CASES = [("crystal", (3, 64, 64), 7, 32, 2), ("all-cnn", (1, 28, 28), 10, 128, 1), ("all-cnn", (3, 32, 32), 10, 128, 1)]


def conv(channels, units, kernel):
    return [nn.Conv2d(channels, units, kernel, padding=kernel // 2), nn.ReLU()]


def crystal(channels, classes):
    return nn.Sequential(
        *conv(channels, 32, 7), *conv(32, 32, 7), nn.MaxPool2d(2), *conv(32, 16, 7), *conv(16, 16, 7), nn.MaxPool2d(2),
        *conv(16, 8, 7), *conv(8, 8, 7), nn.Dropout(0.25), nn.Flatten(), nn.Linear(2048, 128), nn.ReLU(),
        nn.BatchNorm1d(128, eps=1e-3, momentum=0.01), nn.Linear(128, classes))


def all_cnn(channels, classes, width=96):
    return nn.Sequential(
        *conv(channels, width, 3), *conv(width, width, 3), *conv(width, width, 3), nn.MaxPool2d(3, 2), nn.Dropout(0.5),
        *conv(width, 2 * width, 3), *conv(2 * width, 2 * width, 3), *conv(2 * width, 2 * width, 3), nn.MaxPool2d(3, 2),
        nn.Dropout(0.5), *conv(2 * width, 2 * width, 3), *conv(2 * width, 2 * width, 1), nn.Conv2d(2 * width, classes, 1),
        nn.AdaptiveAvgPool2d(1), nn.Flatten())


def loop(network, inputs, labels, batch, low):
    """Yields after each step."""
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    while True:
        for chosen in torch.randperm(len(inputs)).split(batch):
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=low):
                loss = nn.functional.cross_entropy(network(inputs[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()
            loss.item()
            yield


class PyTorch:
    def __init__(self, name, shape, classes, batch, steps, low):
        torch.manual_seed(0)
        network = {"crystal": crystal, "all-cnn": all_cnn}[name](shape[0], classes).to(memory_format=torch.channels_last)
        inputs = torch.randn(8 * batch, *shape).contiguous(memory_format=torch.channels_last)
        self.steps, self.loop = steps, loop(network, inputs, torch.arange(8 * batch) % classes, batch, low)

    def __call__(self):
        begin = time.perf_counter()
        for _ in range(self.steps):
            next(self.loop)
        return (time.perf_counter() - begin) / self.steps


class Limpid:
    def __init__(self, program, name, shape, classes, batch, steps, precision):
        words = [program, name, "x".join(map(str, shape)), str(classes), str(batch), str(steps), precision]
        self.steps, self.process = steps, subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def __call__(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline()) / self.steps

    def close(self):
        self.process.stdin.close()
        self.process.wait()


SIDES = [("PyTorch", "float32"), ("limpid", "float32"), ("PyTorch", "bfloat16"), ("limpid", "bfloat16")]


def records_of(case, times):
    name, shape, _, batch, _ = case
    return [{"device": "cpu", "threads": 1, "training": name, "input": "x".join(map(str, shape)), "batch": batch, "side": side,
             "how": how, "milliseconds": results.quartiles(taken)} for (side, how), taken in zip(SIDES, times)]


def main(folder, rounds=9, output=None):
    torch.set_num_threads(1)
    records = []
    program = os.path.join(folder, "benchmarks", "training_timing")
    print("network            PyTorch f32  limpid f32         PyTorch bf16       limpid bf16")
    for case in CASES:
        sides = [PyTorch(*case, False), Limpid(program, *case, "float32"), PyTorch(*case, True),
                 Limpid(program, *case, "bfloat16")]
        times = [[] for _ in sides]
        for turn in range(int(rounds) + 1):
            for side, taken in zip(sides, times):
                seconds = side()
                if turn > 0:  # the first turn warms up
                    taken.append(seconds * 1000)
        medians = [statistics.median(taken) for taken in times]
        cells = [f"{m:7.1f} ms ({medians[0] / m:.2f}x)" for m in medians[1:]]
        print(f"{case[0]:8} {'x'.join(map(str, case[1])):9} {medians[0]:7.1f} ms  " + "  ".join(cells), flush=True)
        records += records_of(case, times)
        for side in sides:
            if isinstance(side, Limpid):
                side.close()
    if output:
        results.write(output, "cpu", results.machine({"torch": torch.__version__, "gpu": None}), records)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
