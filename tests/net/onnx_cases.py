# SPDX-License-Identifier: Apache-2.0
"""The cases of onnx_operators.py: CASES[name] = (input shape, model, function of the input that computes the same)

A model is written by hand (what PyTorch does not export) or (module, opset, dynamic batch), to be exported.
"""

import numpy as np
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import nn

CASES = {}
RANDOM = np.random.default_rng(3)
IMAGE, LINE, ROWS = (2, 4, 9, 8), (2, 4, 11), (3, 5)


def normal(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def whole(*values):
    return np.array(values, dtype=np.int64)


def number(value):
    return np.array(value, dtype=np.float32)


def wide(array):
    return torch.from_numpy(array).double()


def graph(name, shape, nodes, constants, function, opset=13, batch="N", doc=""):
    """A model of these nodes from 'x' to 'y'; each is (operator, inputs, outputs, attributes)."""
    assert name not in CASES, name
    rows = [*nodes, ("Flatten", "y", "scores", {"axis": 1})]
    made = [helper.make_node(operator, inputs.split(",") if inputs else [], outputs.split(","), **attributes)
            for operator, inputs, outputs, attributes in rows]
    tensors = [value if isinstance(value, TensorProto) else numpy_helper.from_array(value, key)
               for key, value in constants.items()]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, *shape[1:]])]
    outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [batch, None])]
    model = helper.make_model(helper.make_graph(made, "case", inputs, outputs, tensors), ir_version=7,
                              opset_imports=[helper.make_opsetid("", opset)], doc_string=doc)
    CASES[name] = (shape, model, function)


def single(name, operator, constants, function, shape=IMAGE, inputs=None, opset=13, doc="", **attributes):
    """One operator on 'x' and on the constants in order, or on `inputs`."""
    graph(name, shape, [(operator, inputs or ",".join(["x", *constants]), "y", attributes)], constants, function, opset,
          doc=doc)


def exported(name, shape, module, opsets=(9, 11, 13, 16), dynamic=True):
    module.eval()
    for opset in opsets:
        CASES[f"{name} (opset {opset})"] = (shape, (module, opset, dynamic), lambda x: module.double()(x))


def randomised(module):
    for parameter in module.parameters():
        nn.init.normal_(parameter)
    return module


def convolutions():
    weight, bias = normal(6, 4, 3, 3), normal(6)
    w, b = wide(weight), wide(bias)
    both = {"w": weight, "b": bias}
    single("Conv", "Conv", both, lambda x: F.conv2d(x, w, b))
    single("Conv without bias", "Conv", {"w": weight}, lambda x: F.conv2d(x, w))
    single("Conv with uneven pads", "Conv", both, lambda x: F.conv2d(F.pad(x, (2, 0, 1, 3)), w, b, (2, 1)),
           pads=[1, 2, 3, 0], strides=[2, 1])
    single("Conv SAME_UPPER", "Conv", both, lambda x: F.conv2d(F.pad(x, (0, 1, 1, 1)), w, b, 2), auto_pad="SAME_UPPER",
           strides=[2, 2])
    single("Conv SAME_LOWER", "Conv", both, lambda x: F.conv2d(F.pad(x, (1, 0, 1, 1)), w, b, 2), auto_pad="SAME_LOWER",
           strides=[2, 2])
    single("Conv VALID", "Conv", both, lambda x: F.conv2d(x, w, b, 2), auto_pad="VALID", strides=[2, 2])
    single("Conv dilated", "Conv", both, lambda x: F.conv2d(x, w, b, dilation=(2, 1), padding=(2, 1)),
           dilations=[2, 1], pads=[2, 1, 2, 1])
    grouped, depth, taps = normal(6, 2, 3, 3), normal(4, 1, 3, 3), normal(5, 4, 3)
    single("Conv in groups", "Conv", {"w": grouped, "b": bias}, lambda x: F.conv2d(x, wide(grouped), b, groups=2),
           group=2, kernel_shape=[3, 3])
    single("Conv depthwise", "Conv", {"w": depth}, lambda x: F.conv2d(x, wide(depth), groups=4), group=4)
    single("Conv 1-d", "Conv", {"w": taps}, lambda x: F.conv1d(x, wide(taps), stride=2, padding=1), LINE, strides=[2],
           pads=[1, 1])
    single("Conv 1-d with uneven pads", "Conv", {"w": taps}, lambda x: F.conv1d(F.pad(x, (2, 0)), wide(taps)), LINE,
           pads=[2, 0])


