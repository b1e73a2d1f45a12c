# SPDX-License-Identifier: Apache-2.0
"""A side as a process that stays alive and is told by a line to do a round."""
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


def command_of(side, network, folder, threads, arguments):
    """The words that start a side on the files of a folder."""
    model, array = str(folder / "model.onnx"), str(folder / "input.npy")
    missing = [need for need in NEEDS[side.name] if not getattr(arguments, need)]
    if missing:
        raise Absent(f"--{missing[0].replace('_', '-')} was not given")
    if side.name == "limpid":
        targets = ",".join(str(c) for c in range(side.classes))
        return [arguments.timing, model, array, side.what, *side.options, "--targets", targets, "--threads",
                str(threads), "--device", arguments.device, "--precision", side.precision]
    if side.name == "onnxruntime":
        if arguments.device != "cpu":
            raise Absent("it is run on the CPU alone")
        return ["node", str(HERE / "onnxruntime_timing.js"), arguments.onnxruntime, model, array, str(threads)]
    words = [sys.executable, str(HERE / "peer_timing.py"), side.what, str(folder), "--network", network,
             "--classes", str(side.classes), "--threads", str(threads), "--device", arguments.device]
    for need in NEEDS[side.name]:
        words += ["--path", getattr(arguments, need)]
    return words + ["--channels-last"] * (side.how != AS_USED) + ["--together"] * (side.how == ONE_BATCH)


def environment_of(side, threads):
    tuned = side.name not in ("limpid", "onnxruntime") and side.how != AS_USED
    return {**os.environ, "OMP_NUM_THREADS": str(threads), "OMP_PROC_BIND": "true", **(TUNED if tuned else {})}


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
            self.process.kill()
            self.process.wait()
            self.errors.seek(0)
            told = self.errors.read().strip().splitlines()
            raise Absent(told[-1] if told else "it ended without a word")
        return line

    def round(self, repeats):
        """Milliseconds of each repeat."""
        self.process.stdin.write(f"{repeats}\n")
        self.process.stdin.flush()
        return [float(self.read()) for _ in range(repeats)]

    def close(self):
        """Ends the process; its peak memory in MB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        self.process.stdin.close()
        self.process.wait()
        return peak * 1024 / 1e6
