#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes a study's results into the documentation: publish_study.py FOLDER docs/studies/NAME [--without FIGURE…]

FOLDER is what `limpid study` wrote. Its report becomes README.md, with study.json, tables of at most 200 rows, and the
figures that the report shows except those left out. Nothing is changed by hand afterwards: the numbers of the
documentation are those of the run.
"""
import argparse
import csv
import json
import pathlib
import re
import shutil
import sys

MOST_ROWS, MOST_BYTES = 200, 600_000
FIGURE = re.compile(r"!\[[^\]]*\]\((figures/([^)]+)\.(?:png|svg))\)")


def rows_of(table):
    with open(table, newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def without(report, left_out):
    """The report's blocks, less the figures left out and their captions."""
    kept, blocks = [], report.split("\n\n")
    skip_caption = False
    for block in blocks:
        figures = FIGURE.findall(block)
        if skip_caption and re.fullmatch(r"\*.*\*", block, re.DOTALL):
            skip_caption = False
            continue
        lines = [line for line in block.splitlines()
                 if not any(name in left_out for _, name in FIGURE.findall(line))]
        skip_caption = bool(figures) and not lines
        if lines:
            kept.append("\n".join(lines))
    return "\n\n".join(kept).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("--without", nargs="*", default=[])
    arguments = parser.parse_args()
    study = json.loads((arguments.source / "study.json").read_text(encoding="utf-8"))
    if not study["finished"]:
        sys.exit(f"{arguments.source} holds a study that is not finished")
    shutil.rmtree(arguments.target, ignore_errors=True)
    (arguments.target / "figures").mkdir(parents=True)
    (arguments.target / "tables").mkdir()
    text = (arguments.source / "report.md").read_text(encoding="utf-8")
    if unknown := set(arguments.without) - {name for _, name in FIGURE.findall(text)}:
        sys.exit(f"the report has no figure {', '.join(sorted(unknown))}")
    report = without(text, set(arguments.without))
    (arguments.target / "README.md").write_text(report, encoding="utf-8")
    study["command"][0] = pathlib.Path(study["command"][0]).name  # as the report has it, wherever the program lay
    (arguments.target / "study.json").write_text(json.dumps(study, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for path, _ in FIGURE.findall(report):
        shutil.copy(arguments.source / path, arguments.target / path)
        if (arguments.target / path).stat().st_size > MOST_BYTES:
            sys.exit(f"{path} has more than {MOST_BYTES} bytes; --without leaves it out")
    for table in sorted((arguments.source / "tables").glob("*.csv")):
        if rows_of(table) <= MOST_ROWS:
            shutil.copy(table, arguments.target / "tables")


main()
