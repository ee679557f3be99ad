# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Times losses of torch and torchvision in this process, forward and backward, eagerly.

For each line {"loss", "elements", "threads", "seconds"} on its input, writes a line {"seconds"}:
the median of as many runs as fit.
"""

import json
import statistics
import sys
import time

import torch

from torch_losses import compute, make_tensors


def median_seconds(seconds, run):
    times = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


class TorchBench:
    """Keeps what was prepared for the case that was asked for last."""

    def __init__(self):
        self._prepared, self._tensors = None, None

    def answer(self, loss, elements, threads, seconds):
        torch.set_num_threads(threads)
        if self._prepared != (loss, elements):
            self._tensors = None  # before there are others
            self._tensors = make_tensors(loss, elements)
            self._prepared = loss, elements
            compute(loss, *self._tensors)
        return {"seconds": median_seconds(seconds, lambda: compute(loss, *self._tensors))}


def main():
    bench = TorchBench()
    for line in sys.stdin:
        print(json.dumps(bench.answer(**json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
