#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the glyphs, trains the two small networks of models/ on them and writes pictures to try them on.

    /usr/bin/python3 tools/make_demo.py [--out models] [--epochs N]

Needs Debian's python3-torch, python3-onnx and python3-pil. Seeds are fixed and one thread is used.
"""

import argparse
import collections
import json
import math
import pathlib

import numpy as np
import onnx
import torch
from PIL import Image, ImageDraw, ImageFilter
from torch import nn

SIDE = 64
FINE = 4  # glyphs are drawn larger and shrunk, for smooth edges


def polygon(*points):
    return lambda draw, at, ink: draw.polygon([at(x, y) for x, y in points], fill=ink)


def strokes(*lines, width=0.3):
    def paint(draw, at, ink):
        for line in lines:
            draw.line([at(x, y) for x, y in line], fill=ink, width=at.length(width), joint="curve")

    return paint


def circle(steps=48):
    return [(math.cos(2 * math.pi * i / steps), math.sin(2 * math.pi * i / steps)) for i in range(steps + 1)]


def star(arms=5, inner=0.42):
    radii = [1 if i % 2 == 0 else inner for i in range(2 * arms)]
    return [(r * math.sin(math.pi * i / arms), -r * math.cos(math.pi * i / arms)) for i, r in enumerate(radii)]


# Shapes in the square from -1 to 1, y downwards. None is another one turned by less than 40 degrees.
GLYPHS = {
    "ring": strokes([(0.82 * x, 0.82 * y) for x, y in circle()]),
    "square": strokes([(-0.75, -0.75), (0.75, -0.75), (0.75, 0.75), (-0.75, 0.75), (-0.75, -0.75), (0, -0.75)]),
    "triangle": polygon((0, -0.95), (0.95, 0.75), (-0.95, 0.75)),
    "cross": strokes([(-0.8, -0.8), (0.8, 0.8)], [(-0.8, 0.8), (0.8, -0.8)]),
    "star": polygon(*star()),
    "arrow": strokes([(-0.95, 0), (0.9, 0)], [(0.25, -0.65), (0.9, 0), (0.25, 0.65)]),
    "tee": strokes([(-0.85, -0.8), (0.85, -0.8)], [(0, -0.8), (0, 0.95)]),
    "ell": strokes([(-0.6, -0.95), (-0.6, 0.8), (0.75, 0.8)]),
    "zigzag": strokes([(-0.95, 0.5), (-0.45, -0.5), (0.05, 0.5), (0.5, -0.5), (0.95, 0.5)], width=0.26),
    "crescent": None,  # drawn by two discs, below
}
NAMES = list(GLYPHS)


class Place:
    """Takes glyph coordinates to those of the fine picture."""

    def __init__(self, center, radius, degrees):
        self.center, self.radius = center, radius
        self.cos, self.sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def __call__(self, x, y):
        turned = (self.cos * x - self.sin * y, self.sin * x + self.cos * y)
        return tuple(FINE * (c + self.radius * t) for c, t in zip(self.center, turned))

    def length(self, value):
        return max(1, round(FINE * self.radius * value))


def stencil(name, place):
    """Where the glyph is, as a grey picture."""
    mask = Image.new("L", (FINE * SIDE, FINE * SIDE))
    draw = ImageDraw.Draw(mask)
    if name == "crescent":
        draw.polygon([place(0.95 * x, 0.95 * y) for x, y in circle()], fill=255)
        draw.polygon([place(0.45 + 0.75 * x, 0.75 * y) for x, y in circle()], fill=0)
    else:
        GLYPHS[name](draw, place, 255)
    return mask.resize((SIDE, SIDE), Image.BOX)


def background(rng):
    """A slanted gradient, soft blobs and thin lines: what is there but means nothing."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
    slant = rng.uniform(-60, 60, (2, 3))
    base = rng.uniform(30, 225, 3) + x[..., None] * slant[0] + y[..., None] * slant[1]
    picture = Image.fromarray(np.clip(base, 0, 255).astype(np.uint8))
    soft = picture.copy()
    draw = ImageDraw.Draw(soft)
    for _ in range(rng.integers(2, 7)):
        cx, cy, r = rng.uniform(0, SIDE), rng.uniform(0, SIDE), rng.uniform(3, 14)
        tint = tuple(int(v) for v in np.clip(base[int(cy), int(cx)] + rng.uniform(-45, 45, 3), 0, 255))
        draw.ellipse([cx - r, cy - r, cx + r, cy + r], fill=tint)
    picture = soft.filter(ImageFilter.GaussianBlur(2))
    draw = ImageDraw.Draw(picture)
    for _ in range(rng.integers(0, 5)):
        ends = [tuple(rng.uniform(0, SIDE, 2)) for _ in range(2)]
        draw.line(ends, fill=tuple(int(v) for v in rng.uniform(0, 255, 3)), width=1)
    return np.asarray(picture, np.float32), base.mean()


