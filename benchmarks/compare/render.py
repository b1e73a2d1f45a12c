#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/performance….md and its figures from what run.py measured: render.py

A page for each results….json beside this script: results.json makes performance.md, results-avx512.json
performance-avx512.md. Needs Debian's python3-matplotlib.
"""
import pathlib
import statistics
import textwrap

import plots
import results
import tables
from rows import CLASSES, NETWORKS, curves, rows

HERE = pathlib.Path(__file__).resolve().parent

HEAD = f"""# Performance{{name}}

This page is written by `benchmarks/compare/render.py` from `benchmarks/compare/{{results}}`: no number on it is
typed.{{others}}

limpid and its peers are processes that stay alive and are told in turn to do a round, so that whatever else the machine
does falls on all of them alike. Several threads are bound to processors. Times are medians of the repeats, a forward
pass included, files read beforehand. Memory is the most that the process held (VmHWM), libraries included. A ratio is
the time of the peer over the time of limpid: above 1 limpid is faster. A time with ~ is not to be relied on: the middle
half of its repeats spans more than a fifth of it.

- **Peers**: Captum 0.6.0, zennit 0.5.1, pytorch-grad-cam 1.4.6 and PyTorch on the libtorch that limpid uses, and
  onnxruntime. *As used* is the default layout and a loop over classes; *channels-last* has network and inputs in that
  layout and malloc kept from returning memory; *one batch* also repeats the inputs for each class, or takes many
  windows of occlusion, in one batch. *Best* is the fastest of these.
- **Networks**, with random weights and {CLASSES} classes: an All-CNN with two poolings (nine convolutions of 96 and
  192 channels, 32², one kernel a class) and SqueezeNet 1.0 (227²). The columns give network and batch.
- **limpid** runs float32 where nothing else is said; bf16x3 and bfloat16 are the precision of the walk back, the
  forward pass stays in float32. CLEAR walks with the deconvnet rule, as Captum's Deconvolution does, or with the
  linear response.
"""

AGAIN = """## Measured again

`run.py --help` tells where the peers come from; what is not given is left out. Parts are measured again with `--only`,
`--networks`, `--batches` and `--threads`, and merged with what was there; another processor's go to another
`--output benchmarks/compare/results-NAME.json`, which becomes a page of its own.

<!-- not run: the peers are not part of this repository -->
```sh
cmake --preset release -DLIMPID_BENCHMARKS=ON && ninja -C build/release method_timing
benchmarks/compare/run.py --timing build/release/benchmarks/method_timing --captum peers/captum \\
  --zennit peers/zennit/src --grad-cam peers/pytorch-grad-cam --onnxruntime peers/onnxruntime
benchmarks/compare/render.py
```
"""


def has_low_precision(machine, device):
    return device != "cpu" or "amx_bf16" in machine["flags"]


def machine_words(machine, numbers, device):
    flags = ", ".join(machine["flags"]) or "none of those that matter here"
    lacks = "; it has no amx_bf16, without which walks are in float32 whatever is chosen"
    lacks = "" if has_low_precision(machine, device) else lacks
    gpu = f" GPU: {machine['gpu']}." if device != "cpu" else ""
    usual, largest = numbers.spread()
    text = (f"Processor: {machine['processor']}, {machine['processors']} in use.{gpu} Instruction sets: {flags}{lacks}."
            f" libtorch {machine['libtorch']}. The middle half of the repeats spans {usual:.0f} % of the median in the "
            f"median measurement, {largest:.0f} % in the worst.")
    return textwrap.fill(text, 120, break_on_hyphens=False)


def curve_table(numbers):
    lines = []
    for curve in curves():
        points = plots.points_of(numbers, curve, "time")
        if len(points) > 2:
            fixed, each, deviation = plots.straight_line(points)
            memory = plots.points_of(numbers, curve, "memory")
            scale, unit = (1e6, "a million pixels") if curve.name == "pixels" else (1, "each")
            lines.append([f"{curve.title}, {NETWORKS[curve.network]}", f"{points[0][0]:,} – {points[-1][0]:,}",
                          f"{tables.number(fixed)} ms", f"{tables.number(each * scale)} ms {unit}",
                          f"{deviation:.0f} %", f"{memory[0][1]:,} – {memory[-1][1]:,} MB"])
    return tables.table(["number of", "from, to", "fixed", "and", "largest deviation", "peak memory"], lines, 1)


def figure_of(page, device, name):
    return page.parent / "images" / f"{page.stem}-{device}-{name}.svg"


def cost(numbers, device, page):
    figure = figure_of(page, device, "cost")
    if not plots.plot_curves(numbers, figure):
        return ""
    return f"""## How the cost grows

![Time and peak memory against classes, images, pixels and units](images/{figure.name})

One thread. Dashed is the straight line through the times: a fixed part and so much each. CLEAR over the classes of a
SqueezeNet with a thousand of them; CLEAR over {CLASSES} classes of images, 16 at once, and of larger images; attentive
response maps of the units of the All-CNN's fifth convolution.

{curve_table(numbers)}

"""


def rates(numbers):
    measured = [record for record in numbers.records if "rates" in record]
    if not measured:
        return ""
    text = """## What each convolution reaches

GFLOP/s on one thread, in percent of the matrix product of two 512 × 512 matrices timed in turn with it, and what runs.
A multiply-add counts as two operations, as a direct convolution does them; Winograd's algorithm (`jit_wino`) needs
fewer, which is how rates go beyond the matrix product. Forwards one image; back ten seeds, in the tiles of the walk.
Below half of the matrix product stay convolutions to or from few channels, and those over few positions of one image:
they move more numbers than they multiply.

