# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What a process holds, as /proc tells it."""

import os
import pathlib
import threading
import time

MEBI = 1 << 20


def status(pid, field):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise KeyError(field)


def rss(pid):
    return 1024 * status(pid, "VmRSS")


def held(pid):
    return {"rss_mb": rss(pid) / MEBI, "fds": len(os.listdir(f"/proc/{pid}/fd")),
            "threads": status(pid, "Threads")}


def descriptors(pid):
    """What they are, and of sockets of TCP their addresses and state, as /proc/net/tcp has them."""
    sockets = {line.split()[9]: " ".join(line.split()[1:4])
               for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]}
    links = [os.readlink(link) for link in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
    return sorted(f"{link} {sockets.get(link[len('socket:['):-1], '')}".strip() for link in links)


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def held_at_rest(pid, seconds=4):
    """The least of a while without requests: memory goes back to the system after a second or two,
    and connections end a little after their clients."""
    time.sleep(seconds / 2)
    samples = []
    for _ in range(10):
        time.sleep(seconds / 20)
        samples.append(held(pid))
    return {name: min(sample[name] for sample in samples) for name in samples[0]}


class Peak:
    """The most memory that a process holds within the scope, sampled."""

    def __init__(self, pid):
        self.mb = 0
        self._pid = pid
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self):
        while not self._enough.wait(0.05):
            self.mb = max(self.mb, rss(self._pid) / MEBI)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._enough.set()
        self._thread.join()
