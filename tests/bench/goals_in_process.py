# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Goals of the core: against torch, against copies of memory, and at any size."""

import statistics

import calls
import machine
import measure_peers
from goal_parts import plain_part, seconds_ratio
from programs import CORES
from rounds import column, fastest, interleave, ratio
from tables import number


def against_torch(programs, pace, case):
    """Torch's time over ours, one thread each, in its best setting."""
    kernel = measure_peers.kernel(programs, pace, 1, case)
    settings = {name: measure_peers.torch(programs, pace, tuned, 1, case)
                for name, tuned in measure_peers.SETTINGS.items()}
    samples = interleave({"ours": kernel, **settings}, pace.rounds)
    best = fastest(samples, settings)
    return seconds_ratio(column(samples[best], "seconds"), column(samples["ours"], "seconds"))


def against_copy(programs, pace, case):
    """Our time on all threads over that of copying as many bytes as are read and written."""
    samples = interleave({"ours": measure_peers.kernel(programs, pace, CORES, case)}, pace.rounds)
    seconds = column(samples["ours"], "seconds")
    strict = ratio(seconds, column(samples["ours"], "traffic_copy_seconds"))
    return {**seconds_ratio(seconds, column(samples["ours"], "copy_seconds")),
            "remark": f"{number(strict['value'])} of a copy that moves as many"}


# The sizes of which the cost of an element is compared.
DECADES = [10**n for n in range(4, 9)]


def fits(elements):
    """Whether the tensors and the copies are in memory together."""
    return 48 * elements < machine.available_bytes()


def rise(costs, copies):
    """The largest cost over the smallest; that which copies cost more there too does not count."""
    cheapest, cheapest_copy = min(costs), min(copies)
    return max(cost - (copy - cheapest_copy) for cost, copy in zip(costs, copies)) / cheapest


def flatness(programs, pace):
    sizes = [size for size in (DECADES[:-1] if pace.quick else DECADES) if fits(size)]
    samples = interleave(
        {size: lambda size=size: programs.kernel(size).ask(
            threads=0, seconds=pace.kernel_seconds, **calls.focal(size)) for size in sizes},
        pace.rounds)
    costs = {size: [1e9 * s / size for s in column(samples[size], "seconds")] for size in sizes}
    copies = {size: [1e9 * s / size for s in column(samples[size], "traffic_copy_seconds")]
              for size in sizes}
    rises = [max(1, rise(*of_round)) for of_round in zip(
        zip(*costs.values()), zip(*copies.values()))]
    cost_text = ", ".join(number(statistics.median(costs[size])) for size in sizes)
    return [{**plain_part(rises, f"ns an element of 10^4 to 10^{len(sizes) + 3}: {cost_text}"),
             "incomplete": sizes != DECADES}]
