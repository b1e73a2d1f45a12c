#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `limpid concepts units`, `dissect` and `tcav` do, as one would write it with PyTorch, for timing beside them.

    peer.py units MODEL IMAGES [--responses N] [--slots N] [--invariance N]
    peer.py dissect MODEL SEGMENTS
    peer.py tcav MODEL INPUTS --concepts SEGMENTS --random IMAGES --layer NAME [--target CLASS] [--fits N]

One forward pass an image with a hook on every activation, a layer's statistics at once, one backward pass for each
response map, a whole layer enlarged to the picture for each mask. IMAGES is a folder of pictures, SEGMENTS has a folder
of cut-outs on black for each concept. Response maps take a time each: `--slots` of them are computed and the time for
all is told from these, as `--fits` of the classifiers of concepts are. `tcav` has one forward pass an image, a logistic
regression of scikit-learn for each concept and random set, and one gradient for each input and concept.
Needs Debian's python3-torch, python3-onnx, python3-pil and python3-sklearn. Prints seconds by part as JSON.
"""
import argparse
import json
import pathlib
import time

import numpy
import onnx
import onnx.numpy_helper
import PIL.Image
import torch
from torch.nn import functional

MEAN = torch.tensor([104.0, 117.0, 123.0]).reshape(3, 1, 1)
TOP, RATE = 6, 0.005


class Graph(torch.nn.Module):
    """An ONNX network of convolutions, ReLUs, max poolings and concatenations, with a hook on each ReLU."""

    def __init__(self, path):
        super().__init__()
        graph = onnx.load(path).graph
        weights = {one.name: torch.from_numpy(onnx.numpy_helper.to_array(one).copy()) for one in graph.initializer}
        self.input, self.output = graph.input[0].name, graph.output[0].name
        self.steps, self.maps, self.rectify = [], {}, False
        modules = {}
        for node in graph.node:
            given = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
            if node.op_type == "Conv":
                weight, bias = weights[node.input[1]], weights[node.input[2]]
                module = torch.nn.Conv2d(weight.shape[1], weight.shape[0], tuple(weight.shape[2:]),
                                         stride=tuple(given.get("strides", [1, 1])), padding=tuple(given.get("pads", [0] * 4)[:2]))
                module.weight.data, module.bias.data = weight, bias
            elif node.op_type == "Relu":
                module = torch.nn.ReLU()
                module.register_forward_hook(self.keep(node.output[0]))
                module.register_full_backward_hook(lambda module, inputs, outputs: (outputs[0].clamp_min(0),) if self.rectify else None)
            elif node.op_type == "MaxPool":
                module = torch.nn.MaxPool2d(tuple(given["kernel_shape"]), tuple(given["strides"]), ceil_mode=bool(given.get("ceil_mode", 0)))
            elif node.op_type == "GlobalAveragePool":
                module = torch.nn.AdaptiveAvgPool2d(1)
            elif node.op_type in ("Concat", "Flatten"):
                module = None
            else:
                raise SystemExit(f"the peer has no {node.op_type}")
            if module is not None:
                modules[str(len(self.steps))] = module
            self.steps.append((node.op_type, [name for name in node.input if name not in weights], node.output[0]))
        self.parts = torch.nn.ModuleDict(modules)

    def keep(self, name):
        def hook(module, inputs, output):
            self.maps[name] = output
        return hook

    def forward(self, x):
        values, self.maps = {self.input: x}, {}
        for number, (kind, names, output) in enumerate(self.steps):
            inputs = [values[name] for name in names]
            if kind == "Concat":
                values[output] = torch.cat(inputs, 1)
            elif kind == "Flatten":
                values[output] = inputs[0].flatten(1)
            else:
                values[output] = self.parts[str(number)](inputs[0])
        return values[self.output]


def picture(path):
    """256 on the short side, the middle 227, BGR minus the mean, as the network was trained."""
    image = PIL.Image.open(path).convert("RGB")
    short = min(image.size)
    image = image.resize((256 * image.width // short, 256 * image.height // short), PIL.Image.BILINEAR)
    left, top = (image.width - 227) // 2, (image.height - 227) // 2
    array = torch.from_numpy(numpy.asarray(image.crop((left, top, left + 227, top + 227))).copy())
    return array.permute(2, 0, 1).flip(0).float() - MEAN


class Clock:
    def __init__(self):
        self.seconds = {}

    def __call__(self, name, work):
        begin = time.perf_counter()
        result = work()
        self.seconds[name] = self.seconds.get(name, 0) + time.perf_counter() - begin
        return result


def statistics(network, paths):
    layers = {}
    with torch.no_grad():
        for number, path in enumerate(paths):
            network(picture(path).unsqueeze(0))
            for name, maps in network.maps.items():
                values = maps[0].flatten(1)
                layer = layers.setdefault(name, {"sum": 0, "squares": 0, "active": 0, "kept": [], "top": None})
                layer["sum"] = layer["sum"] + values.double().sum(1)
                layer["squares"] = layer["squares"] + values.double().square().sum(1)
                layer["active"] = layer["active"] + (values > 0).sum(1)
                layer["kept"].append(values[:, torch.randint(values.shape[1], (max(1, values.shape[1] // 20),))])
                largest, place = values.max(1)
                new = (largest.unsqueeze(1), torch.full_like(place, number).unsqueeze(1), place.unsqueeze(1))
                if layer["top"] is not None:
                    new = tuple(torch.cat([old, one], 1) for old, one in zip(layer["top"], new))
                order = new[0].topk(min(TOP, new[0].shape[1]), 1).indices
                layer["top"] = tuple(one.gather(1, order) for one in new)
    for layer in layers.values():
        kept = torch.cat(layer.pop("kept"), 1)
        layer["thresholds"] = kept.kthvalue(max(1, int((1 - RATE) * kept.shape[1])), 1).values
    return layers


def responses(network, paths, layers, per_unit, slots):
    """One backward pass from each unit's peak, in an order that is not of one layer; seconds for all of them."""
    wanted = [(image.item(), name, unit, place.item())
              for name, layer in layers.items() for unit in range(layer["top"][0].shape[0])
              for image, place in list(zip(layer["top"][1][unit], layer["top"][2][unit]))[:per_unit]]
    chosen = sorted(wanted[:: max(1, len(wanted) // slots)])
    network.rectify, last, taken = True, None, 0.0
    for image, name, unit, place in chosen:
        if image != last:  # the forward pass of an image is shared by its units; it is timed with the statistics
            x = picture(paths[image]).unsqueeze(0).requires_grad_()
            network(x)
            last = image
        begin = time.perf_counter()
        value = network.maps[name][0, unit].flatten()[place]
        gradient, = torch.autograd.grad(value, x, retain_graph=True)
        gradient.sum(1)
        taken += time.perf_counter() - begin
    network.rectify = False
    return taken * len(wanted) / len(chosen)


def invariance(network, paths, count):
    with torch.no_grad():
        for path in paths[:count]:
            x = picture(path).unsqueeze(0)
            for step in range(26):
                angle = torch.tensor(0.02 * step)
                matrix = torch.stack([torch.stack([angle.cos(), -angle.sin(), torch.tensor(0.0)]),
                                      torch.stack([angle.sin(), angle.cos(), torch.tensor(0.0)])]).unsqueeze(0)
                network(functional.grid_sample(x, functional.affine_grid(matrix, x.shape, align_corners=False), align_corners=False))
                for maps in network.maps.values():
                    maps.flatten(2).max(2)


def dissect(network, root):
    folders = sorted(path for path in pathlib.Path(root).iterdir() if path.is_dir())
    paths = [(path, number) for number, folder in enumerate(folders) for path in sorted(folder.glob("*.png"))]
    clock = Clock()
    layers = clock("thresholds", lambda: statistics(network, [path for path, _ in paths]))
    counts = {name: [0, torch.zeros(layer["thresholds"].shape[0], len(folders), dtype=torch.long)] for name, layer in layers.items()}

    def masks():
        with torch.no_grad():
            for path, concept in paths:
                x = picture(path)
                concept_mask = ((x + MEAN) > 8).any(0)
                network(x.unsqueeze(0))
                for name, maps in network.maps.items():
                    up = functional.interpolate(maps, size=x.shape[1:], mode="bilinear", align_corners=False)[0]
                    mask = up > layers[name]["thresholds"].reshape(-1, 1, 1)
                    counts[name][0] = counts[name][0] + mask.sum((1, 2))
                    counts[name][1][:, concept] += (mask & concept_mask).sum((1, 2))

    clock("masks", masks)
    return clock.seconds, len(paths)


def tcav(network, arguments):
    import sklearn.linear_model
    folders = sorted(path for path in pathlib.Path(arguments.concepts).iterdir() if path.is_dir())
    clock, count, size = Clock(), arguments.random_sets, arguments.set_size

    def seen(paths):
        with torch.no_grad():
            rows = []
            for path in paths:
                network(picture(path).unsqueeze(0))
                rows.append(network.maps[arguments.layer][0].flatten().numpy())
        return numpy.stack(rows)

    anything = clock("activations", lambda: seen(pictures(arguments.random)))
    concepts = clock("activations", lambda: [seen(sorted(folder.glob("*.png"))) for folder in folders])
    order = numpy.random.default_rng(0).permutation(len(anything))
    sets = [anything[order[(number * size + numpy.arange(size)) % len(order)]] for number in range(count)]
    pairs = [(rows, one) for rows in [*concepts, None] for one in range(count)]

    def fit(rows, one):
        rows = sets[(one + 1) % count] if rows is None else rows
        split = sklearn.linear_model.LogisticRegression(max_iter=1000)
        split.fit(numpy.concatenate([sets[one], rows]), numpy.repeat([0, 1], [size, len(rows)]))
        return split.coef_[0]

    chosen = pairs[:: max(1, len(pairs) // arguments.fits)] if arguments.fits else pairs
    begin = time.perf_counter()
    vectors = [fit(*pair) for pair in chosen]
    clock.seconds["classifiers"] = (time.perf_counter() - begin) * len(pairs) / len(chosen)
    directions = torch.from_numpy(numpy.stack([vectors[number % len(vectors)] for number in range(count)])).float()

    def derivatives():
        for path in pictures(arguments.data):
            for _ in [*folders, "random"]:
                logits = network(picture(path).unsqueeze(0).requires_grad_())
                gradient, = torch.autograd.grad(logits[0, arguments.target], network.maps[arguments.layer])
                directions @ gradient.flatten()

    clock("derivatives", derivatives)
    return clock.seconds, len(pictures(arguments.data))


def pictures(folder):
    return sorted(path for path in pathlib.Path(folder).iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["units", "dissect", "tcav"])
    parser.add_argument("model")
    parser.add_argument("data")
    parser.add_argument("--responses", type=int, default=3)
    parser.add_argument("--slots", type=int, default=200)
    parser.add_argument("--invariance", type=int, default=32)
    parser.add_argument("--concepts", default="")
    parser.add_argument("--random", default="")
    parser.add_argument("--layer", default="")
    parser.add_argument("--target", type=int, default=0)
    parser.add_argument("--random-sets", type=int, default=20)
    parser.add_argument("--set-size", type=int, default=50)
    parser.add_argument("--fits", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    network = Graph(arguments.model).eval()
    if arguments.command == "dissect":
        seconds, images = dissect(network, arguments.data)
    elif arguments.command == "tcav":
        seconds, images = tcav(network, arguments)
    else:
        paths = pictures(arguments.data)
        clock, images = Clock(), len(paths)
        layers = clock("statistics", lambda: statistics(network, paths))
        seconds = clock.seconds
        seconds["responses"] = responses(network, paths, layers, arguments.responses, arguments.slots)
        clock("invariance", lambda: invariance(network, paths, arguments.invariance))
    print(json.dumps({"images": images, "seconds": {name: round(value, 2) for name, value in seconds.items()}}))


if __name__ == "__main__":
    main()
