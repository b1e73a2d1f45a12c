# SPDX-License-Identifier: Apache-2.0
"""Numbers of the results, and the tables made of them."""
import statistics

from results import noisy
from rows import (AS_USED, GOALS, LEAST_OF_A_MATRIX_PRODUCT, LEAST_SHARE_OF_ARITHMETIC,
                  MOST_MEMORY_FOR_A_THOUSAND_CLASSES, MOST_SECONDS_TO_FIRST_MAP, MOST_SHARE_OF_ENCODING, NETWORKS,
                  REASONS, rows)

LOW_PRECISIONS = ("bf16x3", "bfloat16")


class Numbers:
    """The records of one device."""

    def __init__(self, records, device):
        self.records = [record for record in records if record["device"] == device]
        self.threads = sorted({record["threads"] for record in self.records if "row" in record})
        self.cells = sorted({(record["network"], record["batch"]) for record in self.records if "row" in record})
        self.by_key = {tuple(record[name] for name in ("row", "threads", "network", "batch", "side", "how")): record
                       for record in self.records if "row" in record}

    def record(self, row, threads, cell, side, how):
        return self.by_key.get((row, threads, *cell, side, how), {})

    def milliseconds(self, row, threads, cell, side, how):
        """The median, nothing where it was not measured; how "best": the least of the side's configurations."""
        hows = [s.how for s in next(r for r in rows() if r.name == row).sides if s.name == side]
        found = [self.record(row, threads, cell, side, h).get("milliseconds")
                 for h in (hows if how == "best" else [how])]
        return min((quartiles[1] for quartiles in found if quartiles), default=None)

    def ratio(self, row, threads, cell, ours, peer, peer_how):
        a = self.milliseconds(row, threads, cell, peer, peer_how)
        b = self.milliseconds(row, threads, cell, "limpid", ours)
        return a / b if a and b else None

    def spread(self):
        """The distance of the quartiles over the median, in percent: the median and the largest of all."""
        spreads = [100 * (record["milliseconds"][2] - record["milliseconds"][0]) / record["milliseconds"][1]
                   for record in self.records if record.get("repeats", 0) > 1]
        return (statistics.median(spreads), max(spreads)) if spreads else (0, 0)


def table(head, lines, words):
    """A Markdown table; the first `words` columns stand to the left, the others to the right."""
    rule = ["---" if column < words else "---:" for column in range(len(head))]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *lines])


def number(value):
    """Three digits at least, none behind the point from a hundred on; a dash for nothing."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def cell_name(cell):
    return f"{NETWORKS[cell[0]]}, {cell[1]}"


def goal_words(goal):
    row = next(row for row in rows() if row.name == goal.row)
    network = f", {NETWORKS[goal.network]}" if goal.network else ""
    return row.title + network, goal.how, f"{goal.peer}, {goal.peer_how}"


def goals(numbers, low_precision, threads=1):
    """Each target, the least ratio there is, and whether it holds."""
    lines, missed = [], {}
    for goal in GOALS:
        ratios = {cell: numbers.ratio(goal.row, threads, cell, goal.how, goal.peer, goal.peer_how)
                  for cell in numbers.cells if goal.network in ("", cell[0])}
        found = {cell: ratio for cell, ratio in ratios.items() if ratio is not None}
        short = [f"{cell_name(cell)}: {number(ratio)}" for cell, ratio in found.items() if ratio < goal.least]
        if short and not low_precision and goal.how in LOW_PRECISIONS:
            missed[goal_words(goal)[:2]] = "a processor without AMX walks in float32"
        elif short and (goal.row, goal.how) in REASONS:
            missed[goal_words(goal)[:2]] = REASONS[goal.row, goal.how]
        yes = "yes" if len(found) == len(ratios) else "yes, where measured"
        holds = "not measured" if not found else "no: " + "; ".join(short) if short else yes
        lines.append([*goal_words(goal), number(goal.least), number(min(found.values(), default=None)), holds])
    return table(["what", "limpid", "against", "at least", "least found", "holds"], lines, 6) + "".join(
        f"\n\n{what}, {how}: {why}." for (what, how), why in missed.items())


def shares(record):
    """Of the time of a run over photographs: what the network took, what writing of pictures and the page took."""
    parts = record["parts"]
    network = sum(seconds for part, seconds in parts.items() if part not in ("decode", "encode"))
    return network / record["whole"], parts["encode"] / (sum(parts.values()))


def of_product(rates):
    return rates["rate"] / rates["product"]


def floors(numbers):
    """Targets that are shares: what, what was found, at least or at most, whether it holds."""
    lines = []
    for record in numbers.records:
        if "rates" in record:
            found = of_product(record["walk"])
            lines.append([f"Walk of ten seeds, {NETWORKS[record['rates']]}: rate over that of a matrix product",
                          f"at least {LEAST_OF_A_MATRIX_PRODUCT:.2f}", f"{found:.2f}",
                          "yes" if found >= LEAST_OF_A_MATRIX_PRODUCT else "no"])
        if "photographs" in record:
            network, encoding = shares(record)
            what = f"`explain` of {record['images']} photographs, {record['threads']} threads"
            lines += [[f"{what}: network arithmetic of the whole time", f"at least {LEAST_SHARE_OF_ARITHMETIC:.0%}",
                       f"{network:.0%}", "yes" if network >= LEAST_SHARE_OF_ARITHMETIC else "no"],
                      [f"{what}: pictures and page of all work", f"at most {MOST_SHARE_OF_ENCODING:.0%}",
                       f"{encoding:.0%}", "yes" if encoding <= MOST_SHARE_OF_ENCODING else "no"]]
    return table(["what", "target", "found", "holds"], lines, 4) if lines else ""


def layer_rates(record):
    """What each convolution of a network reaches, in GFLOP/s and of the matrix product."""
    lines = []
    for layer in record["layers"]:
        shapes = " → ".join("×".join(map(str, layer[end])) for end in ("from", "to"))
        ways = [f"{number(layer[way]['rate'])}, {of_product(layer[way]):.0%}, {layer[way]['name'].split(':')[0]}"
                for way in ("forward", "back")]
        lines.append([layer["layer"].strip("/"), shapes, f"{layer['multiply_adds'] / 1e6:.1f} M", *ways])
    whole = [f"{number(record[way]['rate'])}, {of_product(record[way]):.0%}" for way in ("forward", "walk")]
    lines.append(["all, with everything between", "", "", *whole])
    return table(["convolution", "from, to", "multiply-adds", "forwards", "back"], lines, 2)


def precisions(record):
    """Each method's deviation, rank correlation and, for CLEAR, part of pixels with the same class."""
    columns = ("float32 beside float64", "bf16x3 beside float64", "bfloat16 beside float64",
               "bf16x3 beside float32", "bfloat16 beside float32")
    words = lambda f: "; ".join(filter(None, [
        f"{f['error']:.0e}" if "error" in f else "",
        f"{f['rank correlation']:.4f}" if "rank correlation" in f else "",
        f"{f['same class']:.3%}" if "same class" in f else ""])) or "–"
    lines = [[f"`{method}`", *(words(record[column].get(method, {})) for column in columns)]
             for method in sorted(record[columns[0]])]
    return table(["method", *columns], lines, 1)


