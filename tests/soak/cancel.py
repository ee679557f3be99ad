# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Callers who leave while their request is computed: it stops costing, and holds nothing any more.

The request has 192 MiB and takes one thread some thirty milliseconds. It is withdrawn at a random
moment. What the whole server computes after that is what the cancellation costs: above all, to give
the memory back. Server and client share a core."""

import contextlib
import os
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

ELEMENTS = 24 << 20
CALL = h2.headers(1, h2.call_fields("/detloss.v1.LossService/ComputeLoss"))
WORK_SECONDS = 0.04  # the request is read and computed by then
COST_MAX = 0.002  # seconds of processor time


def processor_seconds(pid):
    """Of all threads, to the nanosecond. The kernel counts those that run at their next tick only:
    nobody else runs on a core on which this does."""
    return time.clock_gettime((~pid << 3) | 2)  # the clock that clock_getcpuclockid() gives


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


@contextlib.contextmanager
def pinned_to(core):
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    yield
    os.sched_setaffinity(0, cores)


def run(soak):
    rounds = soak.options.rounds or (3 if soak.quick else 60)
    core = min(os.sched_getaffinity(0))
    server = soak.server("--compute_threads=1",
                         before=["taskset", "--cpu-list", str(core)]).start()
    request = h2.prefixed(focal(ELEMENTS))
    with pinned_to(core):
        costs = sorted(cost_of_leaving(server, request) for _ in range(rounds))
    time.sleep(1)
    return describe(soak, server, costs)


def describe(soak, server, costs):
    outcome = Outcome()
    metrics = server.last_metrics()
    codes = metrics["detloss_requests_total"].get("ComputeLoss", {})
    if not soak.quick:
        outcome.at_most("most processor time after a cancel, s", costs[-1],
                        COST_MAX)
        outcome.at_least("requests that were cancelled", codes.get("CANCELLED", 0),
                         len(costs) // 2)
    outcome.equal("exit status", server.stop(), 0)
    check_nothing_held(outcome, server)
    outcome.figures |= {"median, s": statistics.median(costs), "most, s": costs[-1],
                        "codes": codes}
    outcome.details["costs"] = costs
    return outcome
