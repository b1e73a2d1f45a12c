#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Types the commands of a transcript and compares what they print: transcript.py [--update] FOLDER_OF_LIMPID FILE…

A line `$ command` is typed (a line that ends in a backslash goes on in the next); the lines up to the next command are
what it must print, standard output and error together. `...` in a line stands for any text, alone on a line for any
lines. `[exit N]` as the last line is the exit status, 0 where there is none. Before the first command all is comment.
With --update the files get what the commands print now; dots stay where nothing but numbers has changed around them.
"""

import dataclasses
import pathlib
import re
import sys

from sandbox import sandbox


@dataclasses.dataclass
class Step:
    number: int  # of the command's line, from 1
    command: str
    expected: list
    status: int = 0
    lines: slice = None  # of the text, those with the expected output


def parse(text):
    """The steps of a transcript."""
    steps = []
    continued = False
    for number, line in enumerate(text.splitlines(), 1):
        if continued:
            steps[-1].command += "\n" + line
        elif line.startswith("$ "):
            steps.append(Step(number, line[2:], []))
        elif steps and (status := re.fullmatch(r"\[exit (\d+)\]", line)):
            steps[-1].status = int(status[1])
        elif steps:
            steps[-1].expected.append(line)
        continued = line.endswith("\\") and (continued or line.startswith("$ "))
    for step in steps:
        while step.expected and not step.expected[-1].strip():
            step.expected.pop()
        begin = step.number + step.command.count("\n")
        step.lines = slice(begin, begin + len(step.expected))
    return steps


def literal(text, any_numbers):
    """A pattern for a text, or for texts that differ from it in numbers and the blanks that align them."""
    escaped = re.escape(text)
    if not any_numbers:
        return escaped
    return re.sub(r"(?:\\-)?\d+(?:\\\.\d+)?", r"-?\\d+(?:[.]\\d+)?", re.sub(r"(?:\\ )+", " +", escaped))


def pattern(lines, any_numbers=False):
    """What the dots stand for is in its groups."""
    one = lambda line: "(.*)".join(literal(part, any_numbers) for part in line.split("..."))
    return "".join(r"((?:.*\n)*?)" if line.strip() == "..." else one(line.rstrip()) + r" *\n" for line in lines)


def match(lines, printed, any_numbers=False):
    text = printed if not printed or printed.endswith("\n") else printed + "\n"
    return re.fullmatch(pattern(lines, any_numbers) + r"\s*", text)


def play(text, box):
    """(step, exit status, what was printed) of one command after the other."""
    for step in parse(text):
        yield step, *box.run(step.command)


def difference(step, status, printed, any_numbers=False):
    """A paragraph on what is not as it was expected, or nothing; numbers may differ, where that is said."""
    typed = f"line {step.number}: $ {step.command}\n"
    if status != step.status:
        return f"{typed}exit status {status}, expected {step.status}; it printed:\n{printed}"
    if not match(step.expected, printed, any_numbers):
        return f"{typed}--- expected\n" + "\n".join(step.expected) + f"\n--- printed\n{printed}"
    return ""


def replay(text, box, any_numbers=False):
    """The differences of all steps."""
    return list(filter(None, (difference(*played, any_numbers) for played in play(text, box))))


def masked(lines, printed):
    """The lines printed, with the dots of `lines` put back if they differ in nothing else but numbers."""
    found = match(lines, printed, any_numbers=True)
    if found:
        alone = lambda line: line.strip() == "..."
        dots = [part for line in lines for part in ([line + "\n"] if alone(line) else ["..."] * line.count("..."))]
        for group in range(len(dots), 0, -1):
            printed = printed[: found.start(group)] + dots[group - 1] + printed[found.end(group) :]
    return [line.rstrip() for line in printed.rstrip().splitlines()]


def updated(text, box):
    """The text with what its commands print now, and the differences of those that end with another status."""
    lines = text.splitlines()
    failed = []
    for step, status, printed in reversed(list(play(text, box))):
        if status != step.status:
            failed.insert(0, difference(step, status, printed))
        elif not match(step.expected, printed):
            lines[step.lines] = masked(step.expected, printed)
    return "\n".join(lines) + "\n", failed


def main(update, command_folder, *files):
    failed = False
    for file in map(pathlib.Path, files):
        text = file.read_text(encoding="utf-8")
        if not parse(text):
            sys.exit(f"{file}: there is no line that begins with '$ '")
        with sandbox(command_folder) as box:
            fresh, differences = updated(text, box) if update else (text, replay(text, box))
        if update:
            file.write_text(fresh, encoding="utf-8")
        for one in differences:
            failed = True
            print(f"{file}, {one}")
    return 1 if failed else 0


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--update"]
    sys.exit(main(len(arguments) < len(sys.argv) - 1, *arguments))
