#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Types the commands of a transcript and compares what they print: transcript.py FOLDER_OF_LIMPID FILE…

A line `$ command` is typed (a line that ends in a backslash goes on in the next); the lines up to the next command are
what it must print, standard output and error together. `...` in a line stands for any text, alone on a line for any
lines. `[exit N]` as the last line is the exit status, 0 where there is none. Before the first command all is comment.
"""

import re
import sys

from sandbox import sandbox


def parse(text):
    """[(line number, command, expected lines, exit status)]"""
    steps = []
    continued = False
    for number, line in enumerate(text.splitlines(), 1):
        if continued:
            steps[-1][1] += "\n" + line
        elif line.startswith("$ "):
            steps.append([number, line[2:], [], 0])
        elif steps and (status := re.fullmatch(r"\[exit (\d+)\]", line)):
            steps[-1][3] = int(status[1])
        elif steps:
            steps[-1][2].append(line)
        continued = line.endswith("\\") and (continued or line.startswith("$ "))
    for step in steps:
        while step[2] and not step[2][-1].strip():
            step[2].pop()
    return steps


def pattern(lines):
    one = lambda line: ".*".join(re.escape(part) for part in line.split("..."))
    return "".join(r"(?:.*\n)*?" if line.strip() == "..." else one(line.rstrip()) + r" *\n" for line in lines)


def matches(lines, printed):
    text = printed if not printed or printed.endswith("\n") else printed + "\n"
    return re.fullmatch(pattern(lines) + r"\s*", text) is not None


def replay(text, box):
    """What differs, a paragraph for each step that does."""
    differences = []
    for number, command, expected, status in parse(text):
        got_status, printed = box.run(command)
        if got_status != status:
            differences.append(f"line {number}: $ {command}\nexit status {got_status}, expected {status}; it printed:\n{printed}")
        elif not matches(expected, printed):
            wanted = "\n".join(expected)
            differences.append(f"line {number}: $ {command}\n--- expected\n{wanted}\n--- printed\n{printed}")
    return differences


def main(command_folder, *files):
    failed = False
    for file in files:
        with sandbox(command_folder) as box:
            text = open(file, encoding="utf-8").read()
            if not parse(text):
                sys.exit(f"{file}: there is no line that begins with '$ '")
            for difference in replay(text, box):
                failed = True
                print(f"{file}, {difference}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
