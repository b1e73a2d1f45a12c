#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom, where outside libraries enter, and how each file begins: check_layout.py [ROOT]"""

import pathlib
import re
import sys

FOLDERS = ["core", "net", "explain", "metric", "data", "concepts", "crystal", "render", "train", "pipeline"]
MAY_INCLUDE = {
    "core": [],
    "net": ["core"],
    "explain": ["core", "net"],
    "metric": ["core", "net", "explain"],
    "data": ["core"],
    "concepts": ["core", "net", "explain", "data"],
    "crystal": ["core"],
    "render": ["core"],
    "train": ["core", "net", "data"],
    "pipeline": FOLDERS,
    "apps": ["core", "net", "explain", "metric", "pipeline"],
}

# An outside library's headers, and the files that may include them.
ENTERS_AT = {
    r"torch/.*|.*autograd.*": r"src/train/.*",
    r"dnnl.*|oneapi/.*": r"src/net/kernels/.*",
    r"onnx/.*|google/protobuf/.*|.*\.pb\.h": r"src/net/onnx.*",
    r"png\.h|jpeglib\.h|turbojpeg\.h|jerror\.h": r"src/data/image.*|src/render/(png|jpeg).*",
    r"zlib\.h": r"src/data/gzip\.cpp|src/render/.*",
    r"ft2build\.h|freetype/.*": r"src/render/text.*",
    r"openssl/.*": r"src/core/files\.cpp",
    r"nlohmann/.*": r".*\.cpp|src/core/json_text\.h",
    r"fmt/.*": r".*\.cpp",
    r"CLI/.*": r"apps/limpid/.*",
    r"spglib\.h": r"src/crystal/symmetry\.cpp",
    r"gemmi/.*": r"src/crystal/formats/cif.*|src/crystal/form_factors\.cpp",
    r"httplib\.h": r"apps/limpid/serve.*",
}

LICENSE = "SPDX-License-Identifier: Apache-2.0"
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
CODE = ["include", "src", "apps", "tests", "benchmarks", "examples", "cmake", "tools"]
SUFFIXES = {".h", ".cpp", ".py", ".sh", ".cmake"}


def place(path):
    """core, net … or apps, for a path relative to the root."""
    if path.parts[0] == "apps":
        return "apps"
    folder = path.parts[2] if path.parts[:2] == ("include", "limpid") else path.parts[1]
    return folder if folder in FOLDERS else None


def included_place(include):
    parts = include.removeprefix("limpid/").split("/")
    return parts[0] if len(parts) > 1 and parts[0] in FOLDERS else None


def include_faults(path, text):
    here = place(path)
    for include in INCLUDE.findall(text):
        there = included_place(include)
        if here and there and there != here and there not in MAY_INCLUDE[here]:
            yield f"{path}: '{include}' must not be included from {here}, which may include {MAY_INCLUDE[here]}"
        for library, entrance in ENTERS_AT.items():
            if not there and re.fullmatch(library, include) and not re.fullmatch(entrance, path.as_posix()):
                yield f"{path}: '{include}' may be included only from {entrance}"


def opening_faults(path, lines):
    first = lines[1:2] if lines[:1] and lines[0].startswith("#!") else lines[:1]
    if not first or LICENSE not in first[0]:
        yield f"{path}: the first line must hold '{LICENSE}'"
    if path.suffix == ".h" and (lines[1:2] != ["#pragma once"] or not re.match(r"// \w", "".join(lines[2:3]))):
        yield f"{path}: after the licence come '#pragma once' and a comment that says what the header is for"


# Sources that are never compiled together with others (CMakeLists.txt).
ALONE = re.compile(r"src/((net/(layers|kernels)|explain/methods|(data|crystal)/formats)/|net/layers\.cpp|data/image_|.*/studies/[a-z]+\.cpp)")
CONSTANT = re.compile(r"\b(k[A-Z]\w*)(?: = |\[)")


def repeated_constants(root):
    """Constants of one name in files of one folder and namespace, which may be compiled as one."""
    seen = {}
    for file in sorted((root / "src").rglob("*.cpp")):
        path = file.relative_to(root)
        if ALONE.match(path.as_posix()):
            continue
        text = file.read_text(encoding="utf-8")
        space = re.search(r"^namespace (\S+) \{", text, re.MULTILINE)
        for line in re.findall(r"^(?:constexpr|const) .*$", text, re.MULTILINE):
            for name in CONSTANT.findall(line):
                first = seen.setdefault((path.parent, space and space[1], name), path)
                if first != path:
                    yield f"{path}: {name} is a constant of {first} too; the names of one folder's constants differ"


def faults(root):
    yield from repeated_constants(root)
    for folder in CODE:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in SUFFIXES and file.name != "CMakeLists.txt":
                continue
            path = file.relative_to(root)
            text = file.read_text(encoding="utf-8")
            yield from opening_faults(path, text.splitlines())
            if "torch/torch.h" in INCLUDE.findall(text):
                yield f"{path}: torch/torch.h takes 14 s and 1.1 GB to compile; include limpid/core/tensor.h or ATen/ATen.h"
            if folder in ("include", "src", "apps"):
                yield from include_faults(path, text)


def main(root=pathlib.Path(__file__).resolve().parent.parent):
    found = list(faults(pathlib.Path(root)))
    print("\n".join(found) if found else "the layout is as it should be")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
