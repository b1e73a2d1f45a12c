# SPDX-License-Identifier: Apache-2.0
"""The two figures of the page: ratios, and how limpid's cost grows."""
import math

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "limpid", "font.size": 9,
                            "axes.spines.top": False, "axes.spines.right": False})
from matplotlib import pyplot  # noqa: E402

from rows import AS_USED, GOALS, curves, rows  # noqa: E402
from tables import cell_name  # noqa: E402

COLOURS = ["#7fb3d5", "#1f618d", "#f5b041", "#b9770e"]


def bars():
    """(row, limpid's how, peer) of the bars, the label of each."""
    wanted = [("clear", how, "Captum") for how in ("float32", "bf16x3", "bfloat16", "linear response")]
    wanted += [("lrp-one", "float32", "zennit"), ("lrp-ten", "float32", "zennit"),
               ("grad-cam-one", "float32", "pytorch-grad-cam"), ("grad-cam-ten", "float32", "pytorch-grad-cam"),
               ("occlusion", "float32", "Captum")]
    titles = {row.name: row.title.split(", limpid")[0] for row in rows()}
    return [(row, how, peer, f"{titles[row]}\n{how}, {peer}") for row, how, peer in wanted]


def plot_ratios(numbers, path):
    """Bars of peer / limpid on one thread; a line where a target stands."""
    shown = [bar for bar in bars()
             if any(numbers.ratio(bar[0], 1, cell, bar[1], bar[2], AS_USED) for cell in numbers.cells)]
    if not shown:
        return False
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 1 + .55 * len(shown)), sharey=True, sharex=True)
    for axis, how in zip(axes, (AS_USED, "best")):
        for place, (row, ours, peer, _) in enumerate(shown):
            for i, cell in enumerate(numbers.cells):
                ratio = numbers.ratio(row, 1, cell, ours, peer, how)
                if ratio:
                    axis.barh(place + .19 * (i - 1.5), ratio, .19, color=COLOURS[i % 4],
                              label=cell_name(cell) if place == 0 else None)
            goal = (row, ours, peer, how, "")
            for value in [g.least for g in GOALS if (g.row, g.how, g.peer, g.peer_how, g.network) == goal]:
                axis.plot([value, value], [place - .42, place + .42], color="#c0392b", lw=1.5)
        axis.axvline(1, color="black", lw=.8)
        axis.set_xscale("log")
        axis.set_xticks([1, 2, 5, 10, 20, 50, 100], ["1", "2", "5", "10", "20", "50", "100"])
        axis.minorticks_off()
        axis.set_title(f"the peer {AS_USED}" if how == AS_USED else "the peer's best configuration")
        axis.set_xlabel("time of the peer / time of limpid")
    axes[0].set_yticks(range(len(shown)), [bar[3] for bar in shown])
    axes[0].invert_yaxis()
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncol=4, frameon=False)
    figure.tight_layout(rect=(0, .06, 1, 1))
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return True


def straight_line(points):
    """a + b x with the least relative deviations, a not below 0: (a, b, the largest deviation in percent)."""
    s = [sum(x ** k / y ** j for x, y in points) for k, j in ((0, 2), (1, 2), (2, 2), (0, 1), (1, 1))]
    determinant = s[0] * s[2] - s[1] ** 2
    a = max((s[3] * s[2] - s[4] * s[1]) / determinant, 0)
    b = (s[4] - a * s[1]) / s[2]
    return a, b, max(100 * abs(y - a - b * x) / y for x, y in points)


def points_of(numbers, curve, what):
    return [(r["x"], r["milliseconds"][1] if what == "time" else r["memory"])
            for r in sorted(numbers.records, key=lambda r: r.get("x", 0))
            if r.get("curve") == curve.name and "milliseconds" in r]


def plot_curves(numbers, path):
    """Time above, peak memory below; dashed the straight line a + b x."""
    shown = [curve for curve in curves() if len(points_of(numbers, curve, "time")) > 2]
    if not shown:
        return False
    figure, axes = pyplot.subplots(2, len(shown), figsize=(2.6 * len(shown), 5), sharex="col", squeeze=False)
    for (above, below), curve in zip(axes.T, shown):
        points = points_of(numbers, curve, "time")
        a, b, _ = straight_line(points)
        xs = [points[0][0] * (points[-1][0] / points[0][0]) ** (i / 60) for i in range(61)]
        above.loglog(xs, [a + b * x for x in xs], "--", color="#b9770e", lw=1)
        above.loglog(*zip(*points), "o", color=COLOURS[1])
        below.semilogx(*zip(*points_of(numbers, curve, "memory")), "o-", color=COLOURS[1])
        below.set_ylim(0, 1.2 * max(memory for _, memory in points_of(numbers, curve, "memory")))
        above.minorticks_off()
        below.minorticks_off()
        below.set_xlabel(curve.title)
    axes[0][0].set_ylabel("ms")
    axes[1][0].set_ylabel("peak memory, MB")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return True
