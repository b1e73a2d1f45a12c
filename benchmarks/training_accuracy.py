#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains in float32 and bfloat16 with several seeds: training_accuracy.py LIMPID MNIST_FOLDER [RESULTS.json]

For each seed and precision one `limpid train all-cnn`, then `limpid predict` on the test digits. Of all seeds the accuracies
are printed, and kept in compare/results.json for compare/render.py.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import torch

sys.path.append(str(pathlib.Path(__file__).resolve().parent / "compare"))
import results

SEEDS, EPOCHS, WIDTH = 3, 2, 16


def accuracy(limpid, data, precision, seed):
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "net.onnx"
        subprocess.run([limpid, "train", "all-cnn", data, "-o", model, "--set", f"width={WIDTH}", "--set", "dropout=0.25",
                        "--epochs", str(EPOCHS), "--batch", "128", "--learning-rate", "0.002", "--schedule", "cosine",
                        "--warm-up", "0.25", "--weight-decay", "0.0001", "--validation", "0", "--precision", precision,
                        "--seed", str(seed), "--threads", "1", "--quiet"], check=True)
        done = subprocess.run([limpid, "predict", model, data, "--json", "--quiet", "--threads", "1"], check=True,
                              capture_output=True, text=True)
        return json.loads(done.stdout)["accuracy"]


def main(limpid, data, output=None):
    records = []
    for precision in ("float32", "bfloat16"):
        found = [accuracy(limpid, data, precision, seed) for seed in range(SEEDS)]
        print(precision, *(f"{100 * value:.2f} %" for value in found), flush=True)
        records.append({"device": "cpu", "training": "all-cnn on MNIST", "how": precision, "accuracies": found,
                        "epochs": EPOCHS, "width": WIDTH})
    if output:
        results.write(output, "cpu", results.machine({"torch": torch.__version__, "gpu": None}), records)


if __name__ == "__main__":
    main(*sys.argv[1:])
