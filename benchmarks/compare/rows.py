# SPDX-License-Identifier: Apache-2.0
"""What is measured: rows of sides that are timed against each other, what the ratios should reach, and cost curves."""
from dataclasses import dataclass, field

AS_USED, CHANNELS_LAST, ONE_BATCH = "as used", "channels-last", "one batch"  # a peer's configurations
NETWORKS = {"all-cnn": "All-CNN", "squeezenet": "SqueezeNet"}
CLASSES = 10


@dataclass(frozen=True)
class Side:
    """One process. `what` is limpid's method, or a function of peers.py."""
    name: str
    how: str
    what: str
    classes: int = 1
    options: tuple = ()
    precision: str = "float32"


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    sides: list
    about: str = ""
    starts: bool = False  # whether the start of the process is measured too, at batch 1
    without: dict = field(default_factory=dict)  # (network, batch): why it is not measured


@dataclass(frozen=True)
class Goal:
    """Milliseconds of a peer / milliseconds of limpid are at least `least`. The peer's `how` may be "best"."""
    row: str
    how: str
    peer: str
    peer_how: str
    least: float
    network: str = ""  # empty: all


def limpid(how, what, *options, classes=1, precision="float32"):
    return Side("limpid", how, what, classes, options, precision)


def both(what, *options, classes=1):
    """In float32 and in what is chosen of itself where AMX is."""
    return [limpid(precision, what, *options, classes=classes, precision=precision) for precision in ("float32", "bf16x3")]


def peer(name, what, classes=1):
    """A peer as its users run it and in the configurations among which its best one is."""
    configurations = [AS_USED, CHANNELS_LAST] + ([ONE_BATCH] if classes > 1 else [])
    return [Side(name, how, what, classes) for how in configurations]


def rows():
    ten = CLASSES
    deconvnet = ("--set", "response=deconvnet")
    epsilon_plus = ("--set", "preset=epsilon-plus")
    forward = limpid("forward alone", "forward")
    return [
        Row("forward", "Forward pass",
            [limpid("float32", "logits"), *peer("PyTorch", "pytorch_forward"),
             Side("onnxruntime", AS_USED, "onnxruntime")],
            about="No side keeps what layers computed, as predictions need it.", starts=True),
        Row("deconvnet-one", "Deconvolution, one class",
            [limpid("float32", "deconvnet"), *peer("Captum", "captum_deconvolution")], starts=True),
        Row("clear", "CLEAR over ten classes",
            [*(limpid(precision, "clear", *deconvnet, classes=ten, precision=precision)
               for precision in ("float32", "bf16x3", "bfloat16")),
             limpid("linear response", "clear", "--set", "response=linear", classes=ten),
             *peer("Captum", "captum_deconvolution", ten)]),
        Row("lrp-one", "LRP epsilon-plus, one class",
            [*both("lrp", *epsilon_plus), *peer("zennit", "zennit_epsilon_plus")], starts=True),
        Row("lrp-ten", "LRP epsilon-plus, ten classes",
            [*both("lrp", *epsilon_plus, classes=ten), *peer("zennit", "zennit_epsilon_plus", ten)]),
        Row("grad-cam-one", "Grad-CAM, one class",
            [limpid("float32", "grad-cam"), forward, *peer("pytorch-grad-cam", "pytorch_grad_cam"),
             *peer("Captum", "captum_grad_cam")],
            about="Captum gives the coarse map alone; limpid and pytorch-grad-cam also enlarge it.", starts=True),
        Row("grad-cam-ten", "Grad-CAM, ten classes",
            [limpid("float32", "grad-cam", classes=ten), forward, *peer("pytorch-grad-cam", "pytorch_grad_cam", ten),
             *peer("Captum", "captum_grad_cam", ten)]),
        Row("occlusion", "Occlusion",
            [limpid("float32", "occlusion", "--set", "score=logit", classes=ten),
             Side("Captum", AS_USED, "captum_occlusion"), Side("Captum", ONE_BATCH, "captum_occlusion")],
            about="Windows of 8 × 8 in steps of 4: limpid for ten classes at once, Captum for one.",
            without={("squeezenet", 16): "a repeat of Captum takes more than ten minutes"}),
    ]


