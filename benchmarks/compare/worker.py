# SPDX-License-Identifier: Apache-2.0
"""A side as a process that stays alive and is told by a line to do a round."""
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from rows import AS_USED, ONE_BATCH

HERE = pathlib.Path(__file__).resolve().parent
NEEDS = {"Captum": ("captum",), "zennit": ("zennit",), "pytorch-grad-cam": ("grad_cam",),
         "onnxruntime": ("onnxruntime",), "PyTorch": (), "limpid": ()}
TUNED = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
         "MALLOC_TOP_PAD_": str(1 << 26)}


class Absent(Exception):
    """A side that cannot be had, with the reason."""


def map_of(side, folder):
    """Where a side keeps its first map."""
    return folder / f"{side.name}-{side.how}.npy".replace(" ", "-")


def command_of(side, network, folder, threads, arguments):
    """The words that start a side on the files of a folder."""
    model, array = str(folder / "model.onnx"), str(folder / "input.npy")
    missing = [need for need in NEEDS[side.name] if not getattr(arguments, need)]
    if missing:
        raise Absent(f"--{missing[0].replace('_', '-')} was not given")
    if side.name == "limpid":
        targets = ",".join(str(c) for c in range(side.classes))
        return [arguments.timing, model, array, side.what, *side.options, "--targets", targets, "--threads",
                str(threads), "--device", arguments.device, "--precision", side.precision, "--save",
                str(map_of(side, folder))]
    if side.name == "onnxruntime":
        if arguments.device != "cpu":
            raise Absent("it is run on the CPU alone")
        return ["node", str(HERE / "onnxruntime_timing.js"), arguments.onnxruntime, model, array, str(threads),
                str(map_of(side, folder))]
    words = [sys.executable, str(HERE / "peer_timing.py"), side.what, str(folder), "--network", network,
             "--classes", str(side.classes), "--threads", str(threads), "--device", arguments.device, "--save",
             str(map_of(side, folder))]
    for need in NEEDS[side.name]:
        words += ["--path", getattr(arguments, need)]
    return words + ["--channels-last"] * (side.how != AS_USED) + ["--together"] * (side.how == ONE_BATCH)


def environment_of(side, threads):
    tuned = side.name not in ("limpid", "onnxruntime") and side.how != AS_USED
    bound = {"OMP_PROC_BIND": "true"} if threads > 1 else {}  # a single thread goes where there is room
    return {**os.environ, "OMP_NUM_THREADS": str(threads), **bound, **(TUNED if tuned else {})}


class Worker:
    """`start` is the seconds from the start of the process to its first result."""

    def __init__(self, command, environment):
        self.errors = tempfile.TemporaryFile("w+")
        begin = time.perf_counter()
        self.process = subprocess.Popen(command, env=environment, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors)
        self.read("ready")
        self.start = time.perf_counter() - begin

    def read(self, expected=None):
        line = self.process.stdout.readline().strip()
        if not line or (expected and line != expected):
            if line:
                self.process.kill()
            self.process.wait()
            self.errors.seek(0)
            told = self.errors.read().strip().splitlines()
            killed = "it was killed, as for want of memory" if self.process.returncode < 0 else "it ended without a word"
            raise Absent(told[-1].removeprefix("method_timing: ") if told else killed)
        return line

    def round(self, repeats):
        """Milliseconds of each repeat."""
        with contextlib.suppress(BrokenPipeError):  # of a process that ended: reading tells how
            self.process.stdin.write(f"{repeats}\n")
            self.process.stdin.flush()
        return [float(self.read()) for _ in range(repeats)]

    def peak(self):
        """The most memory that the process held, in MB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024 / 1e6

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
