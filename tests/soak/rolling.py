# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Three servers are restarted in turn under load: no call fails. A round restarts each of them."""

import time

from outcome import Outcome
from soak import CASES, check_calls, check_nothing_held


def restart(server):
    """The exit status, and the seconds from SIGTERM until it serves again."""
    begin = time.monotonic()
    status = server.stop()
    server.start()
    return status, time.monotonic() - begin


def run(soak):
    rounds = soak.options.rounds or (1 if soak.quick else 7)
    flags = ["--drain_delay=500ms"] if soak.knows("drain_delay") else []
    servers = [soak.server(*flags).start() for _ in range(3)]
    client = soak.program("retrying_client")
    client.ask(address=",".join(server.address for server in servers), cases=CASES, threads=4)
    restarts = []
    for _ in range(rounds):
        restarts += [restart(server) for server in servers]
    time.sleep(1)
    outcome = Outcome()
    check_calls(outcome, client.ask(stop=True))
    outcome.equal("exit statuses other than 0", sum(status != 0 for status, _ in restarts), 0)
    for number, server in enumerate(servers):
        calls = server.last_metrics()["detloss_requests_total"].get("ComputeLoss", {})
        outcome.at_least(f"calls of server {number} at the end", calls.get("OK", 0), 1)
        server.stop()
        check_nothing_held(outcome, server)
    outcome.figures["restarts"] = len(restarts)
    outcome.figures["slowest restart, s"] = max(seconds for _, seconds in restarts)
    return outcome
