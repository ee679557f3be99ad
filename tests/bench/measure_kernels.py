# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Every loss through the core's interface: each type, each kind of target, with options."""

from programs import CORES
from rounds import column, interleave, ratio, summary

MEBI = 1 << 20
FAMILIES = ({"loss": "sigmoid_focal"}, {"loss": "cross_entropy", "target": "INT64"},
            {"loss": "smooth_l1"}, {"loss": "ciou"})
OPTIONS = {"value and gradient": {}, "value only": {"gradient": False},
           "statistics": {"statistics": True}, "weights": {"weighted": True},
           "a pool of one thread": {"threads": 1}}


def measure(programs, pace, case):
    """A row: what the case costs, beside copies of memory."""
    samples = interleave(
        {"all": lambda: programs.kernel().ask(seconds=pace.kernel_seconds, **case)},
        pace.rounds)["all"]
    seconds, items = column(samples, "seconds"), samples[0]["items"]
    cost = summary([1e9 * s / items for s in seconds])
    return {**case, "items": items, "ns": cost,
            "gbps": samples[0]["bytes"] / (items * cost["median"]),
            "copy_ratio": ratio(seconds, column(samples, "copy_seconds")),
            "traffic_ratio": ratio(seconds, column(samples, "traffic_copy_seconds"))}


def cases(programs, pace):
    for listed in programs.kernel().ask(list=True):
        indices = listed.pop("indices")
        if pace.quick and listed["type"] not in ("FLOAT32", "BFLOAT16"):
            continue
        for elements in (MEBI,) if pace.quick else (1 << 16, MEBI):
            for threads in (0, CORES):
                yield indices, {**listed, "elements": elements, "threads": threads}


def options():
    for family in FAMILIES:
        for name, option in OPTIONS.items():
            yield name, {"elements": MEBI, "threads": 0, **family, **option}
    yield "targets between 0 and 1", {"loss": "sigmoid_focal", "elements": MEBI, "threads": 0,
                                      "soft": True}


def run(programs, pace):
    return {
        "cases": [{**measure(programs, pace, case), "indices": indices}
                  for indices, case in cases(programs, pace)],
        "options": [{**measure(programs, pace, case), "option": name} for name, case in options()]}
