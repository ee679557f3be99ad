# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""A client that behaves: `healthy.py ADDRESS ATTEMPTS [CERTIFICATE]` calls again and again, on one
connection and in a process of its own, and answers each line of its input with what it has seen
since the last. A call that meets UNAVAILABLE is sent ATTEMPTS times at most."""

import json
import pathlib
import queue
import subprocess
import sys
import threading
import time

import grpc

METHOD = "/detloss.v1.LossService/GetServerInfo"
PAUSE = 0.005
DEADLINE = 60


class Healthy:
    """Runs this file beside an attack."""

    def __init__(self, address, attempts, certificate=None):
        command = [sys.executable, "-B", __file__, address, str(attempts),
                   *([certificate] if certificate else [])]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True)
        self.report()

    def report(self):
        """Calls, the slowest in seconds, and the codes of those that failed, since last time."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def measure(call):
    start = time.monotonic()
    failed = []
    try:
        call(b"", timeout=DEADLINE)
    except grpc.RpcError as error:
        failed.append(f"{error.code().name}: {error.details()}")
    return time.monotonic() - start, failed


def retries(attempts):
    """Options of a channel."""
    if attempts == 1:
        return []
    policy = {"maxAttempts": attempts, "initialBackoff": "0.2s", "maxBackoff": "2s",
              "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}
    config = {"methodConfig": [{"name": [{}], "retryPolicy": policy}]}
    return [("grpc.service_config", json.dumps(config))]


def connect(address, attempts, certificate=None):
    options = retries(int(attempts))
    if certificate is None:
        return grpc.insecure_channel(address, options)
    trusted = grpc.ssl_channel_credentials(pathlib.Path(certificate).read_bytes())
    return grpc.secure_channel(address, trusted, options)


def main():
    asked = queue.Queue()

    def listen():
        for line in sys.stdin:
            asked.put(line)
        asked.put(None)

    threading.Thread(target=listen, daemon=True).start()
    call = connect(*sys.argv[1:]).unary_unary(METHOD)
    calls, slowest, failures = 0, 0.0, []
    while True:
        seconds, failed = measure(call)
        calls, slowest, failures = calls + 1, max(slowest, seconds), failures + failed
        try:
            line = asked.get(timeout=PAUSE)
        except queue.Empty:
            continue
        if line is None:
            return
        print(json.dumps({"calls": calls, "slowest": slowest, "failed": failures[:8]}), flush=True)
        calls, slowest, failures = 0, 0.0, []


if __name__ == "__main__":
    main()
