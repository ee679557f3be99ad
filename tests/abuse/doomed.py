# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""A client that is killed: `doomed.py ADDRESS SENT RECEIVED` sends a request of 64 MiB, or only so
many bytes of one, receives so many of the reply, says "ready" and waits for its end."""

import sys
import time

import h2
from connection import Connection
from wire import focal

LOSS = "/detloss.v1.LossService/ComputeLoss"
REQUEST = 64 << 20


def send(connection, stop_at):
    connection.send(h2.headers(1, h2.call_fields(LOSS)))
    if stop_at < REQUEST:
        connection.pour(1, h2.prefixed(b"", REQUEST), stop_at)
    else:
        request = h2.prefixed(focal(REQUEST // 8))
        connection.pour(1, request, len(request), end=True)


def receive(connection, stop_at):
    got = 0
    while got < stop_at:
        kind, _, _, payload = connection.receive()
        got += len(payload) if kind == h2.DATA else 0


def main():
    address, sent, received = sys.argv[1], *map(int, sys.argv[2:])
    greeting = h2.PREFACE + h2.settings({**h2.PLAIN_REPLIES, h2.INITIAL_WINDOW_SIZE: 4 << 20})
    connection = Connection(address, greeting)
    send(connection, sent)
    receive(connection, received)
    print("ready", flush=True)
    time.sleep(3600)


if __name__ == "__main__":
    main()