def limits(numbers):
    """Targets that are no ratios."""
    starts = [record["start"][1] for record in numbers.records
              if record.get("row") == "deconvnet-one" and record["side"] == "limpid" and record["batch"] == 1
              and record["threads"] == 1 and "start" in record]
    memory = [record["memory"] for record in numbers.records
              if record.get("curve") == "classes" and record["x"] == 1000 and "memory" in record]
    words = [("From the start of the process to the first map, seconds", starts, MOST_SECONDS_TO_FIRST_MAP),
             ("CLEAR over 1000 classes of SqueezeNet, peak memory in MB", memory, MOST_MEMORY_FOR_A_THOUSAND_CLASSES)]
    lines = [[what, number(most), number(max(found)), "yes" if max(found) <= most else "no"]
             for what, found, most in words if found]
    return table(["what", "at most", "most found", "holds"], lines, 4) if lines else ""


def pairs(row):
    """(limpid's how, peer, its configuration) of the ratios of a row."""
    ours = [side.how for side in row.sides if side.name == "limpid" and side.how != "forward alone"]
    peers = list(dict.fromkeys(side.name for side in row.sides if side.name != "limpid"))
    several = lambda peer: sum(side.name == peer for side in row.sides) > 1
    against = [(peer, how) for peer in peers for how in [AS_USED] + ["best"] * several(peer)]
    if any(side.how == "forward alone" for side in row.sides):
        against.append(("limpid", "forward alone"))
    return [(how, *other) for how in ours for other in against]


def ratios(numbers, row):
    lines = []
    for threads in numbers.threads:
        for how, peer, peer_how in pairs(row):
            values = [numbers.ratio(row.name, threads, cell, how, peer, peer_how) for cell in numbers.cells]
            if any(values):
                lines.append([str(threads), how, f"{peer}, {peer_how}", *map(number, values)])
    return table(["threads", "limpid", "against", *map(cell_name, numbers.cells)], lines, 3)


def times(numbers, row):
    lines = []
    for threads in numbers.threads:
        for side in row.sides:
            found = [numbers.record(row.name, threads, cell, side.name, side.how) for cell in numbers.cells]
            if any("milliseconds" in record for record in found):
                words = [f"{'~' * noisy(r)}{number(r['milliseconds'][1])} ms, {r['memory']:,} MB"
                         if "milliseconds" in r else "–" for r in found]
                lines.append([str(threads), side.name, side.how, *words])
    return table(["threads", "side", "how", *map(cell_name, numbers.cells)], lines, 3)


def agreements(numbers, row):
    """One sentence, or nothing."""
    found = {}
    for record in numbers.records:
        if record.get("row") == row.name and "agreement" in record:
            found.setdefault(record["side"], []).append(record["agreement"])
    words = [f"{side} {min(values):.6f}" for side, values in found.items()]
    return f"Least correlation of a peer's map with limpid's: {', '.join(words)}." if words else ""


def starts(numbers):
    """From the start of the process to the first map, one thread, one image, peers as they are used."""
    lines = []
    for row in rows():
        for side in row.sides if row.starts else []:
            if side.how not in (AS_USED, "float32"):
                continue
            cells = [cell for cell in numbers.cells if cell[1] == 1]
            found = [numbers.record(row.name, numbers.threads[0], cell, side.name, side.how) for cell in cells]
            if any("start" in record for record in found):
                words = [f"{r['start'][1]:.2f} s, {r['memory']:,} MB" if "start" in r else "–" for r in found]
                lines.append([row.title, side.name, *words])
    return table(["what", "side", *(NETWORKS[cell[0]] for cell in numbers.cells if cell[1] == 1)], lines, 2)


def left_out(numbers):
    """Why sides have no numbers, each reason once."""
    notes = [f"{record.get('side', 'limpid')}, {record.get('how', record.get('curve'))}: {record['note']}"
             for record in numbers.records if "note" in record]
    notes += [f"{row.title}, {cell_name(cell)}: {why}" for row in rows() for cell, why in row.without.items()]
    return "\n".join(f"- {note}" for note in dict.fromkeys(notes))
