# SPDX-License-Identifier: Apache-2.0
"""An empty folder with the repository's models in it, in which commands run with limpid on the PATH."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent


class Sandbox:
    def __init__(self, folder, command_folder):
        self.folder = folder
        self.environment = {**os.environ, "PATH": f"{command_folder}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}

    def run(self, script, shell="sh", seconds=600):
        """Exit status and what the script printed, both streams in one."""
        done = subprocess.run(
            [shell, "-euc", script], cwd=self.folder, env=self.environment, timeout=seconds, text=True,
            errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout


@contextlib.contextmanager
def sandbox(command_folder):
    with tempfile.TemporaryDirectory(prefix="limpid-") as folder:
        os.symlink(REPOSITORY / "models", pathlib.Path(folder) / "models")
        yield Sandbox(folder, pathlib.Path(command_folder).resolve())
