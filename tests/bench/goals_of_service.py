# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Goals of the server: against its limits, a Python service, and torch without a network."""

import statistics

import calls
import measure_peers
import measure_python
from goal_parts import plain_part, rate_ratio, seconds_ratio
from programs import CORES
from rounds import busiest, column, fastest, interleave
from tables import number

MEBI = 1 << 20


def against_echo(programs, pace, payload, outstanding):
    case, seconds = calls.of_payload(payload), pace.call_seconds
    return rate_ratio(interleave(
        {"ours": calls.detloss(programs, programs.daemon(), "tcp", outstanding, seconds, case),
         "echo": calls.echo(programs, "tcp", outstanding, seconds, case)}, pace.rounds),
        "ours", "echo")


def without_compute(programs, pace):
    measures = {name: calls.detloss(programs, programs.daemon(name), "tcp", 1, pace.call_seconds,
                                    calls.focal())
                for name in ("detlossd", "detlossd_without_compute")}
    samples = interleave(measures, pace.rounds)
    return [rate_ratio(samples, "detlossd", "detlossd_without_compute")]


def small_requests(programs, pace):
    case, seconds = calls.focal(1000), pace.call_seconds
    samples = interleave(
        {"ours": calls.detloss(programs, programs.daemon(), "tcp", 8, seconds, case),
         "echo": calls.echo(programs, "tcp", 8, seconds, case)}, pace.rounds)
    return [rate_ratio(samples, "ours", "echo"),
            seconds_ratio(column(samples["ours"], "p99"), column(samples["echo"], "p99"))]


def against_python(programs, pace, outstanding, case):
    seconds, servers = pace.call_seconds, calls.torch_servers(programs, CORES)
    samples = interleave(
        {"ours": calls.detloss(programs, programs.daemon(), "tcp", outstanding, seconds, case),
         **{name: calls.torch(programs, server, outstanding, seconds, case)
            for name, server in servers.items()}}, pace.rounds)
    return rate_ratio(samples, "ours", busiest(samples, servers))


def remote_against_torch(programs, pace, case):
    """The time of torch in process, in its best setting and on the best number of threads."""
    address = programs.daemon().tcp
    settings = measure_python.in_process(programs, pace, case)
    samples = interleave({
        "ours": lambda: programs.remote().ask(address=address, seconds=pace.torch_seconds, **case),
        **settings}, pace.rounds)
    best = fastest(samples, settings)
    return seconds_ratio(column(samples[best], "seconds"), column(samples["ours"], "seconds"))


def python_against_torch(programs, pace, case):
    """The same for a whole call from Python over TCP, in the best setting of both."""
    remotes = measure_python.ours(programs, pace, case, ["tcp"])
    peers = measure_python.in_process(programs, pace, case)
    samples = interleave({**remotes, **peers}, pace.rounds)
    ours, best = fastest(samples, remotes), fastest(samples, peers)
    return {**seconds_ratio(column(samples[best], "seconds"), column(samples[ours], "seconds")),
            "remark": f"transport {ours[0]}, malloc {ours[2]}"}


def smaller_tensors(programs, pace):
    cases = {"FLOAT32": {}, "UINT8": {"target": "UINT8"}, "indices": {"target": "INT32"},
             "BFLOAT16, UINT8": {"type": "BFLOAT16", "target": "UINT8"},
             "BFLOAT16, indices": {"type": "BFLOAT16", "target": "INT32"}}
    samples = interleave(
        {name: calls.detloss(programs, programs.daemon(), "tcp", 1, pace.call_seconds,
                             calls.focal(**case)) for name, case in cases.items()}, pace.rounds)
    return [rate_ratio(samples, name, "FLOAT32") for name in cases if name != "FLOAT32"]


def large_and_probe(programs, seconds):
    """Large calls from one client, and a probe from another within their time."""
    address = programs.daemon().tcp
    large, probe = programs.load(1), programs.load(2)
    large.send(address=address, method=calls.METHOD, outstanding=4, seconds=seconds,
               **calls.focal())
    probed = probe.ask(address=address, method=calls.METHOD, outstanding=1, seconds=seconds,
                       **calls.focal(1000))
    return {"p99": probed["p99"], "p50": probed["p50"], "rate": large.receive()["rate"]}


def mixed_load(programs, pace):
    seconds = 4 * pace.call_seconds
    large = programs.load(1)
    samples = interleave({
        "mixed": lambda: large_and_probe(programs, seconds),
        "alone": lambda: large.ask(address=programs.daemon().tcp, method=calls.METHOD,
                                   outstanding=4, seconds=seconds, **calls.focal())}, pace.rounds)
    p50 = statistics.median(column(samples["mixed"], "p50"))
    p99s = [p99 and 1e3 * p99 for p99 in column(samples["mixed"], "p99")]
    return [plain_part(p99s, f"p50 {number(1e6 * p50)} µs"),
            rate_ratio(samples, "mixed", "alone")]


def unix_against_tcp(programs, pace):
    case, seconds = calls.of_payload(MEBI), pace.call_seconds
    samples = interleave({
        **{transport: calls.detloss(programs, programs.daemon(), transport, 8, seconds, case)
           for transport in ("unix", "tcp")},
        **{f"echo {transport}": calls.echo(programs, transport, 8, seconds, case)
           for transport in ("unix", "tcp")}}, pace.rounds)
    bare = rate_ratio(samples, "echo unix", "echo tcp")
    return [{**rate_ratio(samples, "unix", "tcp"), "remark": f"bare echo: {number(bare['value'])}"}]
