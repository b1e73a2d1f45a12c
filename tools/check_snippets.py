#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the code blocks of README.md and docs/*.md against an installed limpid: check_snippets.py PREFIX

Each ```cpp block is a whole program: it must compile, link and exit with 0. Each ```sh block must run to its end; where
its lines begin with `$ ` it is a transcript (transcript.py) and what it prints is compared too. The blocks of one file
share a folder in which `models` is the repository's, and run in their order. A block after a line
`<!-- not run: why -->` is left out; so are blocks in other languages.
"""

import pathlib
import re
import subprocess
import sys

from sandbox import REPOSITORY, sandbox
from transcript import parse, replay

BLOCK = re.compile(r"^```(cpp|sh)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(snippets LANGUAGES CXX)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
find_package(limpid REQUIRED)
file(GLOB programs *.cpp)
foreach(program ${programs})
  cmake_path(GET program STEM name)
  add_executable(${name} ${program})
  target_link_libraries(${name} PRIVATE limpid::limpid)
endforeach()
"""


def blocks(text):
    """[(line number, language, code)] of the blocks to run."""
    found = []
    for match in BLOCK.finditer(text):
        before = text[: match.start()].rstrip().splitlines()
        if not (before and re.match(r"<!-- not run: .+ -->", before[-1])):
            found.append((text.count("\n", 0, match.start()) + 2, match[1], match[2]))
    return found


def build(folder, prefix, programs):
    """Compiles all programs, each named after its place; what the compiler said where it failed."""
    source = pathlib.Path(folder) / ".snippets"
    source.mkdir()
    (source / "CMakeLists.txt").write_text(PROJECT)
    for name, code in programs.items():
        (source / f"{name}.cpp").write_text(code)
    configure = ["cmake", "-G", "Ninja", "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={prefix}"]
    for command in configure, ["cmake", "--build", source / "build", "--", "-k", "0"]:
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            return done.stdout
    return ""


def faults(file, prefix):
    snippets = blocks(file.read_text(encoding="utf-8"))
    if not snippets:
        return
    with sandbox(prefix / "bin") as box:
        programs = {f"line{number}": code for number, language, code in snippets if language == "cpp"}
        if programs and (said := build(box.folder, prefix, programs)):
            yield f"{file}: a program does not compile:\n{said}"
            return
        for number, language, code in snippets:
            if language == "sh" and parse(code):
                yield from (f"{file}, block at line {number}, {difference}" for difference in replay(code, box))
                continue
            status, printed = box.run(f".snippets/build/line{number}" if language == "cpp" else code)
            if status:
                yield f"{file}, block at line {number}: exit status {status}; it printed:\n{printed}"


def main(prefix):
    files = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
    found = [fault for file in files for fault in faults(file, pathlib.Path(prefix).resolve())]
    print("\n".join(found) if found else "every snippet runs")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
