#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each precision of the walks costs in accuracy: every method's maps beside those in float64, as a table.

    precision.py LIMPID MODEL INPUT... [--methods all] [--targets top1] [--preprocess P] [--set O=V...]
                 [--name NAME [--output results.json]]

LIMPID is the command. With a name the figures are kept beside those of run.py, and render.py shows them. Errors are medians over the inputs' maps: ‖a − b‖/‖b‖; Spearman's rank correlation of the
strengths Σ|channels|; and, for CLEAR, the part of the pixels over 1 % of the largest level that have the same class.
The forward pass is in float64 for float64 and in float32 for the others, so the row of float32 holds what the forward
pass alone changes. Each map in low precision stands beside the one in float32 too.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy

import results

PRECISIONS = ["float32", "bf16x3", "bfloat16"]


def explain(limpid, arguments, precision, folder):
    command = [limpid, "explain", arguments.model, *arguments.inputs, "--precision", precision, "-o", str(folder),
               "--target", arguments.targets, "--quiet"]
    for method in arguments.methods:
        command += ["--method", method]
    for option in arguments.set:
        command += ["--set", option]
    if arguments.preprocess:
        command += ["--preprocess", arguments.preprocess]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    taken = json.loads((folder / "manifest.json").read_text())["precision"]
    if taken != precision:
        sys.exit(f"asked for {precision}, this CPU walks in {taken}; low precision needs one with AMX")
    return {path.relative_to(folder).as_posix(): numpy.load(path) for path in folder.rglob("*.npy")}


def ranks(values):
    """Places in ascending order; equal values share their mean place."""
    _, which, counts = numpy.unique(values, return_inverse=True, return_counts=True)
    return (numpy.cumsum(counts) - (counts - 1) / 2)[which]


def strength(array):
    magnitude = numpy.abs(array.astype(numpy.float64))
    return (magnitude.sum(0) if magnitude.ndim == 3 else magnitude).ravel()


def same_class(name, reference, other):
    level = reference[name.replace("clear.class", "clear.level")]
    strong = level > 0.01 * level.max()
    return float((reference[name][strong] == other[name][strong]).mean())


def compare(name, reference, other):
    """Figures of one array: name → value."""
    if name not in other:
        return {}
    a, b = other[name].astype(numpy.float64), reference[name].astype(numpy.float64)
    if name.endswith("clear.class.npy"):
        return {"same class": same_class(name, reference, other)}
    if not numpy.issubdtype(reference[name].dtype, numpy.floating) or not numpy.linalg.norm(b):
        return {}
    correlation = numpy.corrcoef(ranks(strength(a)), ranks(strength(b)))[0, 1] if a.size > 1 else 1.0
    return {"error": float(numpy.linalg.norm(a - b) / numpy.linalg.norm(b)), "rank correlation": float(correlation)}


def method_of(name):
    return pathlib.PurePosixPath(name).name.split(".")[0]


def table(reference, other):
    """method → figure → median over all of its arrays."""
    gathered = {}
    for name in reference:
        for figure, value in compare(name, reference, other).items():
            gathered.setdefault(method_of(name), {}).setdefault(figure, []).append(value)
    return {method: {figure: statistics.median(values) for figure, values in figures.items()}
            for method, figures in gathered.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("limpid"), parser.add_argument("model"), parser.add_argument("inputs", nargs="+")
    parser.add_argument("--methods", nargs="+", default=["all"])
    parser.add_argument("--targets", default="top1")
    parser.add_argument("--preprocess")
    parser.add_argument("--set", nargs="+", default=["clear.classes=top10"])
    parser.add_argument("--name", help="what the network is called in the page")
    parser.add_argument("--output", default=pathlib.Path(__file__).with_name("results.json"), type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = pathlib.Path(temporary)
        arrays = {p: explain(arguments.limpid, arguments, p, root / p) for p in ["float64", *PRECISIONS]}
    found = {f"{precision} beside {reference}": table(arrays[reference], arrays[precision])
             for reference in ("float64", "float32") for precision in PRECISIONS if precision != reference}
    for title, methods in found.items():
        print(f"\n{title}\n\n| method | error | rank correlation | same class |\n| --- | --- | --- | --- |")
        for method, figures in sorted(methods.items()):
            cells = [f"{figures['error']:.1e}" if "error" in figures else "",
                     f"{figures['rank correlation']:.6f}" if "rank correlation" in figures else "",
                     f"{100 * figures['same class']:.3f} %" if "same class" in figures else ""]
            print(f"| `{method}` | {' | '.join(cells)} |")
    if arguments.name:
        results.write(arguments.output, "cpu", None,
                      [{"device": "cpu", "precision": arguments.name, "inputs": len(arguments.inputs), **found}])


if __name__ == "__main__":
    main()
