# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What the system refuses a server, one thing at a time: memory, descriptors, its log. It goes on
serving those whom it can serve, and ends as it should."""

import os
import socket
import subprocess
import time

from held import processor_seconds
from outcome import Outcome

MEBI = 1 << 20
LARGE = {"loss": "smooth_l1", "elements": 4 * MEBI}  # whose gradient takes 16 MiB
SMALL = {"loss": "giou", "elements": 400}


def codes(client, server, case, rate, seconds, **more):
    """How many calls ended with which code."""
    return client.ask(address=server.address, rate=rate, seconds=seconds, warm_up=0,
                      **{"deadline": 20, **case, **more})["codes"]


def check_serves(outcome, what, client, server):
    ended = codes(client, server, SMALL, rate=100, seconds=1, connections=1)
    outcome.equal(f"{what}: codes of small calls", list(ended), ["OK"])


def no_memory(soak, outcome):
    """Every other allocation of the size of a gradient fails, from the first one on: memory that the
    server has, it may use again. Nothing of gRPC is as large."""
    library = soak.binaries / "failing_malloc.so"
    if not library.exists():
        return
    server = soak.server(environment={"LD_PRELOAD": str(library), "FAIL_MALLOC_EVERY": "2",
                                      "FAIL_MALLOC_BYTES": str(12 * MEBI)}).start()
    client = soak.program("open_load_client")
    ended = codes(client, server, LARGE, rate=6, seconds=2)
    outcome.figures["no memory: codes of large calls"] = ended
    outcome.at_least("no memory: refused", ended.get("RESOURCE_EXHAUSTED", 0), 1)
    outcome.equal("no memory: other codes", sorted({*ended} - {"OK", "RESOURCE_EXHAUSTED"}), [])
    check_serves(outcome, "no memory", client, server)
    outcome.equal("no memory: exit status", server.stop(), 0)


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
