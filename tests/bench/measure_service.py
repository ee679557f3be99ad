# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""detlossd against the bare echo: payloads, transports, numbers of calls at a time."""

import calls
from rounds import column, interleave, ratio, summary

KIBI, MEBI = 1 << 10, 1 << 20
# Payload to how many calls are outstanding: of the large ones fewer fill the machine.
OUTSTANDING = {0: (1, 8, 32), 4 * KIBI: (1, 8, 32), 64 * KIBI: (1, 8, 32), MEBI: (1, 8, 32),
               8 * MEBI: (1, 8), 32 * MEBI: (1, 2), 64 * MEBI: (1, 2)}
QUICK_OUTSTANDING = {0: (8,), 4 * KIBI: (8,), MEBI: (1, 8), 32 * MEBI: (2,)}


def describe(samples):
    rate = summary(column(samples, "rate"))
    moved = samples[0]["bytes_in"] + samples[0]["bytes_out"]
    return {"rate": rate, "gbps": rate["median"] * moved / 1e9,
            "p50": summary(column(samples, "p50")), "p99": summary(column(samples, "p99"))}


def measure(programs, pace, transport, payload, outstanding):
    case = calls.of_payload(payload)
    seconds = pace.call_seconds
    samples = interleave(
        {"ours": calls.detloss(programs, programs.daemon(), transport, outstanding, seconds, case),
         "echo": calls.echo(programs, transport, outstanding, seconds, case)}, pace.rounds)
    return {"transport": transport, "payload": payload, "outstanding": outstanding,
            "bytes_in": samples["ours"][0]["bytes_in"],
            "bytes_out": samples["ours"][0]["bytes_out"],
            "ours": describe(samples["ours"]), "echo": describe(samples["echo"]),
            "ratio": ratio(column(samples["ours"], "rate"), column(samples["echo"], "rate"))}


def run(programs, pace):
    table = QUICK_OUTSTANDING if pace.quick else OUTSTANDING
    return [measure(programs, pace, transport, payload, outstanding)
            for transport in ("tcp", "unix")
            for payload, numbers in table.items() for outstanding in numbers]