def ink(rng, ground):
    """A colour that stands out from the ground, at times a grey."""
    while True:
        color = rng.uniform(0, 255, 3) if rng.random() < 0.7 else np.full(3, rng.uniform(0, 255))
        if abs(color.mean() - ground) > 70:
            return color


def draw_glyph(canvas, name, rng, ground, center, radius):
    mask = np.asarray(stencil(name, Place(center, radius, rng.uniform(-20, 20))), np.float32)[..., None] / 255
    return canvas * (1 - mask) + ink(rng, ground) * mask


def finished(canvas, rng):
    return np.clip(canvas + rng.normal(0, rng.uniform(2, 9), canvas.shape), 0, 255).astype(np.uint8)


def single(name, rng, radius=None):
    canvas, ground = background(rng)
    radius = radius or rng.uniform(9, 21)
    center = rng.uniform(radius + 2, SIDE - radius - 2, 2)
    return finished(draw_glyph(canvas, name, rng, ground, center, radius), rng)


def several(names, rng):
    """Up to four glyphs, one in each quarter."""
    canvas, ground = background(rng)
    quarters = rng.permutation([(17, 17), (47, 17), (17, 47), (47, 47)])
    for name, quarter in zip(names, quarters):
        canvas = draw_glyph(canvas, name, rng, ground, quarter + rng.uniform(-2, 2, 2), rng.uniform(11, 14))
    return finished(canvas, rng)


def data_set(count, seed, most):
    """Pictures, and for each the share of every class: pictures hold 1 to `most` glyphs, all different."""
    rng = np.random.default_rng(seed)
    pictures, shares = [], np.zeros((count, len(NAMES)), np.float32)
    for i in range(count):
        chosen = rng.permutation(len(NAMES))[: max(1, i % 8 - 7 + most)]
        shares[i, chosen] = 1 / len(chosen)
        names = [NAMES[label] for label in chosen]
        pictures.append(single(names[0], rng) if len(names) == 1 else several(names, rng))
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2), torch.from_numpy(shares)


def glyphs(classes):
    """All-convolutional: one kernel a class in the last layer, then the mean over space. The export folds the bn layers."""
    layers, before = [], 3
    for number, after in enumerate((16, 16, 32, 32, 64, 64), 1):
        layers += [(f"conv{number}", nn.Conv2d(before, after, 3, padding=1, bias=False)),
                   (f"bn{number}", nn.BatchNorm2d(after)), (f"relu{number}", nn.ReLU())]
        if number in (2, 4, 5):
            layers.append((f"pool{number}", nn.MaxPool2d(2)))
        before = after
    layers += [("conv7", nn.Conv2d(before, classes, 1)), ("gap", nn.AdaptiveAvgPool2d(1)), ("flatten", nn.Flatten())]
    return nn.Sequential(collections.OrderedDict(layers))


class Block(nn.Module):
    """A residual block; the short cut is a 1x1 convolution where the shape changes."""

    def __init__(self, before, after, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()
        self.shortcut = nn.Identity()
        if stride != 1 or before != after:
            self.shortcut = nn.Sequential(collections.OrderedDict(
                conv=nn.Conv2d(before, after, 1, stride, bias=False), bn=nn.BatchNorm2d(after)))

    def forward(self, x):
        return self.relu2(self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x))))) + self.shortcut(x))


