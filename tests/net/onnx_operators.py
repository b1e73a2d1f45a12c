#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the import of each ONNX operator, in each form, against PyTorch: onnx_operators.py LIMPID_COMPARE [NAME …]

A case (tests/net/onnx_cases.py) is a tiny model and a function that computes the same in float64. Scores and gradients
must agree, before and after limpid writes the network itself, and onnx.checker must accept what limpid wrote.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

try:
    import onnx
    import torch
    from onnx_cases import CASES
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


warnings.filterwarnings("ignore")  # what torch.onnx says about exporting in this mode


def write_model(model, shape, folder):
    path = str(folder / "model.onnx")
    if isinstance(model, onnx.ModelProto):
        external = {"save_as_external_data": True, "location": "weights.bin", "size_threshold": 0}
        onnx.save_model(model, path, **(external if model.doc_string == "external" else {}))
        return
    module, opset, dynamic = model
    torch.onnx.export(torch.nn.Sequential(module.float(), torch.nn.Flatten()), torch.randn(shape), path,
                      opset_version=opset, training=torch.onnx.TrainingMode.PRESERVE, input_names=["x"],
                      output_names=["scores"], dynamic_axes={"x": {0: "n"}} if dynamic else None)


def write_case(name, folder):
    shape, model, function = CASES[name]
    folder.mkdir()
    write_model(model, shape, folder)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(11))
    (folder / "shape").write_text(" ".join(map(str, shape)))
    (folder / "input.bin").write_bytes(x.numpy().tobytes())
    wide = x.double().requires_grad_()
    scores = function(wide).flatten(1)
    seed = torch.randn(scores.shape, generator=torch.Generator().manual_seed(5)).double()
    scores.backward(seed)
    for file, values in {"scores": scores.detach(), "seed": seed, "gradient": wide.grad}.items():
        (folder / f"{file}.bin").write_bytes(values.contiguous().numpy().tobytes())


def faults(report, folder):
    if "error" in report:
        return [report["error"]]
    found = [f"{key} {value:.2g}" for key, value in report.items() if isinstance(value, float)
             and not value <= (1e-6 if key.endswith("64") else 1e-5)]
    try:
        onnx.checker.check_model(onnx.load(str(folder / "exported.onnx")), full_check=True)
    except Exception as invalid:
        found.append(f"what limpid wrote is not valid: {invalid}")
    return found


def main():
    names = [name for name in CASES if not sys.argv[2:] or any(part in name for part in sys.argv[2:])]
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        folders = {pathlib.Path(temporary) / str(i): name for i, name in enumerate(names)}
        for folder, name in folders.items():
            write_case(name, folder)
        ran = subprocess.run([sys.argv[1], *folders], capture_output=True, text=True)
        reports = {pathlib.Path(report["folder"]): report for report in map(json.loads, ran.stdout.splitlines())}
        for folder, name in folders.items():
            found = faults(reports[folder], folder) if folder in reports else [f"no result: {ran.stderr[-300:]}"]
            failed += bool(found)
            if found:
                print(f"{name}: {'; '.join(found)}")
    print(f"{len(names) - failed} of {len(names)} cases agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
