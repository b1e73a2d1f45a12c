#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The networks that are timed, with random weights, as files that every side reads.

    networks.py NAME --classes 10 --size 0 --images 16 --folder FOLDER

Writes model.onnx, weights.pt and input.npy into FOLDER. NAME is all-cnn or squeezenet; size 0 is the network's own.
Needs Debian's python3-torch and python3-torchvision. Prints what the run should know of this libtorch, as JSON.
"""
import argparse
import json
import pathlib

import numpy
import torch

SIZES = {"all-cnn": 32, "squeezenet": 227}


def all_cnn(classes):
    """Nine convolutions, 96 and 192 channels, two poolings, one kernel a class, global averaging."""
    layers = []

    def conv(inputs, outputs, kernel):
        layers.extend([torch.nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2), torch.nn.ReLU()])

    conv(3, 96, 3), conv(96, 96, 3), conv(96, 96, 3)
    layers.append(torch.nn.MaxPool2d(3, 2))
    conv(96, 192, 3), conv(192, 192, 3), conv(192, 192, 3)
    layers.append(torch.nn.MaxPool2d(3, 2))
    conv(192, 192, 3), conv(192, 192, 1), conv(192, classes, 1)
    layers.extend([torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()])
    return torch.nn.Sequential(*layers)


def build(name, classes):
    if name == "all-cnn":
        return all_cnn(classes).eval()
    import torchvision

    return torchvision.models.squeezenet1_0(num_classes=classes).eval()


def load(name, classes, folder):
    network = build(name, classes)
    network.load_state_dict(torch.load(pathlib.Path(folder) / "weights.pt"))
    return network, torch.from_numpy(numpy.load(pathlib.Path(folder) / "input.npy"))


def last_feature_map(network):
    """The activation behind the last convolution, which Grad-CAM weighs on every side."""
    return [module for module in network.modules() if isinstance(module, torch.nn.ReLU)][-1]


def write(name, classes, size, images, folder):
    torch.manual_seed(0)
    network = build(name, classes)
    inputs = torch.randn(images, 3, size or SIZES[name], size or SIZES[name])
    torch.onnx.export(network, inputs[:1], str(folder / "model.onnx"), opset_version=13, input_names=["data"],
                      output_names=["logits"], dynamic_axes={"data": {0: "N"}, "logits": {0: "N"}})
    torch.save(network.state_dict(), folder / "weights.pt")
    numpy.save(folder / "input.npy", inputs.numpy())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=SIZES)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--size", type=int, default=0)
    parser.add_argument("--images", type=int, default=1)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    write(arguments.name, arguments.classes, arguments.size, arguments.images, arguments.folder)
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    print(json.dumps({"torch": torch.__version__, "gpu": gpu}))


if __name__ == "__main__":
    main()
