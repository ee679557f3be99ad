# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""A detlossd as a process: what it says, what it holds, and how it ends."""

import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import time

SERVING_SECONDS = 60
END_SECONDS = 60


def free_port():
    """Not one of those that the system gives to clients, which could take it while a server that
    has it is not there."""
    for _ in range(1000):
        port = random.SystemRandom().randrange(15000, 30000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no port is free")


def wait_until(holds, seconds, what):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)


class Server:
    """Starts with the scope's first start() and is killed at its end. `before` is a command that
    runs it: taskset, prlimit."""

    def __init__(self, binary, scratch, *flags, before=(), environment=None):
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._command = [*map(str, before), str(binary), f"--listen={self.address}", *flags]
        self._environment = {**os.environ, **(environment or {})}
        self._log = pathlib.Path(scratch) / f"detlossd.{self.port}.log"
        self._process = None

    def start(self):
        with self._log.open("w") as log:
            self._process = subprocess.Popen(self._command, stdout=log, env=self._environment)
        wait_until(lambda: self.lines("serving") or self._process.poll() is not None,
                   SERVING_SECONDS, "serving")
        if self._process.poll() is not None:
            raise RuntimeError(f"{' '.join(self._command)} ended with {self._process.poll()}")
        return self

    def stop(self):
        """The exit status, after SIGTERM."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(END_SECONDS)

    def kill(self):
        self._process.kill()
        self._process.wait()

    def close(self):
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def lives(self):
        return self._process.poll() is None

    def lines(self, event):
        """The whole lines of its log that tell of an event."""
        whole, _, _ = self._log.read_text(errors="replace").rpartition("\n")
        return [json.loads(line) for line in whole.splitlines() if f'"event":"{event}"' in line]

    def last_metrics(self):
        return self.lines("metrics")[-1]

    @property
    def pid(self):
        return self._process.pid
