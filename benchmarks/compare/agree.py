#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The least correlation of a peer's maps with limpid's, image by image: agree.py OURS.npy THEIRS.npy

A map's scale and offset do not count, for zennit starts at 1 and pytorch-grad-cam stretches each map. THEIRS may hold
bare float32. Prints nothing where the shapes differ or every map is constant.
"""
import pathlib
import sys

import numpy


def load(path):
    if pathlib.Path(path).read_bytes()[1:6] == b"NUMPY":
        return numpy.load(path).astype(numpy.float64)
    return numpy.fromfile(path, numpy.float32).astype(numpy.float64)


def main(ours, theirs):
    a, b = load(ours), load(theirs)
    if a.size != b.size:
        return
    pairs = zip(a.reshape(len(a), -1), b.reshape(len(a), -1))
    found = [numpy.corrcoef(x, y)[0, 1] for x, y in pairs if x.std() > 0 and y.std() > 0]
    if found:
        print(min(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
