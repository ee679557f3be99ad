# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Times losses of detloss.torch, forward and backward, as torch_bench.py times those of torch: the
same functions, of which only the module is another.

For each line {"loss", "elements", "address", "transport", "threads", "seconds"} on its input, writes
a line {"seconds"}. With the argument `tuned`, memory is kept as detloss.tune_allocator does.
"""

import functools
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "peers"))

import detloss
import detloss.torch
import torch

from torch_bench import median_seconds
from torch_losses import compute, losses_of, make_tensors

LOSSES = losses_of(detloss.torch, detloss.torch)


@functools.lru_cache(maxsize=None)
def client(address, transport):
    return detloss.connect(address, transport=transport)


@functools.lru_cache(maxsize=1)
def tensors(loss, elements):
    return make_tensors(loss, elements)


def answer(loss, elements, address, transport, threads, seconds):
    torch.set_num_threads(threads)
    detloss.torch.set_default_client(client(address, transport))
    prepared = tensors(loss, elements)
    compute(loss, *prepared, LOSSES)  # to warm up
    return {"seconds": median_seconds(seconds, lambda: compute(loss, *prepared, LOSSES))}


def main():
    if sys.argv[1:] == ["tuned"]:
        detloss.tune_allocator()
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), flush=True)


main()