"""
    for record in measured:
        text += f"### {NETWORKS[record['rates']]}\n\n{tables.layer_rates(record)}\n\n"
    return text


def precision(numbers):
    measured = [record for record in numbers.records if "precision" in record]
    if not measured:
        return ""
    text = """## What low precision costs

By `precision.py`, on trained networks: medians over the maps of ‖a − b‖/‖b‖; of Spearman's rank correlation of the
strengths; and for CLEAR of the part of the pixels over 1 % of the largest level that have the same class. The forward
pass is in float64 for float64 and in float32 for all others, so the first column holds what the forward pass changes.
Where most of a map is exactly 0, as that of `deconvnet` on SqueezeNet, ranks also tell apart what the rounding of
Winograd's algorithm in float32 leaves there.

"""
    for record in measured:
        text += f"### {record['precision']}, {record['inputs']} inputs\n\n{tables.precisions(record)}\n\n"
    return text


def training(numbers):
    measured = [record for record in numbers.records if "training" in record and "milliseconds" in record]
    if not measured:
        return ""
    lines = []
    for case in sorted({(record["training"], record["input"], record["batch"]) for record in measured}, reverse=True):
        times = {(record["side"], record["how"]): record for record in measured
                 if (record["training"], record["input"], record["batch"]) == case}
        base = times["PyTorch", "float32"]["milliseconds"][1]

        def cell(side, how):
            record = times[side, how]
            middle = record["milliseconds"][1]
            ratio = "" if (side, how) == ("PyTorch", "float32") else f" ({tables.number(base / middle)})"
            return f"{'~' if results.noisy(record) else ''}{tables.number(middle)} ms{ratio}"

        lines.append([f"`{case[0]}`, {case[2]}, {case[1].replace('x', '×')}",
                      *(cell(side, how) for how in ("float32", "bfloat16") for side in ("PyTorch", "limpid"))])
    heads = ["network, batch, input", "PyTorch, float32", "limpid, float32", "PyTorch, bfloat16", "limpid, bfloat16"]
    return f"""## Training

A step of training by `benchmarks/training.py`, one thread: forward, backward, Adam. PyTorch is a plain loop, channels-last, on the
same libtorch, its bfloat16 by autocast; both keep float32 weights, have their inputs in memory, and take turns. In brackets how
many times as fast as PyTorch in float32.

{tables.table(heads, lines, 1)}

{accuracies(numbers)}"""


def accuracies(numbers):
    measured = [record for record in numbers.records if "accuracies" in record]
    if not measured:
        return ""
    lines = []
    for record in sorted(measured, key=lambda record: record["how"], reverse=True):
        found = [100 * value for value in record["accuracies"]]
        lines.append([record["how"], *(f"{value:.2f} %" for value in found),
                      f"{statistics.mean(found):.2f} ± {statistics.stdev(found):.2f} %"])
    first = measured[0]
    heads = ["precision", *(f"seed {seed}" for seed in range(len(first["accuracies"]))), "mean ± standard deviation"]
    return f"""What bfloat16 costs: right on the 10,000 test digits of MNIST, `all-cnn` of width {first["width"]} after {first["epochs"]} epochs
(`benchmarks/training_accuracy.py`).

{tables.table(heads, lines, 1)}

"""


def section(numbers, row):
    parts = [f"### {row.title}", " ".join(filter(None, [row.about, tables.agreements(numbers, row)])),
             tables.ratios(numbers, row), tables.times(numbers, row)]
    return "\n\n".join(filter(None, parts)) + "\n\n"


def device_part(held, device, page):
    numbers = tables.Numbers(held["records"], device)
    text = f"## On {'a GPU' if device.startswith('cuda') else 'the CPU'}\n\n"
    machine = held["machines"][device]
    text += machine_words(machine, numbers, device) + "\n\n"
    goals = tables.goals(numbers, has_low_precision(machine, device))
    text += f"### Targets\n\nOn one thread, in every column.\n\n{goals}\n\n"
    text += "".join(part + "\n\n" for part in (tables.limits(numbers), tables.floors(numbers)) if part)
    figure = figure_of(page, device, "ratios")
    if plots.plot_ratios(numbers, figure):
        text += f"![Ratios on one thread; red: targets](images/{figure.name})\n\n"
    text += "".join(section(numbers, row) for row in rows())
    text += ("### From the start of the process to the first map\n\nOne thread, one image, peers as they are used; "
             f"limpid is the program that is timed here.\n\n{tables.starts(numbers)}\n\n")
    notes = tables.left_out(numbers)
    text += cost(numbers, device, page) + training(numbers) + rates(numbers) + precision(numbers)
    return text + (f"### Left out\n\n{notes}\n\n" if notes else "")


def page_of(path):
    return HERE.parents[1] / "docs" / f"{path.stem.replace('results', 'performance', 1)}.md"


def write_page(path, others):
    held, page = results.read(path), page_of(path)
    name = path.stem.removeprefix("results").replace("-", " ")
    links = [f"[{page_of(other).name}]({page_of(other).name})" for other in others]
    head = HEAD.format(name=f":{name}" if name else "", results=path.name,
                       others=f" Other processors: {', '.join(links)}." if links else "")
    page.write_text("\n".join([head, *(device_part(held, device, page) for device in held["machines"])]) + AGAIN)


def main():
    paths = sorted(HERE.glob("results*.json"))
    for path in paths:
        write_page(path, [other for other in paths if other != path])


if __name__ == "__main__":
    main()
