# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What the system refuses a server, one thing at a time: memory, descriptors, its log. It goes on
serving those whom it can serve, and ends as it should."""

import contextlib
import os
import socket
import subprocess
import time

from held import processor_seconds
from outcome import Outcome
from server import wait_until

KIBI, MEBI = 1 << 10, 1 << 20
LIBRARY = "failing_malloc.so"
LARGE = {"loss": "smooth_l1", "elements": 4 * MEBI}  # whose gradient takes 16 MiB
MEDIUM = {"loss": "smooth_l1", "elements": MEBI // 2}  # 2 MiB
SMALL = {"loss": "giou", "elements": 400}


def codes(client, server, case, rate, seconds, **more):
    """How many calls ended with which code."""
    return client.ask(address=server.address, rate=rate, seconds=seconds, warm_up=0,
                      **{"deadline": 20, **case, **more})["codes"]


def check_serves(outcome, what, client, server):
    ended = codes(client, server, SMALL, rate=100, seconds=1, connections=1)
    outcome.equal(f"{what}: codes of small calls", list(ended), ["OK"])


def check_rests(outcome, what, server):
    """With no request left, none may hold anything. A line of metrics may be half a second old."""
    names = ("detloss_requests_in_flight", "detloss_bytes_in_flight")
    with contextlib.suppress(RuntimeError):  # what is held then stands in the check
        wait_until(lambda: not any(server.last_metrics()[name] for name in names), 30, "rest")
    metrics = server.last_metrics()
    outcome.equal(f"{what}: in flight", [metrics[name] for name in names], [0, 0])


def check_large(outcome, what, ended, fails, every):
    """Whether calls were refused that need an allocation that fails, and no others. What the server
    has got it uses again, so that with every other allocation some calls get through."""
    outcome.figures[f"{what}: codes"] = ended
    allowed = {"OK", "RESOURCE_EXHAUSTED"} if every > 1 else {"RESOURCE_EXHAUSTED"}
    outcome.equal(f"{what}: other codes", sorted({*ended} - (allowed if fails else {"OK"})), [])
    if fails and every == 1:
        outcome.at_least(f"{what}: refused", ended.get("RESOURCE_EXHAUSTED", 0), 1)


def no_memory_from(soak, outcome, least, every):
    """Every `every`-th allocation of `least` bytes or more fails, from the first one on."""
    what = f"1 of {every} of {least // KIBI} KiB fails"
    server = soak.server(environment={"LD_PRELOAD": str(soak.binaries / LIBRARY),
                                      "FAIL_MALLOC_EVERY": str(every),
                                      "FAIL_MALLOC_BYTES": str(least)}).start()
    client = soak.program("open_load_client")
    for name, case, gradient, rate in (("16 MiB", LARGE, 16 * MEBI, 3),
                                       ("2 MiB", MEDIUM, 2 * MEBI, 12)):
        ended = codes(client, server, case, rate, seconds=1, deadline=60)
        check_large(outcome, f"{what}, {name}", ended, gradient >= least, every)
        check_serves(outcome, what, client, server)
    check_rests(outcome, what, server)
    outcome.equal(f"{what}: exit status", server.stop(), 0)


def no_memory(soak, outcome):
    """Allocations that fail, from those of gradients down to what gRPC never asks for at once: it
    ends the process when it gets no slice of 64 KiB to read into, or no longer list of slices."""
    if not (soak.binaries / LIBRARY).exists():
        return
    for least in (256 * KIBI, MEBI, 4 * MEBI, 12 * MEBI):
        for every in (1, 2):
            no_memory_from(soak, outcome, least, every)


def no_descriptors(soak, outcome):
    """Connections that do nothing take all there are, of descriptors and of room for connections."""
    server = soak.server("--connections_max=40", before=["prlimit", "--nofile=104:104"]).start()
    client = soak.program("open_load_client")
    check_serves(outcome, "descriptors free", client, server)
    idle = []
    for _ in range(80):
        idle.append(socket.create_connection(("127.0.0.1", server.port), timeout=5))
    time.sleep(0.5)
    before = processor_seconds(server.pid)
    check_serves(outcome, "no descriptors, an old connection", client, server)
    time.sleep(1)
    outcome.figures["no descriptors: processor time, s"] = processor_seconds(server.pid) - before
    for connection in idle:
        connection.close()
    time.sleep(1)
    # With its own listener gRPC 1.51 would never accept a connection again.
    new = soak.program("open_load_client")
    check_serves(outcome, "descriptors again, a new connection", new, server)
    outcome.equal("no descriptors: exit status", server.stop(), 0)


class LoggingTo:
    """A detlossd whose log nobody can read the address from. It logs every request."""

    def __init__(self, soak, stdout):
        path = soak.scratch / f"{stdout}.sock"
        self.address = f"unix:{path}"
        self._process = subprocess.Popen(
            [soak.binaries / "detlossd", f"--listen={self.address}", "--drain_timeout=2s"],
            stdout=stdout)
        soak.callback(self._process.kill)
        end = time.monotonic() + 60
        while not path.exists() and time.monotonic() < end:
            time.sleep(0.02)

    def terminate(self):
        self._process.terminate()

    def wait(self):
        return self._process.wait(60)


def full_device(soak, outcome):
    with open("/dev/full", "wb") as device:
        server = LoggingTo(soak, device.fileno())
    check_serves(outcome, "log on a full device", soak.program("open_load_client"), server)
    server.terminate()
    outcome.equal("log on a full device: exit status", server.wait(), 0)


def log_reader_that_sleeps(soak, outcome):
    """The reader takes up the pipe again when the server ends: nobody else may hold up the end."""
    reading, writing = os.pipe()
    server = LoggingTo(soak, writing)
    os.close(writing)
    client = soak.program("open_load_client")
    ended = codes(client, server, SMALL, rate=1000, seconds=1)  # 64 KiB and more of lines
    outcome.equal("log in a full pipe: codes", list(ended), ["OK"])
    check_serves(outcome, "log in a full pipe", client, server)
    server.terminate()
    while os.read(reading, 1 << 16):
        pass
    os.close(reading)
    outcome.equal("log in a full pipe: exit status", server.wait(), 0)


def run(soak):
    outcome = Outcome()
    for fault in (no_memory, no_descriptors, full_device, log_reader_that_sleeps):
        fault(soak, outcome)
    return outcome
