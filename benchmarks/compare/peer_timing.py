#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times one peer, with the protocol of method_timing.cpp.

    peer_timing.py FUNCTION FOLDER --network all-cnn [--classes 10] [--threads 1] [--device cpu] [--path CHECKOUT]
                   [--channels-last] [--together] [--save MAP.npy]

FUNCTION is one of peers.py, FOLDER what networks.py wrote. Prints `ready` after a first run, then reads numbers of
repeats, one a line, and prints the milliseconds of each repeat. `--save` keeps the first map, for agree.py.
"""
import argparse
import sys
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("function")
    parser.add_argument("folder")
    parser.add_argument("--network", required=True)
    parser.add_argument("--classes", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--path", action="append", default=[])
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--together", action="store_true")
    parser.add_argument("--save")
    arguments = parser.parse_args()
    sys.path[:0] = arguments.path

    import numpy
    import torch

    import networks
    import peers

    torch.set_num_threads(arguments.threads)
    network, inputs = networks.load(arguments.network, 10, arguments.folder)
    layout = torch.channels_last if arguments.channels_last else torch.contiguous_format
    network = network.to(arguments.device, memory_format=layout)
    inputs = inputs.to(arguments.device).contiguous(memory_format=layout)
    do = getattr(peers, arguments.function)(network, inputs, arguments.classes, arguments.together)

    def once():
        result = do()
        if arguments.device != "cpu":
            torch.cuda.synchronize()
        return result

    first = once()
    print("ready", flush=True)
    if arguments.save:
        first = first[0] if isinstance(first, list) else first
        numpy.save(arguments.save, torch.as_tensor(first).detach().cpu().numpy())
    del first
    for line in sys.stdin:
        for _ in range(int(line)):
            start = time.perf_counter()
            once()
            print((time.perf_counter() - start) * 1000, flush=True)


if __name__ == "__main__":
    main()
