# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What the numbers were measured on and with."""

import datetime
import os
import pathlib
import subprocess
import time


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def field(text, name):
    """The value of a line `name: value`."""
    lines = (line.partition(":") for line in text.splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "unknown")


def memory_bytes(name):
    return 1024 * int(field(pathlib.Path("/proc/meminfo").read_text(), name).split()[0])


def available_bytes():
    return memory_bytes("MemAvailable")


def package(name):
    return output("dpkg-query", "-W", "-f", "${Version}", name)


def busy_seconds():
    """The time that all processors together have worked since the start of the machine."""
    user, nice, system, _, _, *interrupts_and_steal = map(
        int, pathlib.Path("/proc/stat").read_text().partition("\n")[0].split()[1:9])
    return (user + nice + system + sum(interrupts_and_steal)) / os.sysconf("SC_CLK_TCK")


def busy_processors(seconds=1):
    """How many processors are at work while this script sleeps."""
    before = busy_seconds()
    time.sleep(seconds)
    return (busy_seconds() - before) / seconds


def describe(daemon):
    """`daemon` is a detlossd that serves."""
    lscpu = output("lscpu")
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": field(lscpu, "Model name"), "cores": os.cpu_count(),
        "memory_gib": round(memory_bytes("MemTotal") / (1 << 30)),
        "caches": ", ".join(f"{name} {field(lscpu, name + ' cache')}" for name in ("L2", "L3")),
        "hypervisor": field(lscpu, "Hypervisor vendor"), "kernel": os.uname().release,
        "versions": {
            "detloss": daemon.serving["version"], "instruction set": daemon.serving["simd"],
            "gRPC": package("libgrpc++-dev"), "Highway": package("libhwy-dev"),
            "g++": output("g++", "-dumpfullversion"),
            "torch": package("python3-torch"), "torchvision": package("python3-torchvision"),
            "grpcio": package("python3-grpcio")}}
