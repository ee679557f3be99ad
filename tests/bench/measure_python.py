# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Losses of detloss.torch over the network against torch and torchvision in process."""

import calls
import measure_peers
from programs import CORES
from rounds import column, fastest, interleave, ratio, summary

SIZES = (10**3, 10**4, 10**5, 10**6, 10**7)
SETTINGS = {"default": False, "tuned": True}
SOCKETS = ("tcp", "unix")

# Transport, socket, and setting of malloc: as it is installed, and what there is to gain.
WAYS = (("grpcio", "tcp", "default"), ("grpcio", "tcp", "tuned"), ("native", "tcp", "default"),
        ("native", "tcp", "tuned"), ("native", "unix", "tuned"))


def remote(programs, pace, transport, socket, setting, case):
    address = getattr(programs.daemon(), socket)
    return lambda: programs.python(SETTINGS[setting]).ask(
        loss=case["loss"], elements=case["elements"], address=address, transport=transport,
        threads=1, seconds=pace.torch_seconds)


def in_process(programs, pace, case):
    """The settings of torch, on one thread and on all."""
    return {(name, threads): measure_peers.torch(programs, pace, tuned, threads, case)
            for name, tuned in measure_peers.SETTINGS.items() for threads in {1, CORES}}


def ours(programs, pace, case, sockets):
    """The ways that there are over these sockets. Torch has one thread: those that it does not need
    would spin where the server computes."""
    return {way: remote(programs, pace, *way, case) for way in WAYS
            if way[0] in programs.transports() and way[1] in sockets}


def measure(programs, pace, case):
    """Every way of ours beside the best of torch."""
    remotes, peers = ours(programs, pace, case, SOCKETS), in_process(programs, pace, case)
    samples = interleave({**remotes, **peers}, pace.rounds)
    best = fastest(samples, peers)
    peer = column(samples[best], "seconds")
    return {**case, "setting": f"{best[0]}, {best[1]} threads", "torch": summary(peer),
            "ways": {", ".join(way): {"seconds": summary(column(samples[way], "seconds")),
                                      "ratio": ratio(peer, column(samples[way], "seconds"))}
                     for way in remotes}}


def run(programs, pace):
    sizes = SIZES[:3] if pace.quick else SIZES
    return [measure(programs, pace, case) for elements in sizes
            for case in (calls.focal(elements), calls.ciou(elements // 4))]
