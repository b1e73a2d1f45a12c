#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seed corpora corpus/image and corpus/npy, which are the golden files of tests/data too, and
corpus/dataset.

Needs python3-numpy and python3-pil. PIL and numpy say what is in them: tests/data/golden/<file>.npy holds the pixels
[C,H,W] that a reader should find.
"""
import gzip
import io
import json
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image

here = pathlib.Path(__file__).parent
images, arrays, golden = here / "corpus/image", here / "corpus/npy", here.parent / "data/golden"
datasets = here / "corpus/dataset"
random = np.random.default_rng(7)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(pixels, interlaced):
    """8- or 16-bit RGB, written without a library: PIL does neither Adam7 nor 16-bit colour."""
    height, width, _ = pixels.shape
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b""
    for x, y, dx, dy in passes if interlaced else [(0, 0, 1, 1)]:
        part = pixels[y::dy, x::dx]
        if part.shape[1]:
            rows += b"".join(b"\0" + row.astype(row.dtype.newbyteorder(">")).tobytes() for row in part)
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.itemsize, 2, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def keep(name, data, pixels):
    (images / name).write_bytes(data)
    pixels = np.asarray(pixels, np.uint8)
    np.save(golden / f"{name}.npy", np.moveaxis(pixels, 2, 0).copy() if pixels.ndim == 3 else pixels[None])


def saved(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def over_white(values, alpha):
    values, alpha = values.astype(int), alpha.astype(int)
    return (values * alpha + 255 * (255 - alpha) + 127) // 255


def write_pngs():
    rgb = random.integers(0, 256, (7, 11, 3), np.uint8)
    grey, alpha = rgb[:, :, 0].copy(), rgb[:, :, 1].copy()
    deep = random.integers(0, 65536, (7, 11, 3), np.uint16)
    keep("rgb.png", saved(Image.fromarray(rgb), "PNG"), rgb)
    keep("grey.png", saved(Image.fromarray(grey), "PNG"), grey)
    keep("bits.png", saved(Image.fromarray(grey > 127), "PNG"), (grey > 127) * 255)
    keep("grey16.png", saved(Image.fromarray(deep[:, :, 0]), "PNG"), np.rint(deep[:, :, 0] / 257))
    keep("rgb16.png", png(deep, False), np.rint(deep / 257))
    keep("interlaced.png", png(rgb, True), rgb)
    keep("interlaced16.png", png(deep, True), np.rint(deep / 257))
    rgba = np.dstack([rgb, alpha])
    keep("rgba.png", saved(Image.fromarray(rgba), "PNG"), over_white(rgb, alpha[:, :, None]))
    keep("grey-alpha.png", saved(Image.fromarray(np.dstack([grey, alpha]), "LA"), "PNG"), over_white(grey, alpha))
    palette = Image.fromarray(rgb).quantize(5)
    colours = np.asarray(palette.convert("RGB"))
    keep("palette.png", saved(palette, "PNG"), colours)
    clear = np.where((np.asarray(palette) == 2)[:, :, None], 255, colours)
    keep("palette-clear.png", saved(palette, "PNG", transparency=2), clear)


def write_jpegs():
    y, x = np.mgrid[0:21, 0:18]
    rgb = np.dstack([x * 13, y * 11, 255 - x * 6 - y * 5]).astype(np.uint8)
    image = Image.fromarray(rgb)
    for name, picture, options in [("rgb.jpg", image, {}), ("grey.jpg", image.convert("L"), {}),
                                   ("progressive.jpg", image, {"progressive": True}),
                                   ("fine.jpg", image, {"subsampling": 0, "quality": 100})]:
        data = saved(picture, "JPEG", **options)
        keep(name, data, Image.open(io.BytesIO(data)))
    data = saved(image.convert("CMYK"), "JPEG")
    ink = np.asarray(Image.open(io.BytesIO(data))).astype(float)  # PIL undoes Adobe's inversion
    keep("cmyk.jpg", data, np.rint((255 - ink[:, :, :3]) * (255 - ink[:, :, 3:]) / 255))


def write_arrays():
    values = np.arange(24).reshape(2, 3, 4) - 5
    for code in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "b1"]:
        array = (values + 5 if code == "u1" else values > 3 if code == "b1" else values).astype(code)
        np.save(arrays / f"{code}.npy", array)
    for code in ["f2", "f4", "f8", "i2", "i4", "i8"]:
        np.save(arrays / f"{code}-big.npy", values.astype(">" + code))
    np.save(arrays / "fortran.npy", np.asfortranarray(values.astype("f4")))
    np.save(arrays / "scalar.npy", np.float32(7))
    np.save(arrays / "vector.npy", np.arange(5, dtype="f4"))
    np.save(arrays / "none.npy", np.zeros((0, 3), "f4"))
    for version in [(2, 0), (3, 0)]:
        with open(arrays / f"version{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, values.astype("f4"), version)


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def checkpoint(tensors):
    pieces = [npy(tensor) for tensor in tensors]
    about = {"settings": {"batch": "4"}, "step": 3, "loss_sum": 1.5, "right": 2, "seen": 12, "best_loss": None,
             "best_epoch": -1, "seconds": 0.5, "curve": [[0.5, 3, 0.001, 1.5, 0.25, None, None, 0.5]],
             "parameters": [len(piece) for piece in pieces], "optimizer": [], "best": []}
    return b"limpid checkpoint 1\n" + json.dumps(about).encode() + b"\n" + b"".join(pieces)


def write_datasets():
    """The first byte is the kind, as dataset_fuzz.cpp reads it."""
    pictures = random.integers(0, 256, (4, 3, 3), np.uint8)
    idx = struct.pack(">BBBBIII", 0, 0, 8, 3, *pictures.shape) + pictures.tobytes()
    labels = struct.pack(">BBBBI", 0, 0, 8, 1, 4) + bytes([0, 1, 1, 0])
    for name, first in [("idx", idx), ("idx-packed", gzip.compress(idx, mtime=0))]:
        share = next(share for share in range(256) if (len(first) + len(labels)) * share // 256 == len(first))
        (datasets / name).write_bytes(b"i" + bytes([share]) + first + labels)
    nothing = struct.pack(">BBBBIII", 0, 0, 8, 3, 0, 2**32 - 1, 2**32 - 1)
    (datasets / "idx-nothing").write_bytes(b"i\xff" + nothing + b"\0")
    (datasets / "cifar").write_bytes(b"c\3" + bytes(range(256)) * 12)
    (datasets / "manifest").write_bytes(b'mpath,label,fold,group\n"a, b.png",cat,0,one\nc.png,"d""og",1,two\n')
    (datasets / "checkpoint").write_bytes(b"k" + checkpoint([np.ones((2, 3), "f4"), np.zeros(3, "f4")]))
    (datasets / "table").write_bytes(b't{"columns": ["a", "b"], "rows": [{"a": 1, "b": "x"}, {"a": null, "b": 0.5}]}')


for folder in [images, arrays, golden, datasets]:
    folder.mkdir(parents=True, exist_ok=True)
write_pngs()
write_jpegs()
write_arrays()
write_datasets()
