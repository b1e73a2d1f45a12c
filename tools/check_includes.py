#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sources include what they use, so that each compiles alone: check_includes.py [ROOT]

A build that compiles several sources as one hides what one of them forgets. This reads instead of compiling: what a header
of the project declares must reach a source that names it. Names that a source declares itself, or that it uses as a
variable, are its own.
"""

import pathlib
import re
import sys

from check_layout import INCLUDE

SILENT = re.compile(r'//[^\n]*|"(?:\\.|[^"\\\n])*"|__attribute__\(.*\)')
TYPE = re.compile(r"\b(?:struct|class|enum class|enum|union|using|typename|concept) (?:\w+::)*(\w+)")
OUTER_TYPE = re.compile(r"^(?:struct|class|enum class|using) (\w+)\b(?!;)", re.MULTILINE)
FUNCTION = re.compile(r"^(?:\[\[\w+\]\] )?[\w:<>,&* ]+[ &*](\w+)\(", re.MULTILINE)
USED_TYPE = re.compile(r"(?<![\w.>:])([A-Z]\w+)\b")
CALLED = re.compile(r"(?<![\w.>:])(\w+)\(")
OUTSIDE = {r"\bfmt::": "fmt/", r"\bnlohmann::": "nlohmann/"}


class Tree:
    """The project's sources and headers by their paths, without comments, strings and attributes."""

    def __init__(self, root):
        files = [f for folder in ("include", "src", "apps") for f in sorted((root / folder).rglob("*")) if f.suffix in (".h", ".cpp")]
        texts = {f.relative_to(root).as_posix(): f.read_text(encoding="utf-8") for f in files}
        self.includes = {path: INCLUDE.findall(text) for path, text in texts.items()}
        self.code = {path: SILENT.sub(" ", text) for path, text in texts.items()}
        self.reached = {}

    def resolve(self, include, path):
        beside = str(pathlib.PurePosixPath(path).parent / include)
        return next((p for p in (f"include/{include}", f"src/{include}", f"apps/limpid/{include}", beside) if p in self.code), None)

    def reach(self, path):
        """All that a file includes, itself and headers within headers too."""
        if path not in self.reached:
            self.reached[path] = {path}
            for include in self.includes[path]:
                inner = self.resolve(include, path)
                self.reached[path] |= self.reach(inner) if inner else {include}
        return self.reached[path]


def is_variable(name, code):
    return re.search(rf"(?<![.>:\w]){name}\b(?!\()", code)


def is_declared(name, code):
    return re.search(rf"(?<!return)(?<!else)[\w>&*] {name}\(", code)


def missing(path, tree, types, functions):
    code, reach = tree.code[path], tree.reach(path)
    reached = " ".join(tree.code[r] for r in reach if r in tree.code)
    here = set(TYPE.findall(reached))
    for name in sorted(set(USED_TYPE.findall(code)) & types.keys() - here):
        yield name, types[name]
    for name in sorted(set(CALLED.findall(code)) & functions.keys()):
        if not (functions[name] & reach or is_variable(name, code) or is_declared(name, reached)):
            yield name, functions[name]
    for use, library in OUTSIDE.items():
        if re.search(use, code) and not any(r.startswith(library) for r in reach):
            yield use.strip("\\b"), {f"<{library}…>"}


def faults(root):
    tree = Tree(root)
    types, functions = {}, {}
    for path in filter(lambda p: p.endswith(".h"), tree.code):
        for found, names in ((types, OUTER_TYPE), (functions, FUNCTION)):
            for name in names.findall(tree.code[path]):
                found.setdefault(name, set()).add(path)
    for path in filter(lambda p: p.endswith(".cpp"), tree.code):
        for name, headers in missing(path, tree, types, functions):
            yield f"{path}: uses {name}, and includes nothing that declares it: {' or '.join(sorted(headers))}"


def main(root=pathlib.Path(__file__).resolve().parent.parent):
    found = list(faults(pathlib.Path(root)))
    print("\n".join(found) if found else "every source includes what it uses")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
