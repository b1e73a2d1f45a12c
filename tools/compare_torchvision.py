#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds limpid against PyTorch on torchvision's classifiers, with random weights.

compare_torchvision.py LIMPID_COMPARE [MODEL[:SIZE] …] [--weights calibrated|torchvision]
  [--export default|plain] [--opset N] [--keep FOLDER]

Scores must agree to 1e-4 in float32, input gradients of the best class to 1e-5 in float64. `plain` exports keep batch
normalisation as nodes of its own; `default` ones fold it, in float32, so that only scores are compared. Needs Debian's
python3-torch, python3-torchvision and python3-onnx; without them it says so and exits with 77.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

try:
    import onnx
    import torch
    import torchvision
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

warnings.filterwarnings("ignore")  # what torch.onnx says about exporting in this mode
MODELS = """alexnet vgg11 vgg16_bn resnet18 resnet50 resnext50_32x4d wide_resnet50_2 squeezenet1_0 squeezenet1_1
densenet121 googlenet inception_v3 mobilenet_v2 mobilenet_v3_small mobilenet_v3_large mnasnet1_0 shufflenet_v2_x1_0
efficientnet_b0 efficientnet_v2_s regnet_y_400mf regnet_x_400mf convnext_tiny""".split()
STANDARD_SIZE = {"inception_v3": 299}
LIMITS = {"scores": 1e-4, "exported_scores": 1e-6, "scores64": 1e-5, "gradient64": 1e-5}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("compare", help="the limpid-compare executable")
    parser.add_argument("models", nargs="*", default=MODELS)
    parser.add_argument("--weights", choices=["calibrated", "torchvision"], default="calibrated",
                        help="random ones that keep the size of values, or torchvision's own initial ones")
    parser.add_argument("--export", choices=["default", "plain"], default="plain")
    parser.add_argument("--opset", type=int, default=13)
    parser.add_argument("--keep", help="leave the models and references in this folder")
    return parser.parse_args()


def model_named(name, weights, image):
    torch.manual_seed(1)
    slow = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    model = getattr(torchvision.models, name)(weights=None, **slow).eval()
    if weights == "calibrated":
        calibrate(model, image)
    return model


def calibrate(model, image):
    """Weights and statistics under which values keep their size through the layers. Otherwise scores drown in their
    rounding, or values grow until gates saturate and one rounding decides between their ends: in float32 PyTorch
    then disagrees with itself from one memory layout to the other."""
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.kaiming_normal_(module.weight, mode="fan_in")
    for name, parameter in model.named_parameters():
        if name.endswith("layer_scale"):
            torch.nn.init.uniform_(parameter, 0.2, 1.0)
    for norm in norms:
        torch.nn.init.uniform_(norm.weight, 0.7, 1.3)
        torch.nn.init.normal_(norm.bias, 0, 0.1)
        norm.momentum = 1
        norm.train()
    with torch.no_grad():
        model(torch.cat([image, image.flip(3).roll(image.shape[2] // 3, 2)]))
    for norm in norms:
        norm.eval()


def export(model, image, path, kind, opset):
    training = torch.onnx.TrainingMode.PRESERVE if kind == "plain" else torch.onnx.TrainingMode.EVAL
    torch.onnx.export(model, image, str(path), opset_version=opset, training=training, input_names=["image"],
                      output_names=["scores"], dynamic_axes={"image": {0: "batch"}, "scores": {0: "batch"}})


def write_reference(model, image, folder, gradient):
    (folder / "shape").write_text(" ".join(map(str, image.shape)))
    (folder / "input.bin").write_bytes(image.numpy().tobytes())
    wide = image.double().requires_grad_()
    scores = model.double()(wide)
    (folder / "scores.bin").write_bytes(scores.detach().numpy().tobytes())
    if gradient:
        seed = torch.nn.functional.one_hot(scores.argmax(1), scores.shape[1]).double()
        scores.backward(seed)
        (folder / "seed.bin").write_bytes(seed.numpy().tobytes())
        (folder / "gradient.bin").write_bytes(wide.grad.numpy().tobytes())


def faults(report):
    if "error" in report:
        yield report["error"]
    for key, value in report.items():
        for name, limit in LIMITS.items():
            if key in (name, "canonized_" + name) and not value <= limit:
                yield f"{key} {value:.2g}, the limit is {limit:.0e}"


def compare(name, arguments, root):
    name, _, size = name.partition(":")
    size = int(size or STANDARD_SIZE.get(name, 224))
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    image = torch.randn(2 if size < 128 else 1, 3, size, size, generator=torch.Generator().manual_seed(7))
    model = model_named(name, arguments.weights, image)
    export(model, image[:1], folder / "model.onnx", arguments.export, arguments.opset)
    write_reference(model, image, folder, arguments.export == "plain")
    ran = subprocess.run([arguments.compare, folder], capture_output=True, text=True)
    report = json.loads(ran.stdout) if ran.stdout else {"error": f"limpid-compare died: {ran.stderr}"}
    found = list(faults(report))
    if (folder / "exported.onnx").exists():
        onnx.checker.check_model(onnx.load(str(folder / "exported.onnx")), full_check=True)
    numbers = "  ".join(f"{key} {value:.1e}" for key, value in report.items() if isinstance(value, float))
    print(f"{'FAILED' if found else 'ok':6} {name} {size}: {numbers}", *found, sep="\n       ", flush=True)
    return not found


def main():
    arguments = options()
    with tempfile.TemporaryDirectory() as temporary:
        root = pathlib.Path(arguments.keep or temporary)
        passed = [compare(name, arguments, root) for name in arguments.models]
    print(f"{sum(passed)} of {len(passed)} models agree")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
