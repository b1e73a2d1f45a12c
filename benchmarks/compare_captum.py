#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CLEAR over ten classes beside Captum's Deconvolution looped over them, on the same libtorch, in one interleaved run.

    compare_captum.py --captum CHECKOUT --timing build/release/benchmarks/clear_timing [--threads 1 2] [--rounds 5]

CHECKOUT is a copy of Captum 0.6.0. Needs Debian's python3-torch and python3-torchvision. Prints medians and ratios.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

CORES = os.sched_getaffinity(0)  # before OMP_PROC_BIND pins this process to one of them, when numpy or torch is loaded

import numpy
import torch
import torchvision


def all_cnn():
    """Nine convolutions, 96 and 192 channels, two poolings, one kernel a class, global averaging."""
    layers = []

    def conv(inputs, outputs, kernel):
        layers.extend([torch.nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2), torch.nn.ReLU()])

    conv(3, 96, 3), conv(96, 96, 3), conv(96, 96, 3)
    layers.append(torch.nn.MaxPool2d(3, 2))
    conv(96, 192, 3), conv(192, 192, 3), conv(192, 192, 3)
    layers.append(torch.nn.MaxPool2d(3, 2))
    conv(192, 192, 3), conv(192, 192, 1), conv(192, 10, 1)
    layers.extend([torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()])
    return torch.nn.Sequential(*layers), (3, 32, 32)


def squeezenet():
    return torchvision.models.squeezenet1_0(num_classes=10), (3, 227, 227)


def captum_milliseconds(method, inputs, classes):
    start = time.perf_counter()
    for target in range(classes):
        method.attribute(inputs, target=target)
    return (time.perf_counter() - start) * 1000


def limpid_milliseconds(timing, model, inputs, threads):
    command = [timing, model, inputs, "3", str(threads)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True,
                             preexec_fn=lambda: os.sched_setaffinity(0, CORES)).stdout
    return [float(line) for line in printed.split()]


def compare(name, make, batch, threads, arguments, folder):
    from captum.attr import Deconvolution

    torch.manual_seed(0)
    torch.set_num_threads(threads)
    network, shape = make()
    network.eval()
    inputs = torch.randn(batch, *shape)
    model, array = os.path.join(folder, "model.onnx"), os.path.join(folder, "input.npy")
    torch.onnx.export(network, inputs[:1], model, opset_version=13, input_names=["data"], output_names=["logits"],
                      dynamic_axes={"data": {0: "N"}, "logits": {0: "N"}})
    numpy.save(array, inputs.numpy())
    method = Deconvolution(network)
    captum_milliseconds(method, inputs, 1)
    theirs, ours = [], []
    for _ in range(arguments.rounds):
        theirs.append(captum_milliseconds(method, inputs, 10))
        ours.extend(limpid_milliseconds(arguments.timing, model, array, threads))
    a, b = statistics.median(theirs), statistics.median(ours)
    print(f"{name:12} batch {batch:2} threads {threads}: Captum {a:8.1f} ms   limpid {b:8.1f} ms   ratio {a / b:5.2f}",
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captum", required=True, help="a checkout of Captum 0.6.0")
    parser.add_argument("--timing", required=True, help="the built clear_timing")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 16])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    sys.path.insert(0, arguments.captum)
    with tempfile.TemporaryDirectory() as folder:
        for name, make in (("All-CNN", all_cnn), ("SqueezeNet", squeezenet)):
            for batch in arguments.batches:
                for threads in arguments.threads:
                    compare(name, make, batch, threads, arguments, folder)


if __name__ == "__main__":
    main()
