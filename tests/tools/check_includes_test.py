#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The check of includes finds what a source forgets, and nothing that it does not use."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from check_includes import faults  # noqa: E402

HEADER = "namespace limpid {\nstruct Wave { int height = 0; };\nWave longest(int count);\nenum class Sea { calm, rough };\n}\n"


def faults_of(source):
    with tempfile.TemporaryDirectory() as root:
        files = {"include/limpid/core/wave.h": HEADER, "src/core/tide.h": '#include "limpid/core/wave.h"\n', "src/core/a.cpp": source}
        for path, text in files.items():
            file = pathlib.Path(root) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return list(faults(pathlib.Path(root)))


class Includes(unittest.TestCase):
    def test_types_and_functions_need_their_header(self):
        self.assertEqual(len(faults_of("int a = longest(2).height;\nWave b;\nSea c;\n")), 3)
        [fault] = faults_of("int a = longest(2).height;\n")
        self.assertIn("src/core/a.cpp: uses longest", fault)
        self.assertIn("include/limpid/core/wave.h", fault)

    def test_a_header_within_a_header_is_enough(self):
        self.assertEqual(faults_of('#include "limpid/core/wave.h"\nWave a = longest(2);\n'), [])
        self.assertEqual(faults_of('#include "core/tide.h"\nWave a = longest(2);\nSea b;\n'), [])

    def test_a_source_may_have_names_of_its_own(self):
        self.assertEqual(faults_of("struct Wave {};\nusing far::Sea;\nint longest(int a);\nSea b = longest(2);\n"), [])
        self.assertEqual(faults_of("auto longest = [](int a) { return a; };\nint b = longest(2);\n"), [])
        self.assertEqual(faults_of("int a = b.longest(2) + c->longest(3) + d::longest(4);\n"), [])

    def test_comments_and_strings_are_not_code(self):
        self.assertEqual(faults_of('// a Wave, longest(2)\nauto a = "Wave longest(2)";\n'), [])

    def test_outside_libraries_are_included_where_they_are_used(self):
        self.assertEqual(len(faults_of('auto a = fmt::format("{}", 2);\n')), 1)
        self.assertEqual(faults_of('#include <fmt/format.h>\nauto a = fmt::format("{}", 2);\n'), [])


if __name__ == "__main__":
    unittest.main()