def transposed_convolutions():
    back, pairs = normal(4, 3, 3, 3), normal(4, 2, 3, 3)
    forms = {"": {}, " with stride": {"stride": 2, "padding": 1}, " dilated": {"dilation": 2},
             " with output padding": {"stride": 2, "padding": 1, "output_padding": 1}}
    for name, sizes in forms.items():
        single("ConvTranspose" + name, "ConvTranspose", {"w": back},
               lambda x, s=sizes: F.conv_transpose2d(x, wide(back), **s), strides=[sizes.get("stride", 1)] * 2,
               pads=[sizes.get("padding", 0)] * 4, output_padding=[sizes.get("output_padding", 0)] * 2,
               dilations=[sizes.get("dilation", 1)] * 2)
    single("ConvTranspose in groups", "ConvTranspose", {"w": pairs},
           lambda x: F.conv_transpose2d(x, wide(pairs), groups=2), group=2)
    single("ConvTranspose with uneven pads", "ConvTranspose", {"w": back},
           lambda x: F.conv_transpose2d(x, wide(back), stride=2)[:, :, 1:, :-1], strides=[2, 2], pads=[1, 0, 0, 1])
    cuts = {"SAME_UPPER": {"auto_pad": "SAME_UPPER"}, "SAME_LOWER": {"auto_pad": "SAME_LOWER"},
            "output_shape": {"output_shape": [18, 16]}}
    for name, how in cuts.items():  # 19 x 17 without pads
        upper = name == "SAME_UPPER"
        single(f"ConvTranspose {name}", "ConvTranspose", {"w": back},
               lambda x, u=upper: F.conv_transpose2d(x, wide(back), stride=2)[:, :, 1 - u:19 - u, 1 - u:17 - u],
               strides=[2, 2], **how)
    exported("ConvTranspose1d", LINE, nn.ConvTranspose1d(4, 3, 3, stride=2))


def weights_in_every_form():
    weight = normal(6, 4, 3, 3)
    half, double = weight.astype(np.float16), normal(6, 4, 3, 3).astype(np.float64)

    def conv(x, values=weight):
        return F.conv2d(x, torch.from_numpy(values.astype(np.float64)))

    def exactly_half(x):
        return conv(x, half)

    single("fp16 weights", "Conv", {"w": half}, exactly_half)
    single("float64 weights", "Conv", {"w": double.astype(np.float32).astype(np.float64)},
           lambda x: conv(x, double.astype(np.float32)))
    typed = helper.make_tensor("w", TensorProto.FLOAT, weight.shape, weight.flatten().tolist())
    single("weights in a typed field", "Conv", {"w": typed}, conv)
    bits = helper.make_tensor("w", TensorProto.FLOAT16, half.shape, half.astype(np.float32).flatten().tolist())
    single("fp16 weights in a typed field", "Conv", {"w": bits}, exactly_half)
    single("external weights", "Conv", {"w": weight}, conv, doc="external")
    tensor = numpy_helper.from_array(weight)
    use = ("Conv", "x,w", "y", {})
    graph("weights from a Constant", IMAGE, [("Constant", "", "w", {"value": tensor}), use], {}, conv)
    graph("weights behind an Identity", IMAGE, [("Identity", "v", "w", {}), use], {"v": weight}, conv)
    graph("weights behind a Cast", IMAGE, [("Cast", "v", "w", {"to": TensorProto.FLOAT}), use], {"v": half}, exactly_half)
    for attribute, value in {"value_float": 0.5, "value_floats": [0.5]}.items():
        graph(f"Constant {attribute}", IMAGE, [("Constant", "", "c", {attribute: value}), ("Mul", "x,c", "y", {})], {},
              lambda x: x / 2)
    for attribute, value in {"value_int": 2, "value_ints": [2]}.items():
        rows = [("Constant", "", "i", {attribute: value}), ("Cast", "i", "c", {"to": 1}), ("Mul", "x,c", "y", {})]
        graph(f"Constant {attribute}", IMAGE, rows, {}, lambda x: x * 2)


