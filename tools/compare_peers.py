#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Relevance maps of `limpid explain` against those of zennit and Captum, on networks with random weights.

    tools/compare_peers.py build/limpid --zennit CHECKOUT --captum CHECKOUT [--models small,small+,vgg11,vgg11+,resnet18]
        [--precisions float64,float32]

Each checkout is a working tree of the peer (zennit 0.5.1, Captum 0.6.0): nothing of them is in this repository, and
either may be left out. Needs Debian's python3-torch and python3-torchvision. Prints ‖limpid − peer‖ / ‖peer‖ of every
map; the exit status is 1 where one is above its limit.
"""
import argparse
import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest.mock

import numpy
import torch

LOW, HIGH, TARGET = -4.0, 4.0, 3
LIMIT = {("zennit", "float64"): 1e-8, ("zennit", "float32"): 1e-4,
         ("captum", "float64"): 1e-5, ("captum", "float32"): 1e-4}  # Captum fixes other stabilisers, 1e-9
PRESETS = ["epsilon-plus", "epsilon", "epsilon-gamma-box", "alpha2-beta1", "epsilon-plus-flat", "alpha2-beta1-flat"]


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        nn = torch.nn
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 12, 3, stride=2, groups=2), nn.ReLU(), nn.AvgPool2d(3, stride=2))
        self.classifier = nn.Sequential(nn.Linear(108, 20), nn.ReLU(), nn.Linear(20, 10))

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


def from_torchvision(name):
    import torchvision

    model = getattr(torchvision.models, name)(weights=None, num_classes=10)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # statistics and factors unlike those of a fresh one
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.2)
            torch.nn.init.normal_(module.running_mean, 0, 0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
        elif isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)) and module.bias is not None:
            torch.nn.init.normal_(module.bias, 0, 0.05)
    return model, (3, 224, 224) if name.startswith("vgg") else (3, 96, 96)


def model_and_input(name):
    """A name that ends with + is the network with no negative input and no negative bias in its convolutions."""
    torch.manual_seed(1)
    kind = name.rstrip("+")
    model, shape = (Small(), (3, 32, 32)) if kind == "small" else from_torchvision(kind)
    x = torch.randn(1, *shape).clamp(LOW, HIGH)
    if name.endswith("+"):
        x = x.abs()
        for module in model.modules():
            if isinstance(module, torch.nn.Conv2d) and module.bias is not None:
                module.bias.data.abs_()
    return model.eval(), x


def start(scores):
    """The relevance that a walk starts with: the score of the target."""
    chosen = torch.zeros_like(scores)
    chosen[:, TARGET] = 1
    return scores * chosen


def of_zennit(name, model, x, preset):
    from zennit import composites, rules, torchvision, types
    from zennit.attribution import Gradient

    canonizers = [torchvision.ResNetCanonizer()] if name.startswith("resnet") else []
    epsilon_everywhere = composites.layer_map_base() + [(types.Linear, rules.Epsilon(epsilon=1e-6))]
    composite = {
        "epsilon-plus": lambda: composites.EpsilonPlus(canonizers=canonizers),
        "epsilon": lambda: composites.LayerMapComposite(epsilon_everywhere, canonizers=canonizers),
        "epsilon-gamma-box": lambda: composites.EpsilonGammaBox(low=LOW, high=HIGH, canonizers=canonizers),
        "alpha2-beta1": lambda: composites.EpsilonAlpha2Beta1(canonizers=canonizers),
        "epsilon-plus-flat": lambda: composites.EpsilonPlusFlat(canonizers=canonizers),
        "alpha2-beta1-flat": lambda: composites.EpsilonAlpha2Beta1Flat(canonizers=canonizers),
    }[preset]()
    with Gradient(model=model, composite=composite) as attributor:
        for module in model.modules():  # merged by now, but zennit leaves the eps, which then counts twice
            if isinstance(module, torch.nn.BatchNorm2d):
                module.eps = 0
        return attributor(x, start)[1]


def without_plots():
    """Captum imports matplotlib for pictures; nothing here draws any."""
    if "matplotlib" not in sys.modules and importlib.util.find_spec("matplotlib") is None:
        for module in ("", ".cm", ".collections", ".colors", ".figure", ".pyplot"):
            sys.modules["matplotlib" + module] = unittest.mock.MagicMock()
        sys.modules["mpl_toolkits"] = sys.modules["mpl_toolkits.axes_grid1"] = unittest.mock.MagicMock()


def of_captum(name, model, x, preset):
    without_plots()
    from captum.attr import LRP
    from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule

    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d) and preset == "epsilon-plus":
            module.rule = Alpha1_Beta0_Rule()
        elif not list(module.children()) and not isinstance(module, (torch.nn.ReLU, torch.nn.Dropout, torch.nn.MaxPool2d)):
            module.rule = EpsilonRule(epsilon=1e-6)
    return LRP(model).attribute(x, target=TARGET)


def captum_can(name, preset):
    """No functional addition, two of the presets; its z-plus rule takes inputs and biases to be positive."""
    return not name.startswith("resnet") and (preset == "epsilon" or preset == "epsilon-plus" and name.endswith("+"))


def of_limpid(command, folder, preset, precision):
    out = folder / f"{preset}-{precision}"
    options = ["--method", "lrp", "--set", f"preset={preset}", "--target", str(TARGET), "--precision", precision]
    if preset == "epsilon-gamma-box":
        options += ["--set", f"low={LOW}", "--set", f"high={HIGH}"]
    subprocess.run([command, "explain", str(folder / "model.onnx"), str(folder / "input.npy"), *options, "-o", str(out)],
                   check=True, stdout=subprocess.DEVNULL)
    (path,) = (out / "input").glob("lrp*.npy")
    return torch.from_numpy(numpy.load(path)).to(torch.float64)


def compare(name, folder, options):
    """One line a precision, preset and peer; the largest difference as a multiple of its limit."""
    worst = 0
    model, x = model_and_input(name)
    torch.onnx.export(model, x, str(folder / "model.onnx"), opset_version=13,
                      training=torch.onnx.TrainingMode.PRESERVE)  # else it folds batch normalisation, in float32
    numpy.save(folder / "input.npy", x[0].numpy())
    for precision in options.precisions.split(","):
        dtype = getattr(torch, precision)
        for preset in PRESETS:
            ours = of_limpid(options.limpid, folder, preset, precision)
            peers = {"zennit": of_zennit} if options.zennit else {}
            if options.captum and captum_can(name, preset):
                peers["captum"] = of_captum
            for peer, explain in peers.items():
                model, x = model_and_input(name)
                theirs = explain(name, model.to(dtype), x.to(dtype), preset)[0].detach().to(torch.float64)
                difference = float((ours - theirs).norm() / theirs.norm())
                worst = max(worst, difference / LIMIT[peer, precision])
                print(f"{name:10} {precision:8} {preset:18} {peer:7} {difference:.1e}", flush=True)
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("limpid", help="the limpid command")
    parser.add_argument("--zennit", type=pathlib.Path, help="a checkout of zennit")
    parser.add_argument("--captum", type=pathlib.Path, help="a checkout of Captum")
    parser.add_argument("--models", default="small,small+,vgg11,vgg11+,resnet18")
    parser.add_argument("--precisions", default="float64,float32")
    options = parser.parse_args()
    sys.path[:0] = [str(path) for path in (options.zennit and options.zennit / "src", options.captum) if path]
    worst = 0
    for name in options.models.split(","):
        with tempfile.TemporaryDirectory() as folder:
            worst = max(worst, compare(name, pathlib.Path(folder), options))
    return int(worst > 1)


if __name__ == "__main__":
    sys.exit(main())
