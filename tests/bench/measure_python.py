# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Losses of detloss.torch over the network against torch and torchvision in process."""

import itertools

import calls
import measure_peers
from programs import CORES
from rounds import column, fastest, interleave, ratio, summary

SIZES = (10**3, 10**4, 10**5, 10**6, 10**7)
SETTINGS = {"default": False, "tuned": True}


def remote(programs, pace, transport, socket, setting, case):
    address = getattr(programs.daemon(), socket)
    return lambda: programs.python(SETTINGS[setting]).ask(
        loss=case["loss"], elements=case["elements"], address=address, transport=transport,
        threads=CORES, seconds=pace.torch_seconds)


def in_process(programs, pace, case):
    """The settings of torch, on one thread and on all."""
    return {(name, threads): measure_peers.torch(programs, pace, tuned, threads, case)
            for name, tuned in measure_peers.SETTINGS.items() for threads in {1, CORES}}


def ours(programs, pace, case, sockets=("tcp", "unix")):
    """The transports that there are, over each socket, in each setting of malloc."""
    return {way: remote(programs, pace, *way, case)
            for way in itertools.product(programs.transports(), sockets, SETTINGS)}


def measure(programs, pace, case):
    """Every way of ours beside the best of torch."""
    remotes, peers = ours(programs, pace, case), in_process(programs, pace, case)
    samples = interleave({**remotes, **peers}, pace.rounds)
    best = fastest(samples, peers)
    peer = column(samples[best], "seconds")
    return {**case, "setting": f"{best[0]}, {best[1]} threads", "torch": summary(peer),
            "ways": [{"transport": way[0], "socket": way[1], "malloc": way[2],
                      "seconds": summary(column(samples[way], "seconds")),
                      "ratio": ratio(peer, column(samples[way], "seconds"))}
                     for way in remotes]}


def run(programs, pace):
    sizes = SIZES[:3] if pace.quick else SIZES
    return [measure(programs, pace, case) for elements in sizes
            for case in (calls.focal(elements), calls.ciou(elements // 4))]
