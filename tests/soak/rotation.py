# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Certificates and tokens are replaced under load, while connections are made all the time: no
call fails. A token that is replaced is taken for a while beside its successor, and that of the
clients that stay is taken all the time."""

import time

import certificates
from outcome import Outcome
from soak import CASES, check_calls, check_nothing_held

FLAGS = ("tls_cert", "tls_key", "tls_client_ca", "auth_token_file")
RELOAD_SECONDS = 3  # within which a server has read a file that has changed


def run(soak):
    missing = [flag for flag in FLAGS if not soak.knows(flag)]
    if missing:
        return Outcome(skipped=f"this detlossd has no --{missing[0]}")
    rounds = soak.options.rounds or (1 if soak.quick else 10)
    authority = certificates.Authority(soak.scratch)
    certificate, key = authority.issue("server")
    client_certificate, client_key = authority.issue("client")
    tokens, token = soak.scratch / "tokens", soak.scratch / "token"
    first = current = certificates.new_token()
    certificates.write_tokens(tokens, [first])
    certificates.replace(token, first)
    server = soak.server(f"--tls_cert={certificate}", f"--tls_key={key}",
                         f"--tls_client_ca={authority.certificate}",
                         f"--auth_token_file={tokens}").start()
    secured = {"ca": str(authority.certificate), "certificate": str(client_certificate),
               "key": str(client_key), "token": str(token)}
    loads = [soak.program("retrying_client") for _ in range(2)]
    for load, reconnect in zip(loads, (False, True)):
        load.ask(address=server.address, cases=CASES[:2], threads=2, reconnect=reconnect,
                 **secured)
    for _ in range(rounds):
        successor = certificates.new_token()
        certificates.write_tokens(tokens, dict.fromkeys([first, current, successor]))
        authority.issue("server")
        authority.issue("client")
        time.sleep(RELOAD_SECONDS)
        certificates.replace(token, successor)
        current = successor
    outcome = Outcome()
    for load in loads:
        check_calls(outcome, load.ask(stop=True))
    outcome.equal("exit status", server.stop(), 0)
    check_nothing_held(outcome, server)
    outcome.figures["rotations"] = rounds
    return outcome
