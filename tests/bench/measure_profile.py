# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Where the time goes: processor time of servers and of their client, and the stages of a call."""

import json
import os
import pathlib
import statistics
import time

import calls
from rounds import column, interleave, summary

MEBI = 1 << 20
# What is measured: the case, the transport, and how many calls are outstanding.
CASES = {
    "focal, 1,000 elements": (calls.focal(1000), "tcp", 8),
    "smooth_l1, request of 1 MiB": (calls.of_payload(MEBI), "tcp", 8),
    "smooth_l1, request of 1 MiB, Unix socket": (calls.of_payload(MEBI), "unix", 8),
    "smooth_l1, request of 32 MiB": (calls.of_payload(32 * MEBI), "tcp", 2),
    "focal, 1Mi elements": (calls.focal(), "tcp", 1),
    "CIoU, 262,144 boxes": (calls.ciou(), "tcp", 1)}
QUICK_CASES = ("focal, 1,000 elements", "focal, 1Mi elements")
DAEMONS = ("detlossd", "detlossd_without_compute")
STAGES = ("queue", "decode", "plan", "execute", "encode")
# As many times longer than other rounds: processor time is counted in ticks of 10 ms.
LONGER = 3
LOG_SECONDS = 10  # that a line may take to be in the log


def processor_seconds(pid):
    """What a process has used so far in all its threads: user and system time."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in fields[11:13]]


def with_processor_time(measure, pids):
    """The measurement with what each process used meanwhile. `pids` is name to process."""
    def measured():
        before = {name: processor_seconds(pid) for name, pid in pids.items()}
        sample = measure()
        used = {name: [after - earlier for after, earlier in zip(
            processor_seconds(pid), before[name])] for name, pid in pids.items()}
        return {**sample, **used}
    return measured


def micros_of_a_call(samples, process):
    """Of all rounds together: those of one have too few ticks."""
    count = sum(column(samples, "calls_in_all"))
    user, system = (1e6 * sum(times) / count for times in zip(*column(samples, process)))
    return {"user": user, "system": system}


def describe(samples):
    return {"rate": summary(column(samples, "rate")),
            "server": micros_of_a_call(samples, "server"),
            "client": micros_of_a_call(samples, "client")}


def requests_of(log):
    """The calls that were computed, of the lines that are whole."""
    lines = (json.loads(line) for line in log if line.startswith("{") and line.endswith("}\n"))
    return [line for line in lines if line["event"] == "request" and line["losses"]]


def stages(server, since):
    """The medians in µs of what the server logged from there on, which it does a little later."""
    end = time.monotonic() + LOG_SECONDS
    while time.monotonic() < end:
        with server.output.open() as log:
            log.seek(since)
            if requests := requests_of(log):
                return {stage: statistics.median(column(requests, f"{stage}_us"))
                        for stage in STAGES}
        time.sleep(0.02)
    raise RuntimeError(f"{server.output}: no request was logged")


def measure(programs, pace, name, case, transport, outstanding):
    """All servers in turn."""
    daemons = {server: programs.daemon(server) for server in DAEMONS}
    logged = daemons["detlossd"].output.stat().st_size
    seconds, client = LONGER * pace.call_seconds, programs.load().pid
    measures = {server: (daemon.pid, calls.detloss(
        programs, daemon, transport, outstanding, seconds, case))
                for server, daemon in daemons.items()}
    measures["echo"] = (programs.echo().pid,
                        calls.echo(programs, transport, outstanding, seconds, case))
    samples = interleave(
        {server: with_processor_time(call, {"server": pid, "client": client})
         for server, (pid, call) in measures.items()}, pace.rounds)
    return {"case": name, "outstanding": outstanding,
            "servers": {server: describe(of_server) for server, of_server in samples.items()},
            "stages": stages(daemons["detlossd"], logged)}


def run(programs, pace):
    return [measure(programs, pace, name, *case) for name, case in CASES.items()
            if not pace.quick or name in QUICK_CASES]
