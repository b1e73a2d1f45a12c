#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the code blocks of documents against an installed limpid: check_snippets.py [--update] PREFIX PAGE.md…

Each ```cpp block is a whole program: it must compile, link and exit with 0. One that begins with `// name.cpp` becomes
`./name`, for the blocks after it to run. Each ```sh or ```console block must run to its end; where its lines begin with `$ ` it is a
transcript (transcript.py) and what it prints is compared too, after a line `<!-- numbers vary: why -->` all but the
numbers. The blocks of one page share a folder in which `models` is the repository's, and run in their order. A block
after a line `<!-- not run: why -->` is left out; so are blocks in other languages.

With --update, transcripts get what their commands print now, and pictures that the page shows and its blocks make (by
the same name, seen from the page and from that folder) are copied beside the page.
"""

import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys

from sandbox import sandbox
from transcript import parse, replay, updated

BLOCK = re.compile(r"^```(cpp|sh|console)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]*\]\(([^):]+)\)")
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


@dataclasses.dataclass
class Block:
    number: int  # of its first line of code, from 1
    language: str
    code: str
    span: tuple  # of the code in the page
    any_numbers: bool

    def name(self):
        """Of its program, and whether the page gives it."""
        given = re.match(r"// (\w+)\.cpp\n", self.code)
        return (given[1], True) if given else (f"line{self.number}", False)


def blocks(text):
    """The blocks to run."""
    for found in BLOCK.finditer(text):
        said = re.search(r"<!-- (not run|numbers vary): .+ -->\s*\Z", text[: found.start()])
        if not (said and said[1] == "not run"):
            yield Block(text.count("\n", 0, found.start()) + 2, found[1], found[2], found.span(2), said is not None)


def build(folder, prefix, programs):
    """Compiles all programs, each by its name; what the compiler said where it failed."""
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


def run(block, box, update):
    """The code with what it prints now where `update` says so, and the faults."""
    if block.language != "cpp" and parse(block.code):
        return updated(block.code, box) if update else (block.code, replay(block.code, box, block.any_numbers))
    name, given = block.name()
    program = f".snippets/build/{name}"
    status, printed = box.run(block.code if block.language != "cpp" else f"ln -s {program} {name}" if given else program)
    return block.code, [f"exit status {status}; it printed:\n{printed}"] if status else []


def copy_pictures(text, folder, page):
    for picture in set(PICTURE.findall(text)):
        if (folder / picture).is_file():
            (page.parent / picture).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / picture, page.parent / picture)


def check(page, prefix, update):
    """The faults of a page, which gets what its blocks print now where `update` says so."""
    text = page.read_text(encoding="utf-8")
    snippets = list(blocks(text))
    if not snippets:
        return
    with sandbox(prefix / "bin") as box:
        programs = {block.name()[0]: block.code for block in snippets if block.language == "cpp"}
        if programs and (said := build(box.folder, prefix, programs)):
            yield f"{page}: a program does not compile:\n{said}"
            return
        fresh = text
        for block in snippets:
            code, faults = run(block, box, update)
            begin, end = (place + len(fresh) - len(text) for place in block.span)
            fresh = fresh[:begin] + code + fresh[end:]
            yield from (f"{page}, block at line {block.number}, {fault}" for fault in faults)
        if update:
            page.write_text(fresh, encoding="utf-8")
            copy_pictures(text, pathlib.Path(box.folder), page)
    yield from (f"{page}: there is no picture '{picture}'" for picture in PICTURE.findall(text)
                if not (page.parent / picture).is_file())


def main(update, prefix, *pages):
    found = [fault for page in pages for fault in check(pathlib.Path(page), pathlib.Path(prefix).resolve(), update)]
    print("\n".join(found) if found else "every snippet runs")
    return 1 if found else 0


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--update"]
    sys.exit(main(len(arguments) < len(sys.argv) - 1, *arguments))