def dense():
    weight, bias = normal(5, 4), normal(4)
    w, b = wide(weight), wide(bias)
    single("Gemm", "Gemm", {"w": weight, "b": bias}, lambda x: x @ w + b, ROWS)
    single("Gemm without bias", "Gemm", {"w": weight}, lambda x: x @ w, ROWS)
    single("Gemm transposed and scaled", "Gemm", {"w": weight.T.copy(), "b": bias}, lambda x: 0.5 * x @ w + 2 * b, ROWS,
           transB=1, alpha=0.5, beta=2.0)
    single("Gemm with one bias", "Gemm", {"w": weight, "b": bias[:1]}, lambda x: x @ w + b[0], ROWS)
    single("MatMul", "MatMul", {"w": weight}, lambda x: x @ w, ROWS)
    single("MatMul on the last axis", "MatMul", {"w": weight}, lambda x: x @ w, (2, 3, 5))
    left, column, along = normal(6, 9), normal(5), normal(9)
    single("MatMul from the left", "MatMul", {"w": left}, lambda x: wide(left) @ x, inputs="w,x")
    single("MatMul of one matrix for all", "MatMul", {"w": weight[None]}, lambda x: x @ w, (2, 3, 5))
    single("MatMul with a vector", "MatMul", {"w": column}, lambda x: x @ wide(column), (2, 3, 5))
    single("MatMul with a vector from the left", "MatMul", {"w": along}, lambda x: wide(along) @ x, inputs="w,x")
    exported("Linear", ROWS, nn.Linear(5, 4))
    exported("Linear on the last axis", (2, 3, 3, 5), nn.Linear(5, 4))


