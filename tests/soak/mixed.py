# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Clients of every kind for a long time, after a fifth of it to warm up: what a server holds when
they have left does not grow."""

import contextlib
import os
import random
import socket
import time

from held import descriptors, held_at_rest
from outcome import Outcome
from programs import Program
from soak import check_nothing_held

# How each thing that is done may end: other statuses are faults of the server. A server may refuse
# what it has no room or time for.
ALLOWED = {
    "compute": {"OK", "RESOURCE_EXHAUSTED"},
    "wrong": {"INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"},
    "cancel": {"OK", "CANCELLED", "RESOURCE_EXHAUSTED"},
    "deadline": {"OK", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"},
    "stream": {"OK", "RESOURCE_EXHAUSTED"},
    "left_stream": {"OK", "CANCELLED", "RESOURCE_EXHAUSTED"},
    "connection": {"OK"},
}
GROWTH_MB_MAX = 8
# The executor of gRPC starts as many when it first needs them, and keeps them.
THREADS_GROWTH_MAX = 2 * os.cpu_count()


def send_garbage(server):
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(random.randbytes(1000))


def disturb_until(soak, server, end):
    """Clients that are killed, and some that do not speak HTTP."""
    while time.monotonic() < end - 1:
        client = Program(soak.binaries / "mixed_client")
        client.send(address=server.address, seconds=60, threads=2, seed=random.randrange(1 << 20))
        time.sleep(min(random.uniform(0.2, 3), end - time.monotonic()))
        client.kill()
        send_garbage(server)


def load(soak, server, seconds, counts):
    """By a process that ends: of calls that were cancelled, gRPC's client sometimes keeps the
    connection as long as its process lives."""
    with contextlib.closing(Program(soak.binaries / "mixed_client")) as client:
        client.send(address=server.address, seconds=seconds, threads=4,
                    seed=random.randrange(1 << 20))
        disturb_until(soak, server, time.monotonic() + seconds)
        answer = client.receive()
    for kind, codes in answer.items():
        for code, count in codes.items():
            counts[kind, code] = counts.get((kind, code), 0) + count


def slope(rests):
    """The change of memory in an hour, in MB, by least squares."""
    mean_time = sum(rest["seconds"] for rest in rests) / len(rests)
    mean_rss = sum(rest["rss_mb"] for rest in rests) / len(rests)
    above = sum((rest["seconds"] - mean_time) * (rest["rss_mb"] - mean_rss) for rest in rests)
    return 3600 * above / sum((rest["seconds"] - mean_time) ** 2 for rest in rests)


def rest_after(begin, server):
    return {**held_at_rest(server.pid), "seconds": time.monotonic() - begin}


def run(soak):
    seconds = 60 * (soak.options.minutes or (0.2 if soak.quick else 20))
    part = max(3, min(60, seconds / 8))
    server = soak.server().start()
    counts = {}
    begin = time.monotonic()
    while time.monotonic() < begin + seconds / 5:
        load(soak, server, part, counts)
    begin = time.monotonic()
    rests = [rest_after(begin, server)]
    while time.monotonic() < begin + seconds or len(rests) < 3:
        load(soak, server, part, counts)
        rests.append(rest_after(begin, server))
        soak.say(f"mixed: at rest {rests[-1]}")
    return describe(soak, server, counts, rests)


def describe(soak, server, counts, rests):
    outcome = Outcome()
    first, last = rests[0], rests[-1]
    wrong = {f"{kind} {code}": count for (kind, code), count in counts.items()
             if code not in ALLOWED[kind]}
    outcome.equal("calls that ended as they must not", sum(wrong.values()), 0)
    if not soak.quick:  # memory and gRPC's threads have not settled in seconds
        outcome.at_most("growth of memory at rest, MB", last["rss_mb"] - first["rss_mb"],
                        GROWTH_MB_MAX)
        outcome.at_most("growth of threads", last["threads"] - first["threads"],
                        THREADS_GROWTH_MAX)
    outcome.at_most("growth of descriptors", last["fds"] - first["fds"], 0)
    held_files = descriptors(server.pid)
    outcome.equal("exit status", server.stop(), 0)
    check_nothing_held(outcome, server)
    outcome.figures |= {
        "calls": sum(counts.values()), "ended as they must not": wrong,
        "memory after the warm-up, MB": first["rss_mb"], "at the end, MB": last["rss_mb"],
        "change of memory in an hour, MB": slope(rests)}
    outcome.details |= {
        "rests": rests, "descriptors": held_files, "ends": {f"{kind} {code}": n for (kind, code), n in sorted(counts.items())}}
    return outcome