class GlyphsResnet(nn.Module):
    """Batch normalisation, residual additions, and global average pooling before a dense layer."""

    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.layer1, self.layer2, self.layer3 = Block(16, 16, 1), Block(16, 32, 2), Block(32, 40, 2)
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(40, classes)

    def forward(self, x):
        x = self.pool(self.relu(self.bn1(self.conv1(x))))
        return self.fc(self.gap(self.layer3(self.layer2(self.layer1(x)))).flatten(1))


def normalised(pictures, mean, std):
    return ((pictures / 255 - mean.view(3, 1, 1)) / std.view(3, 1, 1)).contiguous(memory_format=torch.channels_last)


def accuracy(network, inputs, shares):
    """How many of the glyphs that are there are among as many best classes."""
    network.eval()
    with torch.no_grad():
        logits = torch.cat([network(batch) for batch in inputs.split(256)])
    found = sum((row.topk(int((share > 0).sum())).indices.unsqueeze(1) == share.nonzero().T).sum()
                for row, share in zip(logits, shares))
    return (found / (shares > 0).sum()).item()


def fit(network, inputs, shares, epochs, rate=4e-3):
    steps = epochs * math.ceil(len(inputs) / 64)
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    for epoch in range(epochs):
        network.train()
        total = 0.0
        for chosen in torch.randperm(len(inputs)).split(64):
            loss = nn.functional.cross_entropy(network(inputs[chosen]), shares[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        print(f"epoch {epoch + 1}/{epochs}: loss {total / len(inputs):.3f}", flush=True)


def layer_name(node_name):
    """conv1 for /conv1/Conv, layer1.add for /layer1/Add, flatten for /Flatten."""
    *scope, operator = node_name.strip("/").split("/")
    in_block = not scope or scope[-1].startswith("layer")
    return ".".join(scope + [operator.lower()] if in_block else scope)


def export(network, path, folded, mean, std):
    network.eval()
    training = torch.onnx.TrainingMode.EVAL if folded else torch.onnx.TrainingMode.PRESERVE
    torch.onnx.export(network, torch.zeros(1, 3, SIDE, SIDE), str(path), opset_version=13, input_names=["input"],
                      output_names=["logits"], dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
                      training=training, do_constant_folding=folded)
    model = onnx.load(str(path))
    for node in model.graph.node:
        node.name = layer_name(node.name)
    preprocess = {"channels": "rgb", "scale": 1 / 255, "mean": mean.tolist(), "std": std.tolist(),
                  "size": [SIDE, SIDE], "crop": False}
    onnx.helper.set_model_props(model, {"classes": json.dumps(NAMES), "preprocess": json.dumps(preprocess)})
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def draw_demo(folder):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(2020)
    for name in "ring", "arrow", "star", "crescent":
        Image.fromarray(single(name, rng, 19)).save(folder / f"{name}.png", optimize=True)
    for names in ("ring", "cross"), ("star", "tee", "triangle"), ("square", "arrow", "crescent", "zigzag"), \
            ("ell", "triangle", "ring", "cross"):
        Image.fromarray(several(names, rng)).save(folder / f"{'-'.join(names)}.png", optimize=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("models"))
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--pictures", type=int, default=10000)
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(2017)
    draw_demo(options.out / "glyphs")
    pictures, shares = data_set(options.pictures, seed=1, most=4)
    mean, std = ((pictures / 255).transpose(0, 1).flatten(1).mean(1) * 1000).round() / 1000, torch.full((3,), 0.25)
    inputs = normalised(pictures, mean, std)
    tests = [(words, normalised(drawn, mean, std), there) for words, (drawn, there) in
             (("with one glyph", data_set(2000, seed=2, most=1)), ("with up to four", data_set(2000, seed=3, most=4)))]
    for name, network in ("glyphs", glyphs(len(NAMES))), ("glyphs_resnet", GlyphsResnet(len(NAMES))):
        network.to(memory_format=torch.channels_last)
        fit(network, inputs, shares, options.epochs)
        export(network, options.out / f"{name}.onnx", name == "glyphs", mean, std)
        for words, test_inputs, there in tests:
            print(f"{name}: accuracy {accuracy(network, test_inputs, there):.4f} on {len(there)} pictures {words}")


if __name__ == "__main__":
    main()
