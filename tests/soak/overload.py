# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""More than a server can do: it goes on doing what it can, and refuses the rest at once.

Server and generator have cores of their own. The request costs the server much and the generator
little: a byte is cheap to send, but each of many small terms has to be looked at, planned and
answered. It goes to the threads that compute, so that those that read can refuse, and takes 10 ms:
to refuse takes a hundredth of that."""

import os
import time

from held import MEBI, Peak, processor_seconds, rss
from outcome import Outcome
from soak import check_nothing_held

CASE = {"loss": "sigmoid_focal", "type": "FLOAT16", "target": "INT32", "elements": 16,
        "terms": 5000, "gradient": False, "statistics": True}
STEPS = (0.5, 0.7, 0.9, 1.0, 1.2, 1.5, 2.0)
SATURATED = 0.95  # of what is offered, less is answered
OVERLOAD = 4
OUTSTANDING_MAX = 1000

GOODPUT_MIN = 0.95  # under overload, of the peak
SLOWER_MAX = 3  # p99 of what is accepted, times that without load
# A queue of two requests at most: with it what is accepted takes up to three times as long as alone.
FLAGS = ("--compute_threads=1", "--queue_time_max=16ms", "--terms_max=5000", "--inline_bytes_max=65536",
         "--in_flight_bytes_max=67108864",
         "--request_bytes_max=8388608", "--connections_max=64")
MEMORY_MAX_MB = 80 + 2.25 * 64 + 2 * 8 + 64  # docs/operations.md, Memory
REFUSAL_MAX = 0.002  # seconds until a refusal is there, at the median


def pinned(core):
    return ["taskset", "--cpu-list", core]


def ask(client, server, rate, seconds, **more):
    return client.ask(address=server.address, rate=rate, seconds=seconds, connections=4,
                      outstanding_max=OUTSTANDING_MAX, announce=True, **CASE, **more)


def capacity_guess(soak, cores, server, seconds):
    closed = soak.program("load_client", pinned(cores[0]))
    return closed.ask(address=server.address, method="/detloss.v1.LossService/ComputeLoss",
                      outstanding=1, seconds=seconds, **CASE)["rate"]


def find_peak(client, server, guess, seconds):
    """The most OK answers in a second of any step, and what the steps measured. Begins anew with a
    higher guess when the server could do all that was offered."""
    for _ in range(4):
        steps = [ask(client, server, guess * step, seconds) for step in STEPS]
        peak = max(step["goodput"] for step in steps)
        if steps[-1]["goodput"] < SATURATED * steps[-1]["offered"]:
            break
        guess *= 1.5
    return peak, steps


def overload(client, server, rate, seconds):
    with Peak(server.pid) as peak:
        begin, before = time.monotonic(), processor_seconds(client.pid)
        measured = ask(client, server, rate, seconds)
        busy = (processor_seconds(client.pid) - before) / (time.monotonic() - begin)
    return {**measured, "rss_mb": peak.mb, "generator_busy": busy}


def run(soak):
    total = soak.options.seconds or (8 if soak.quick else 60)
    cores = sorted(os.sched_getaffinity(0))
    server = soak.server(*FLAGS, before=pinned(cores[-1])).start()
    client = soak.program("open_load_client", pinned(cores[0]))
    guess = capacity_guess(soak, cores, server, total / 20)
    peak, steps = find_peak(client, server, guess, total / 10)
    unloaded = ask(client, server, peak / 10, total / 6)
    time.sleep(3)
    before = rss(server.pid) / MEBI
    over = overload(client, server, OVERLOAD * peak, total / 3)
    after = ask(client, server, peak / 10, total / 20, warm_up=1)
    return describe(soak, server, peak, steps, unloaded, over, after, before)


def quantile(latencies, name):
    return latencies[name] if latencies else None


def describe(soak, server, peak, steps, unloaded, over, after, before):
    outcome = Outcome()
    share = over["goodput"] / peak
    p99 = quantile(over["accepted"], "p99")
    unloaded_p99 = quantile(unloaded["accepted"], "p99")
    slower = p99 / unloaded_p99 if p99 and unloaded_p99 else None
    refusal = quantile(over["refused"], "p50")
    if not soak.quick:  # of a few seconds, speed is chance
        outcome.at_least("goodput under overload / peak", share, GOODPUT_MIN)
        outcome.at_most("p99 of accepted / p99 without load", slower, SLOWER_MAX)
        outcome.at_most("median time of a refusal, s", refusal, REFUSAL_MAX)
        outcome.at_most("most memory, MB", over["rss_mb"], MEMORY_MAX_MB)
    outcome.equal("codes afterwards", list(after["codes"]), ["OK"])
    outcome.equal("exit status", server.stop(), 0)
    check_nothing_held(outcome, server)
    seconds = over["arrivals"] / over["offered"]
    outcome.figures |= {
        "peak, OK/s": peak, "offered / peak": over["offered"] / peak,
        "sent / peak": (over["arrivals"] - over["unsent"]) / seconds / peak,
        "goodput / peak": share, "unsent": over["unsent"], "codes": over["codes"],
        "p99 without load, s": unloaded_p99, "p99 of accepted, s": p99,
        "median time of a refusal, s": refusal, "memory before, MB": before,
        "processors of the generator": over["generator_busy"],
        "lag of the generator, p99, s": quantile(over["lag"], "p99")}
    outcome.details |= {"steps": steps, "unloaded": unloaded, "overload": over, "after": after}
    return outcome
