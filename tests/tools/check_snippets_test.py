#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The blocks of a page are found, run in their order, and written again where that is asked for."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from check_snippets import blocks, check  # noqa: E402

PAGE = """# A page

```sh
mkdir made && echo picture > made/spots.png
```

![spots](made/spots.png)

```console
$ ls made
{listed}
```

<!-- numbers vary: it is another machine -->
```console
$ echo loss 0.25
{loss}
```
"""


def checked(text, update=False):
    """The page after a check, the faults, and whether the picture lies beside it."""
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "page.md"
        page.write_text(text)
        faults = list(check(page, pathlib.Path("/usr"), update))
        return page.read_text(), faults, (page.parent / "made" / "spots.png").is_file()


class Snippets(unittest.TestCase):
    def test_a_block_after_not_run_is_left_out_and_so_are_other_languages(self):
        text = "```sh\na\n```\n\n<!-- not run: why -->\n```sh\nb\n```\n\n```json\n{}\n```\n```cpp\nint c;\n```\n"
        self.assertEqual([(block.number, block.code) for block in blocks(text)], [(2, "a\n"), (14, "int c;\n")])

    def test_a_program_has_the_name_that_its_first_line_gives(self):
        named, other = blocks("```cpp\n// grains.cpp\nint a;\n```\n```cpp\nint b;\n```\n")
        self.assertEqual(named.name(), ("grains", True))
        self.assertEqual(other.name(), ("line6", False))

    def test_outputs_are_compared_but_for_numbers_that_vary(self):
        _, faults, _ = checked(PAGE.format(listed="spots.png", loss="loss 0.5"))
        self.assertEqual([fault.split(": ", 1)[1] for fault in faults], ["there is no picture 'made/spots.png'"])
        _, [difference, _], _ = checked(PAGE.format(listed="maps.png", loss="loss 0.5"))
        self.assertIn("block at line 10, line 1: $ ls made", difference)

    def test_an_update_writes_outputs_and_copies_pictures(self):
        self.assertEqual(checked(PAGE.format(listed="maps.png\nmore", loss="gain"), update=True),
                         (PAGE.format(listed="spots.png", loss="loss 0.25"), [], True))


if __name__ == "__main__":
    unittest.main()
