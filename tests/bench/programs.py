# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The programs of the benchmark as processes: those that answer questions, and servers."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's torch
CORES = os.cpu_count()
SERVING_SECONDS = 60


def cpu_flags():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split() for line in lines if line.startswith("flags")), [])


def tuned_environment():
    """What makes torch fastest: its kernels for AVX-512, and memory that is kept."""
    tuned = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str((1 << 31) - 1),
             "MALLOC_TOP_PAD_": str(64 << 20), "MALLOC_ARENA_MAX": "1"}
    if {"avx512f", "avx512dq", "avx512bw", "avx512vl"} <= set(cpu_flags()):
        tuned["ATEN_CPU_CAPABILITY"] = "avx512"
    return tuned


class Program:
    """A program that answers each line of JSON with another."""

    def __init__(self, *command, environment=None):
        self.command = [str(word) for word in command]
        self._process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})})
        self.pid = self._process.pid

    def send(self, **question):
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()

    def receive(self):
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{' '.join(self.command)} ended with {self._process.wait()}")
        return json.loads(answer)

    def ask(self, **question):
        self.send(**question)
        return self.receive()

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def kill(self):
        self._process.kill()
        self.close()


class Server:
    """A server, from when it says that it serves. `tcp` and `unix` are its addresses, `output` is
    the file that it writes."""

    def __init__(self, output, *command, environment=None):
        self.command = [str(word) for word in command]
        self.output = pathlib.Path(output)
        with self.output.open("w") as log:
            self._process = subprocess.Popen(self.command, stdout=log,
                                             env={**os.environ, **(environment or {})})
        self.pid = self._process.pid
        try:
            self.serving = self._wait()
        except BaseException:  # an interrupt too
            self.close()
            raise
        self.tcp, *unix = self.serving["addresses"]
        self.unix = unix[0] if unix else None

    def _wait(self):
        end = time.monotonic() + SERVING_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            line, newline, _ = self.output.read_text().partition("\n")
            if newline:
                return json.loads(line)
            time.sleep(0.02)
        raise RuntimeError(f"{' '.join(self.command)} does not serve")

    def close(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()


class Programs:
    """The programs, each started when it is first needed; all end with the scope."""

    def __init__(self, binaries, scratch):
        self._binaries = pathlib.Path(binaries)
        self._scratch = pathlib.Path(scratch)
        self._running = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _once(self, name, make):
        if name not in self._running:
            self._running[name] = self._stack.enter_context(contextlib.closing(make()))
        return self._running[name]

    def kernel(self, number=0):
        return self._once(("kernel", number), lambda: Program(self._binaries / "kernel_bench"))

    def load(self, number=0):
        return self._once(("load", number), lambda: Program(self._binaries / "load_client"))

    def remote(self):
        return self._once("remote", lambda: Program(self._binaries / "remote_bench"))

    def torch(self, tuned):
        return self._once(("torch", tuned), lambda: Program(
            PYTHON, HERE / "peers/torch_bench.py",
            environment=tuned_environment() if tuned else None))

    def python(self, tuned):
        sources = HERE.parent.parent / "client/python/src"
        return self._once(("python", tuned), lambda: Program(
            PYTHON, HERE / "python_bench.py", *(["tuned"] if tuned else []),
            environment={"PYTHONPATH": f"{sources}:{self._native()}"}))

    def transports(self):
        """Of the Python client, those that are there."""
        return ["grpcio", *(["native"] if any(self._native().glob("*.so")) else [])]

    def _native(self):
        return self._binaries.parent / "python"

    def daemon(self, name="detlossd"):
        return self._once(name, lambda: Server(
            self._scratch / f"{name}.log", self._binaries / name,
            f"--listen=127.0.0.1:0,unix:{self._scratch}/{name}.sock"))

    def echo(self):
        return self._once("echo", lambda: Server(
            self._scratch / "echo.log", self._binaries / "echo_server",
            self._scratch / "echo.sock"))

    def torch_server(self, workers, threads, tuned):
        name = f"torch_server_{workers}_{threads}_{tuned}"
        return self._once(name, lambda: Server(
            self._scratch / f"{name}.log", PYTHON, HERE / "peers/torch_server.py", workers, threads,
            environment=tuned_environment() if tuned else None))


def end_on_sigterm():
    """Has a kill close what runs, as an interrupt does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