GOALS = [
    Goal("forward", "float32", "onnxruntime", AS_USED, .8),
    Goal("clear", "float32", "Captum", AS_USED, 3),
    Goal("clear", "linear response", "Captum", AS_USED, 4),
    Goal("clear", "bf16x3", "Captum", AS_USED, 6),
    Goal("clear", "bfloat16", "Captum", AS_USED, 10),
    Goal("clear", "float32", "Captum", "best", 2.3),
    Goal("clear", "linear response", "Captum", "best", 2.3),
    Goal("clear", "bf16x3", "Captum", "best", 4.5),
    Goal("clear", "bfloat16", "Captum", "best", 8),
    Goal("lrp-one", "float32", "zennit", AS_USED, 3),
    Goal("lrp-ten", "float32", "zennit", AS_USED, 8),
    Goal("lrp-one", "bf16x3", "zennit", AS_USED, 3),
    Goal("lrp-ten", "bf16x3", "zennit", AS_USED, 8),
    Goal("lrp-one", "float32", "zennit", "best", 2.3),
    Goal("lrp-ten", "float32", "zennit", "best", 2.3),
    Goal("grad-cam-ten", "float32", "pytorch-grad-cam", AS_USED, 25),
    Goal("grad-cam-ten", "float32", "pytorch-grad-cam", "best", 2.3),
    Goal("grad-cam-ten", "float32", "limpid", "forward alone", 1 / 1.15),
    Goal("occlusion", "float32", "Captum", ONE_BATCH, 1.5, "all-cnn"),
    Goal("occlusion", "float32", "Captum", AS_USED, 4, "squeezenet"),
]

# Why a target is not met everywhere, shown where it is not: (row, limpid's configuration).
REASONS = {
    ("clear", "bf16x3"):
        "three bfloat16 products stand for one of float32. 3×3 convolutions go by Winograd's algorithm on AMX, in tiles of "
        "2×2 positions, 1.4 to 2.4 times as fast as oneDNN's direct ones, which reach 1.6 to 2.1 TFLOP/s; two thirds of "
        "their time is products, the rest transforms and splitting. Tried without a gain: Winograd's "
        "tiles of 3×3 and 4×4, tiles of 2 MB, a convolution in parts whose weights fit the cache (2 %)",
}

MOST_SECONDS_TO_FIRST_MAP = .6
MOST_MEMORY_FOR_A_THOUSAND_CLASSES = 1500  # MB
LEAST_OF_A_MATRIX_PRODUCT = .75  # what walks reach of its rate
LEAST_SHARE_OF_ARITHMETIC = .8  # of the time of `explain` over many photographs
MOST_SHARE_OF_ENCODING = .1


@dataclass(frozen=True)
class Curve:
    """limpid's cost as one number grows: (x, network's classes, its rows and columns or 0, images) each."""
    name: str
    title: str
    network: str
    points: list
    side: object  # x → Side


def curves():
    deconvnet = ("--set", "response=deconvnet")
    ten = limpid("float32", "clear", *deconvnet, classes=CLASSES)
    return [
        Curve("classes", "classes", "squeezenet", [(x, 1000, 0, 1) for x in (1, 10, 100, 1000)],
              lambda x: limpid("float32", "clear", *deconvnet, "--set", f"classes=top{x}")),
        Curve("images", "images", "all-cnn", [(x, 10, 0, x) for x in (1, 10, 100, 1000)],
              lambda x: limpid("float32", "clear", *deconvnet, "--batch", "16", classes=CLASSES)),
        Curve("pixels", "pixels", "squeezenet", [(x * x, 10, x, 1) for x in (64, 128, 256, 512, 1024)],
              lambda x: ten),
        Curve("units", "units", "all-cnn", [(x, 10, 0, 1) for x in (1, 4, 16, 64, 192)],
              lambda x: limpid("float32", "arm", "--set", "layer=/11/Conv", "--set", f"top={x}")),
    ]
