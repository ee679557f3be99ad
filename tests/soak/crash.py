# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The only server is killed and started again under load, many times: no call is lost."""

import random
import time

from outcome import Outcome
from soak import CASES, check_calls, check_nothing_held


def run(soak):
    rounds = soak.options.rounds or (5 if soak.quick else 50)
    server = soak.server().start()
    client = soak.program("retrying_client")
    client.ask(address=server.address, cases=CASES, threads=4)
    for _ in range(rounds):
        time.sleep(random.uniform(0.05, 0.6))
        server.kill()
        time.sleep(random.uniform(0, 0.3))
        server.start()
    time.sleep(1)
    outcome = Outcome()
    check_calls(outcome, client.ask(stop=True))
    outcome.equal("exit status at the end", server.stop(), 0)
    check_nothing_held(outcome, server)
    outcome.figures["kills"] = rounds
    return outcome
