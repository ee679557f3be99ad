# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Callers who leave while their request is computed: it stops costing, and holds nothing any more.

The request has 64 MiB and takes one thread some ten milliseconds. It is withdrawn at a random
moment. What the whole server computes after that is what the cancellation costs: above all, to give
the memory back."""

import pathlib
import random
import statistics
import sys
import time

from outcome import Outcome
from soak import check_nothing_held

sys.path.append(str(pathlib.Path(__file__).parent.parent / "abuse"))

import h2  # noqa: E402
from connection import Connection  # noqa: E402
from wire import focal  # noqa: E402

ELEMENTS = 8 << 20
CALL = h2.headers(1, h2.call_fields("/detloss.v1.LossService/ComputeLoss"))
WORK_SECONDS = 0.015  # the request is read and computed by then
COST_MAX = 0.002  # seconds of processor time


def processor_seconds(pid):
    """Of all threads, to the nanosecond, those that run included: /proc is less exact."""
    clock_of_process = (~pid << 3) | 2  # CPUCLOCK_SCHED, as clock_getcpuclockid() makes it
    return time.clock_gettime(clock_of_process)


def cost_of_leaving(server, request):
    """What is computed after a call was withdrawn."""
    with Connection(server.address) as connection:
        connection.greet()
        connection.send(CALL)
        connection.pour(1, request, len(request), end=True)
        time.sleep(random.uniform(0, WORK_SECONDS))
        before = processor_seconds(server.pid)
        connection.send(h2.reset(1))
        time.sleep(0.1)
        return processor_seconds(server.pid) - before


def run(soak):
    rounds = soak.options.rounds or (3 if soak.quick else 60)
    server = soak.server("--compute_threads=1").start()
    request = h2.prefixed(focal(ELEMENTS))
    costs = sorted(cost_of_leaving(server, request) for _ in range(rounds))
    time.sleep(1)
    return describe(soak, server, costs)


def describe(soak, server, costs):
    outcome = Outcome()
    metrics = server.last_metrics()
    codes = metrics["detloss_requests_total"].get("ComputeLoss", {})
    if not soak.quick:
        outcome.at_most("processor time after a cancel, p90, s", costs[len(costs) * 9 // 10],
                        COST_MAX)
        outcome.at_least("requests that were cancelled", codes.get("CANCELLED", 0),
                         len(costs) // 2)
    outcome.equal("exit status", server.stop(), 0)
    check_nothing_held(outcome, server)
    outcome.figures |= {"median, s": statistics.median(costs), "most, s": costs[-1],
                        "codes": codes}
    outcome.details["costs"] = costs
    return outcome
