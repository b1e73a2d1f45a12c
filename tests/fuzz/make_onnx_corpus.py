#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seed corpus of onnx_fuzz: one small model for each operator, from the cases of tests/net/onnx_cases.py."""

import pathlib
import re
import sys

import onnx

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent / "net"))
from onnx_cases import CASES  # noqa: E402

seen = set()
for name, (shape, model, function) in CASES.items():
    if not isinstance(model, onnx.ModelProto) or model.doc_string:
        continue
    operators = {node.op_type for node in model.graph.node}
    if operators <= seen:
        continue
    seen |= operators
    (here / "corpus" / "onnx" / (re.sub(r"\W+", "-", name.lower()) + ".onnx")).write_bytes(model.SerializeToString())