class LayerNormOfChannels(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = randomised(nn.LayerNorm(4))

    def forward(self, x):
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def normalisations():
    scale, bias, mean, variance = normal(4), normal(4), normal(4), np.abs(normal(4)) + 0.5
    statistics = {"s": scale, "b": bias, "m": mean, "v": variance}

    def batch_norm(x, eps=1e-5):
        return F.batch_norm(x, wide(mean), wide(variance), wide(scale), wide(bias), eps=eps)

    for opset in (9, 14, 15):
        single(f"BatchNormalization (opset {opset})", "BatchNormalization", statistics, lambda x: batch_norm(x, 1e-3),
               opset=opset, epsilon=1e-3)
    single("BatchNormalization of rows", "BatchNormalization", statistics, batch_norm, (3, 4))
    single("InstanceNormalization", "InstanceNormalization", {"s": scale, "b": bias},
           lambda x: F.instance_norm(x, weight=wide(scale), bias=wide(bias)))
    single("LRN", "LRN", {}, lambda x: F.local_response_norm(x, 3, 0.1, 0.75, 2.0), size=3, alpha=0.1, beta=0.75,
           bias=2.0)
    last, shift = normal(8), normal(8)
    single("LayerNormalization", "LayerNormalization", {"s": last, "b": shift},
           lambda x: F.layer_norm(x, (8,), wide(last), wide(shift)), opset=17)
    exported("GroupNorm", IMAGE, randomised(nn.GroupNorm(2, 4)))
    exported("InstanceNorm2d", IMAGE, randomised(nn.InstanceNorm2d(4, affine=True)), (9, 13))
    exported("LayerNorm of images", IMAGE, randomised(nn.LayerNorm(IMAGE[1:])), (9, 13, 17))
    exported("LayerNorm of channels", IMAGE, LayerNormOfChannels(), (9, 13, 17))
    exported("LocalResponseNorm", IMAGE, nn.LocalResponseNorm(3))


def activations():
    for name, function in {"Relu": F.relu, "Tanh": torch.tanh, "Softplus": F.softplus,
                           "Neg": torch.neg, "Erf": torch.erf, "HardSwish": F.hardswish, "Selu": F.selu,
                           "LeakyRelu": F.leaky_relu}.items():
        single(name, name, {}, function, opset=14)
    single("LeakyRelu with a slope", "LeakyRelu", {}, lambda x: F.leaky_relu(x, 0.2), alpha=0.2)
    single("Elu", "Elu", {}, lambda x: F.elu(x, 0.7), alpha=0.7)
    single("HardSigmoid", "HardSigmoid", {}, lambda x: (0.2 * x + 0.5).clamp(0, 1))
    single("HardSigmoid as PyTorch's", "HardSigmoid", {}, F.hardsigmoid, alpha=1 / 6)
    slope = normal(4, 1, 1)
    single("PRelu", "PRelu", {"a": slope}, lambda x: F.prelu(x, wide(slope).flatten()))
    single("PRelu with one slope", "PRelu", {"a": slope[:1]}, lambda x: F.prelu(x, wide(slope[:1]).flatten()))
    single("Clip (opset 9)", "Clip", {}, lambda x: x.clamp(-0.5, 0.7), opset=9, min=-0.5, max=0.7)
    single("Clip", "Clip", {"l": number(-0.5), "h": number(0.7)}, lambda x: x.clamp(-0.5, 0.7))
    single("Clip above", "Clip", {"h": number(0.7)}, lambda x: x.clamp(max=0.7), inputs="x,,h")
    single("Clip below", "Clip", {"l": number(-0.5)}, lambda x: x.clamp(min=-0.5))
    for module in (nn.SiLU(), nn.GELU(), nn.Mish(), nn.Hardswish(), nn.Hardsigmoid(), nn.ReLU6(), nn.Softplus(),
                   nn.Hardtanh(-0.3, 0.4), nn.PReLU(4), nn.LeakyReLU(), nn.ELU()):
        exported(type(module).__name__ + " module", IMAGE, module)


def softmax():
    inside = [("Softmax", "x", "s", {"axis": 1}), ("Mul", "s,x", "y", {})]
    graph("Softmax inside", IMAGE, inside, {}, lambda x: x.softmax(1) * x)
    graph("Softmax inside (opset 9)", (2, 7), inside, {}, lambda x: x.softmax(1) * x, 9)
    def joined(x):
        return x.flatten(1).softmax(1).view_as(x) * x

    graph("Softmax of all axes (opset 9)", IMAGE, inside, {}, joined, 9)
    graph("Softmax of the last two axes (opset 11)", IMAGE, [("Softmax", "x", "s", {"axis": -2}), inside[1]], {},
          lambda x: x.flatten(2).softmax(2).view_as(x) * x, 11)
    for last in ("Softmax", "LogSoftmax", "Sigmoid"):
        attributes = {} if last == "Sigmoid" else {"axis": 1}
        graph(f"{last} at the end is left off", (2, 7), [("Tanh", "x", "z", {}), (last, "z", "y", attributes)], {},
              torch.tanh)
    for last in ("Softmax", "Sigmoid"):
        attributes = {} if last == "Sigmoid" else {"axis": 1}
        graph(f"Log of {last} at the end is left off", (2, 7),
              [("Tanh", "x", "z", {}), (last, "z", "p", attributes), ("Log", "p", "y", {})], {}, torch.tanh)
    graph("Sigmoid inside", IMAGE, [("Sigmoid", "x", "s", {}), ("Mul", "s,x", "y", {})], {}, lambda x: x.sigmoid() * x)


def branches():
    """An If that asks for the number of images or channels; its branches take a value and a constant from outside."""
    def branch(name, operator, inputs):
        output = helper.make_tensor_value_info(f"{name}_out", TensorProto.FLOAT, None)
        return helper.make_graph([helper.make_node(operator, inputs, [f"{name}_out"])], name, [], [output])

    cases = {"the number of channels": (1, 4, torch.tanh), "another number of channels": (1, 5, lambda x: 2 * x.tanh()),
             "the batch size": (0, 1, lambda x: 2 * x.tanh())}
    for name, (axis, asked, function) in cases.items():
        choice = {"then_branch": branch("then", "Identity", ["t"]), "else_branch": branch("else", "Mul", ["t", "two"])}
        graph(f"If that asks for {name}", IMAGE,
              [("Tanh", "x", "t", {}), ("Shape", "t", "s", {}), ("Gather", "s,axis", "n", {}),
               ("Equal", "n,asked", "c", {}), ("If", "c", "y", choice)],
              {"axis": np.array(axis), "asked": np.array(asked), "two": number(2)}, function)


def max_pooling():
    low, window = float("-inf"), {"kernel_shape": [3, 3], "strides": [2, 2]}
    single("MaxPool", "MaxPool", {}, lambda x: F.max_pool2d(x, 3, 2), **window)
    single("MaxPool with ceil_mode", "MaxPool", {}, lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True), ceil_mode=1,
           **window)
    single("MaxPool dilated", "MaxPool", {}, lambda x: F.max_pool2d(x, 3, 1, dilation=2), kernel_shape=[3, 3],
           dilations=[2, 2])
    single("MaxPool with pads", "MaxPool", {}, lambda x: F.max_pool2d(x, 3, 2, 1), pads=[1, 1, 1, 1], **window)
    single("MaxPool with uneven pads", "MaxPool", {}, lambda x: F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=low), 3, 2),
           pads=[0, 0, 1, 1], **window)
    single("MaxPool SAME_UPPER", "MaxPool", {}, lambda x: F.max_pool2d(F.pad(x, (0, 0, 0, 1), value=low), 2, 2),
           kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")
    single("MaxPool 1-d", "MaxPool", {}, lambda x: F.max_pool1d(x, 3, 2), LINE, kernel_shape=[3], strides=[2])
    single("GlobalMaxPool", "GlobalMaxPool", {}, lambda x: x.amax((2, 3), keepdim=True))
    exported("AdaptiveMaxPool2d", IMAGE, nn.AdaptiveMaxPool2d(1))
    exported("MaxPool2d with ceil_mode", IMAGE, nn.MaxPool2d(3, 2, 1, ceil_mode=True), (10, 13))


def average_pooling():
    window = {"kernel_shape": [3, 3], "strides": [2, 2]}
    single("AveragePool", "AveragePool", {}, lambda x: F.avg_pool2d(x, 3, 2), **window)
    for include in (0, 1):
        single(f"AveragePool count_include_pad={include}", "AveragePool", {},
               lambda x, i=include: F.avg_pool2d(x, 3, 2, 1, count_include_pad=bool(i)), pads=[1, 1, 1, 1],
               count_include_pad=include, **window)
    single("AveragePool with ceil_mode", "AveragePool", {}, lambda x: F.avg_pool2d(x, 3, 2, ceil_mode=True),
           ceil_mode=1, **window)

    def uneven(x):
        inside = F.pad(torch.ones_like(x), (1, 0, 0, 1))
        return F.avg_pool2d(F.pad(x, (1, 0, 0, 1)), 2, 2) / F.avg_pool2d(inside, 2, 2)

    single("AveragePool with uneven pads", "AveragePool", {}, uneven, kernel_shape=[2, 2], strides=[2, 2],
           pads=[0, 1, 1, 0])

    def same(x):
        inside = F.pad(torch.ones_like(x), (0, 0, 0, 1))
        return F.avg_pool2d(F.pad(x, (0, 0, 0, 1)), 2, 2) / F.avg_pool2d(inside, 2, 2)

    single("AveragePool SAME_UPPER", "AveragePool", {}, same, kernel_shape=[2, 2], strides=[2, 2],
           auto_pad="SAME_UPPER")
    single("AveragePool 1-d", "AveragePool", {}, lambda x: F.avg_pool1d(x, 3, 2), LINE, kernel_shape=[3], strides=[2])
    single("GlobalAveragePool", "GlobalAveragePool", {}, lambda x: x.mean((2, 3), keepdim=True))
    single("GlobalAveragePool 1-d", "GlobalAveragePool", {}, lambda x: x.mean(2, keepdim=True), LINE)
    single("ReduceMean", "ReduceMean", {}, lambda x: x.mean((2, 3)), axes=[2, 3], keepdims=0)
    single("ReduceMean with negative axes", "ReduceMean", {}, lambda x: x.mean((2, 3)), axes=[-1, -2])
    single("ReduceMean over channels", "ReduceMean", {}, lambda x: x.mean(1), axes=[1])
    exported("AdaptiveAvgPool2d", IMAGE, nn.AdaptiveAvgPool2d(1))
    exported("AdaptiveAvgPool2d to 3x2", IMAGE, nn.AdaptiveAvgPool2d((3, 2)), dynamic=False)
    exported("AvgPool2d with ceil_mode", IMAGE, nn.AvgPool2d(3, 2, 1, ceil_mode=True), (10, 13))


def arithmetic():
    constants = {"an image": normal(*IMAGE[1:]), "a value a channel": normal(1, 4, 1, 1), "a number": number(1.7)}
    channel = constants["a value a channel"]
    for name, function in {"Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Div": torch.div}.items():
        for kind, value in constants.items():
            single(f"{name} {kind}", name, {"c": value}, lambda x, f=function, v=value: f(x, wide(v)))
        positive = ("Sigmoid", "x", "a", {})
        graph(f"{name} of a constant first", IMAGE, [positive, (name, "c,a", "y", {})], {"c": channel},
              lambda x, f=function: f(wide(channel), x.sigmoid()))
        graph(f"{name} of signals", IMAGE, [positive, (name, "x,a", "y", {})], {},
              lambda x, f=function: f(x, x.sigmoid()))
        gate = [("GlobalAveragePool", "x", "m", {}), ("Sigmoid", "m", "g", {}), (name, "x,g", "y", {})]
        graph(f"{name} of a gate", IMAGE, gate, {}, lambda x, f=function: f(x, x.mean((2, 3), keepdim=True).sigmoid()))
    single("Add of one signal twice", "Add", {}, lambda x: 2 * x, inputs="x,x")
    single("Mul of one signal twice", "Mul", {}, lambda x: x * x, inputs="x,x")
    single("Pow by 2", "Pow", {"e": number(2)}, lambda x: x**2)
    graph("Sqrt", IMAGE, [("Sigmoid", "x", "a", {}), ("Sqrt", "a", "y", {})], {}, lambda x: x.sigmoid().sqrt())
    folded = [("Identity", "c", "i", {}), ("Sqrt", "i", "s", {}), ("Reciprocal", "s", "r", {}), ("Mul", "x,r", "y", {})]
    graph("constants are folded", IMAGE, folded, {"c": np.abs(channel)}, lambda x: x / wide(np.abs(channel)).sqrt())


def splits():
    def gated(x):
        a, b = x.split((1, 3), 1)
        return b * a.mean((2, 3), keepdim=True)

    rest = [("GlobalAveragePool", "a", "m", {}), ("Mul", "b,m", "y", {})]
    for opset in (9, 11):
        graph(f"Split (opset {opset})", IMAGE, [("Split", "x", "a,b", {"axis": 1, "split": [1, 3]}), *rest], {}, gated,
              opset)
    graph("Split", IMAGE, [("Split", "x,sizes", "a,b", {"axis": 1}), *rest], {"sizes": whole(1, 3)}, gated)
    graph("Split into equal parts", IMAGE, [("Split", "x", "a,b", {"axis": 1}), ("Sub", "b,a", "y", {})], {},
          lambda x: x[:, 2:] - x[:, :2])
    graph("Split with an unused part", IMAGE, [("Split", "x", "a,y", {"axis": -1})], {}, lambda x: x[..., 4:], 11)


def parts():
    tanh = ("Tanh", "x", "a", {})
    graph("Concat", IMAGE, [tanh, ("Concat", "x,a", "y", {"axis": 1})], {}, lambda x: torch.cat([x, x.tanh()], 1))
    graph("Concat of columns", IMAGE, [tanh, ("Concat", "x,a,x", "y", {"axis": -1})], {},
          lambda x: torch.cat([x, x.tanh(), x], 3))
    single("Slice (opset 9)", "Slice", {}, lambda x: x[:, 1:3, :, 2:], opset=9, starts=[1, 2], ends=[3, 1000],
           axes=[1, 3])
    single("Slice", "Slice", {"s": whole(1, -4), "e": whole(3, -1), "a": whole(1, 3)}, lambda x: x[:, 1:3, :, -4:-1])
    single("Slice with steps", "Slice", {"s": whole(0), "e": whole(2**62), "a": whole(-1), "t": whole(2)},
           lambda x: x[..., ::2])
    single("Gather one", "Gather", {"i": np.array(2)}, lambda x: x[:, 2], axis=1)
    single("Gather the last", "Gather", {"i": np.array(-1)}, lambda x: x[..., -1], axis=-1)
    single("Gather a range", "Gather", {"i": whole(1, 2, 3)}, lambda x: x[:, 1:4], axis=1)
    extra, plane = normal(1, 3, 9, 8), normal(1, 1, 9, 8)
    graph("Concat with a constant", IMAGE, [("Concat", "x,c", "y", {"axis": 1})], {"c": extra},
          lambda x: torch.cat([x, wide(extra).expand(2, -1, -1, -1)], 1))
    graph("Concat with constants around two signals", IMAGE,
          [tanh, ("Concat", "p,x,c,a", "y", {"axis": 1})], {"p": plane, "c": np.repeat(extra, 2, 0)},
          lambda x: torch.cat([wide(plane).expand(2, -1, -1, -1), x, wide(extra).expand(2, -1, -1, -1), x.tanh()], 1))
    graph("Sum with constants", IMAGE, [tanh, ("Sum", "p,x,h,a", "y", {})], {"p": plane, "h": number(0.5)},
          lambda x: x + x.tanh() + wide(plane) + 0.5)
    graph("Sum of a signal and a constant", IMAGE, [("Sum", "p,x", "y", {})], {"p": plane}, lambda x: x + wide(plane))
    graph("a Gather that feeds a Concat", IMAGE,
          [("Gather", "x,i", "a", {"axis": 1}), ("Unsqueeze", "a,one", "b", {}), ("Concat", "x,b", "y", {"axis": 1})],
          {"i": np.array(0), "one": whole(1)}, lambda x: torch.cat([x, x[:, :1]], 1))
    sizes = (0, 0, 1, 2, 0, 0, 1, 0)
    single("Pad (opset 9)", "Pad", {}, lambda x: F.pad(x, (1, 2, 0, 1), value=0.5), opset=9,
           pads=[0, 0, 0, 1, 0, 0, 1, 2], value=0.5)
    single("Pad", "Pad", {"p": whole(*sizes)}, lambda x: F.pad(x, (2, 0, 1, 1)))
    single("Pad with a value", "Pad", {"p": whole(0, 1, 0, 1, 0, 0, 1, 1), "v": number(-2)},
           lambda x: F.pad(x, (1, 1, 0, 1, 1, 0), value=-2))
    single("Pad that crops", "Pad", {"p": whole(0, 0, -1, 0, 0, 0, 0, -2)}, lambda x: x[:, :, 1:, :-2])
    for mode, torch_mode in {"reflect": "reflect", "edge": "replicate"}.items():
        single(f"Pad {mode}", "Pad", {"p": whole(*sizes)}, lambda x, m=torch_mode: F.pad(x, (2, 0, 1, 1), mode=m),
               mode=mode)


def reshapes():
    single("Flatten with a negative axis", "Flatten", {}, lambda x: x, axis=-3)
    for target in ([0, -1], [-1, 288], [0, 2, 2, 72], [0, 0, -1]):
        single(f"Reshape to {target}", "Reshape", {"t": whole(*target)}, lambda x: x)
    by_shape = [("Shape", "x", "s", {}), ("Gather", "s,zero", "n", {"axis": 0}), ("Unsqueeze", "n", "u", {"axes": [0]}),
                ("Concat", "u,rest", "t", {"axis": 0}), ("Reshape", "x,t", "y", {})]
    graph("Reshape by shape arithmetic", IMAGE, by_shape, {"zero": np.array(0), "rest": whole(-1)}, lambda x: x, 11)
    for batch in (1, 2):
        graph(f"Reshape with a fixed batch of {batch}", IMAGE, [("Reshape", "x,t", "y", {})], {"t": whole(batch, -1)},
              lambda x: x, batch=batch)
    thin = (2, 4, 1, 1)
    for target in ([1, -1], [1, 288], [1, 2, 2, 72]):
        single(f"Reshape of one image to {target}, the batch open", "Reshape", {"t": whole(*target)}, lambda x: x)
    single("Squeeze (opset 9)", "Squeeze", {}, lambda x: x, thin, opset=9, axes=[2, 3])
    single("Squeeze", "Squeeze", {"a": whole(-1, -2)}, lambda x: x, thin)
    single("Squeeze without axes", "Squeeze", {}, lambda x: x, thin)
    single("Unsqueeze (opset 9)", "Unsqueeze", {}, lambda x: x, ROWS, opset=9, axes=[2, 3])
    single("Unsqueeze", "Unsqueeze", {"a": whole(-1, 1)}, lambda x: x, ROWS)
    single("Transpose", "Transpose", {}, lambda x: x.permute(0, 2, 3, 1), perm=[0, 2, 3, 1])
    dropped = [("Dropout", "x", "a", {"ratio": 0.5}), ("Identity", "a", "b", {}), ("Cast", "b", "c", {"to": 1}),
               ("Tanh", "c", "y", {})]
    graph("Dropout, Identity and Cast (opset 9)", IMAGE, dropped, {}, torch.tanh, 9)
    graph("Dropout", IMAGE, [("Dropout", "x,r", "a", {}), ("Tanh", "a", "y", {})], {"r": number(0.5)}, torch.tanh)


def resizing():
    def nearest(x):
        return F.interpolate(x, scale_factor=2, mode="nearest")

    scales, none = np.array([1, 1, 2, 2], dtype=np.float32), np.array([], dtype=np.float32)
    single("Upsample (opset 9)", "Upsample", {"s": scales}, nearest, opset=9, mode="nearest")
    single("Resize (opset 10)", "Resize", {"s": scales}, nearest, opset=10, mode="nearest")
    single("Resize nearest", "Resize", {"r": none, "s": scales}, nearest, mode="nearest", nearest_mode="floor",
           coordinate_transformation_mode="asymmetric")
    for mode in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        single(f"Resize linear, {mode}", "Resize", {"r": none, "s": none, "z": whole(2, 4, 13, 11)},
               lambda x, a=mode == "align_corners": F.interpolate(x, size=(13, 11), mode="bilinear", align_corners=a),
               mode="linear", coordinate_transformation_mode=mode)
        CASES[f"Resize linear, {mode}"][1].graph.input[0].type.tensor_type.shape.dim[0].dim_value = 2
    single("Resize of one image, the batch open", "Resize", {"r": none, "s": none, "z": whole(1, 4, 18, 16)}, nearest,
           mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric")
    exported("Upsample nearest", IMAGE, nn.Upsample(scale_factor=2))
    for aligned in (False, True):
        exported(f"Upsample bilinear, align_corners={aligned}", IMAGE,
                 nn.Upsample(scale_factor=2, mode="bilinear", align_corners=aligned), (11, 13, 16))
    exported("Upsample to a size", IMAGE, nn.Upsample(size=(13, 11), mode="bilinear"), (11, 13, 16))


class SharedWeights(nn.Module):
    """torch 1.13 exports an Identity for weights that are used twice."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(4, 4, 3, padding=1)
        self.second = nn.Conv2d(4, 4, 3, padding=1)
        self.second.weight, self.second.bias = self.first.weight, self.first.bias

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))


class ChannelShuffle(nn.Module):
    def forward(self, x):
        n, c, h, w = x.size()
        return x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, -1, h, w)


class ResizedToShape(nn.Module):
    def forward(self, x):
        return F.interpolate(F.avg_pool2d(x, 2), size=x.shape[2:], mode="nearest")


class SqueezeAndExcite(nn.Module):
    """Gates as large as what they open, as squeeze-excitation is often written."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(4, 4)

    def forward(self, x):
        gate = torch.sigmoid(self.dense(F.adaptive_avg_pool2d(x, 1).view(x.size(0), 4)))
        return x * gate.view(x.size(0), 4, 1, 1).expand_as(x)


def patterns():
    exported("shared weights", IMAGE, SharedWeights(), (9, 13))
    for dynamic in (False, True):
        shape = (2 if dynamic else 1, 4, 6, 8)
        exported(f"channel shuffle, dynamic={dynamic}", shape, ChannelShuffle(), (9, 13, 16), dynamic)
        exported(f"resize to a shape, dynamic={dynamic}", shape, ResizedToShape(), (11, 13), dynamic)
        exported(f"gate expanded, dynamic={dynamic}", (2, 4, 6, 8), SqueezeAndExcite(), (9, 13, 16), dynamic)


for table in (convolutions, transposed_convolutions, weights_in_every_form, dense, normalisations, activations, softmax,
              branches, max_pooling, average_pooling, arithmetic, splits, parts, reshapes, resizing, patterns):
    table()
