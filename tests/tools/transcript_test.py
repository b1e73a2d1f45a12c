#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The transcript runner finds what differs and only that."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from sandbox import sandbox  # noqa: E402
from transcript import replay, updated  # noqa: E402


def differences(text, any_numbers=False):
    with sandbox("/usr/bin") as box:
        return replay(text, box, any_numbers)


def update(text):
    with sandbox("/usr/bin") as box:
        return updated(text, box)


def fresh(text):
    return update(text)[0]


class Transcript(unittest.TestCase):
    def test_equal_output_passes(self):
        self.assertEqual(differences("$ printf 'a\\nb\\n'\na\nb\n"), [])

    def test_other_output_is_shown_with_its_line(self):
        [difference] = differences("a comment\n$ echo a\nb\n")
        self.assertIn("line 2: $ echo a", difference)

    def test_missing_and_additional_lines_are_differences(self):
        self.assertEqual(len(differences("$ echo a\na\nb\n$ printf 'a\\nb\\n'\na\n")), 2)

    def test_dots_stand_for_text_within_a_line(self):
        self.assertEqual(differences("$ echo 'took 12 ms'\ntook ... ms\n"), [])
        self.assertEqual(len(differences("$ printf 'took\\nms\\n'\ntook ... ms\n")), 1)

    def test_a_line_of_dots_stands_for_any_lines(self):
        self.assertEqual(differences("$ seq 9\n1\n...\n9\n$ seq 2\n1\n...\n2\n"), [])

    def test_nothing_printed_where_nothing_is_expected(self):
        self.assertEqual(differences("$ true\n\n$ true\n"), [])
        self.assertEqual(len(differences("$ echo a\n")), 1)

    def test_exit_status_is_compared(self):
        self.assertEqual(differences("$ sh -c 'echo no >&2; exit 2'\nno\n[exit 2]\n"), [])
        self.assertEqual(len(differences("$ false\n$ true\n[exit 1]\n")), 2)

    def test_a_command_may_go_on_in_the_next_line(self):
        self.assertEqual(differences("$ echo a \\\n    b\na b\n"), [])

    def test_commands_share_a_folder_that_holds_the_models(self):
        self.assertEqual(differences("$ echo a > kept\n$ cat kept\na\n$ ls\nkept\nmodels\n"), [])

    def test_numbers_may_differ_where_that_is_said(self):
        self.assertEqual(differences("$ echo 'loss   0.25, 9 s'\nloss 10, 12.5 s\n", any_numbers=True), [])
        self.assertEqual(len(differences("$ echo 'loss 0.25'\ngain 0.25\n", any_numbers=True)), 1)
        self.assertEqual(len(differences("$ echo 'loss 0.25'\nloss 0.5\n")), 1)

    def test_an_update_is_what_was_printed_among_the_commands(self):
        old = "a comment\n$ printf 'b\\nc\\n'\na\n\n$ seq 2\n1\n2\n3\n$ sh -c 'exit 3'\nno\n[exit 3]\n"
        new = "a comment\n$ printf 'b\\nc\\n'\nb\nc\n\n$ seq 2\n1\n2\n$ sh -c 'exit 3'\n[exit 3]\n"
        self.assertEqual(update(old), (new, []))
        self.assertEqual(update(new), (new, []))

    def test_an_update_does_not_take_a_failure_for_what_is_expected(self):
        text, [difference] = update("$ echo a; false\nb\n$ echo c\n")
        self.assertEqual(text, "$ echo a; false\nb\n$ echo c\nc\n")
        self.assertIn("exit status 1, expected 0", difference)

    def test_an_update_keeps_dots_among_new_numbers_and_drops_them_among_new_words(self):
        self.assertEqual(fresh("$ echo '7 of 9 in 12 ms'\n1 of 2 in ... ms\n"),
                         "$ echo '7 of 9 in 12 ms'\n7 of 9 in ... ms\n")
        self.assertEqual(fresh("$ seq 9\n2\n...\n8\n"), "$ seq 9\n1\n...\n9\n")
        self.assertEqual(fresh("$ echo 'took 12 ms'\nneeds ... ms\n"), "$ echo 'took 12 ms'\ntook 12 ms\n")


if __name__ == "__main__":
    unittest.main()
