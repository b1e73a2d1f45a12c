#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The layout check finds each kind of fault."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from check_layout import LICENSE, faults  # noqa: E402


def faults_of(path, text):
    with tempfile.TemporaryDirectory() as root:
        file = pathlib.Path(root) / path
        file.parent.mkdir(parents=True)
        file.write_text(text)
        return list(faults(pathlib.Path(root)))


def source(include):
    return f"// {LICENSE}\n#include {include}\n"


class Layout(unittest.TestCase):
    def test_a_folder_may_include_itself_and_what_lies_below(self):
        self.assertEqual(faults_of("src/explain/a.cpp", source('"limpid/explain/rule.h"')), [])
        self.assertEqual(faults_of("src/explain/a.cpp", source('"limpid/net/network.h"')), [])

    def test_a_folder_may_not_include_what_lies_above(self):
        [fault] = faults_of("src/net/layers/a.cpp", source('"limpid/explain/rule.h"'))
        self.assertIn("must not be included from net", fault)
        self.assertEqual(len(faults_of("include/limpid/data/a.h", source('"limpid/net/layer.h"'))), 2)

    def test_private_headers_count_too(self):
        self.assertEqual(len(faults_of("src/core/a.cpp", source('"net/weights.h"'))), 1)

    def test_an_outside_library_enters_at_its_place_only(self):
        self.assertEqual(faults_of("src/net/onnx_read.cpp", source("<onnx/onnx_pb.h>")), [])
        self.assertEqual(len(faults_of("src/net/layers/conv.cpp", source("<onnx/onnx_pb.h>"))), 1)
        self.assertEqual(len(faults_of("src/explain/a.cpp", source("<torch/optim.h>"))), 1)

    def test_torch_in_one_header_is_never_included(self):
        self.assertEqual(len(faults_of("tests/net/a_test.cpp", source("<torch/torch.h>"))), 1)

    def test_documents_stay_out_of_headers(self):
        header = f"// {LICENSE}\n#pragma once\n// What for.\n#include <nlohmann/json.hpp>\n"
        self.assertEqual(len(faults_of("src/core/a.h", header)), 1)

    def test_constants_of_one_folder_have_names_of_their_own(self):
        text = f"// {LICENSE}\nnamespace limpid {{\nconstexpr int kMost = 1;\n}}\n"
        with tempfile.TemporaryDirectory() as root:
            for path in ("src/core/a.cpp", "src/core/b.cpp", "src/net/a.cpp", "src/data/formats/a.cpp", "src/data/formats/b.cpp"):
                file = pathlib.Path(root) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            [fault] = faults(pathlib.Path(root))
        self.assertIn("src/core/b.cpp: kMost is a constant of src/core/a.cpp too", fault)

    def test_a_file_begins_with_its_licence(self):
        self.assertEqual(len(faults_of("src/core/a.cpp", "int a;\n")), 1)
        self.assertEqual(faults_of("tools/a.sh", f"#!/bin/sh\n# {LICENSE}\n"), [])

    def test_a_header_says_what_it_is_for(self):
        self.assertEqual(len(faults_of("include/limpid/core/a.h", f"// {LICENSE}\n#pragma once\nint a;\n")), 1)


if __name__ == "__main__":
    unittest.main()
