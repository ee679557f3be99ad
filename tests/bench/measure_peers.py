# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Against others: torch and torchvision in process, and a Python service around them."""

import calls
from programs import CORES
from rounds import busiest, column, fastest, interleave, ratio, summary

MEBI = 1 << 20
LOSSES = [calls.cross_entropy(65536)] + [{"loss": loss, "elements": MEBI} for loss in (
    "binary_cross_entropy", "sigmoid_focal", "l1", "l2", "smooth_l1", "giou", "diou", "ciou")]
SETTINGS = {"torch, default": False, "torch, tuned": True}


def kernel(programs, pace, threads, case):
    return lambda: programs.kernel(threads).ask(
        seconds=pace.kernel_seconds, threads=threads if threads > 1 else 0, **case)


def torch(programs, pace, tuned, threads, case):
    return lambda: programs.torch(tuned).ask(
        loss=case["loss"], elements=case["elements"], threads=threads, seconds=pace.torch_seconds)


def measure_in_process(programs, pace, threads, case):
    """Ours and the best setting of torch on as many threads."""
    samples = interleave(
        {"ours": kernel(programs, pace, threads, case),
         **{name: torch(programs, pace, tuned, threads, case) for name, tuned in SETTINGS.items()}},
        pace.rounds)
    best = fastest(samples, SETTINGS)
    return {**case, "threads": threads, "items": samples["ours"][0]["items"], "setting": best,
            "ours": summary(column(samples["ours"], "seconds")),
            "torch": summary(column(samples[best], "seconds")),
            "copy": summary(column(samples["ours"], "copy_seconds")),
            "ratio": ratio(column(samples[best], "seconds"), column(samples["ours"], "seconds"))}


def measure_remote(programs, pace, outstanding, elements):
    """detlossd, the best setting of the Python service, and the echo."""
    case, seconds = calls.focal(elements), pace.call_seconds
    servers = calls.torch_servers(programs, CORES)
    samples = interleave(
        {"ours": calls.detloss(programs, programs.daemon(), "tcp", outstanding, seconds, case),
         "echo": calls.echo(programs, "tcp", outstanding, seconds, case),
         **{name: calls.torch(programs, server, outstanding, seconds, case)
            for name, server in servers.items()}}, pace.rounds)
    best = busiest(samples, servers)
    rates = {name: column(samples[name], "rate") for name in ("ours", "echo", best)}
    return {**case, "outstanding": outstanding, "setting": best, "ours": summary(rates["ours"]),
            "echo": summary(rates["echo"]), "python": summary(rates[best]),
            "p50": summary(column(samples["ours"], "p50")),
            "python_p50": summary(column(samples[best], "p50")),
            "ratio": ratio(rates["ours"], rates[best])}


def run(programs, pace):
    decades = (10**3, 10**4, 10**5, 10**6, 10**7)
    threads = sorted({1, CORES})
    return {
        "losses": [measure_in_process(programs, pace, n, case)
                   for case in LOSSES for n in threads],
        "sizes": [measure_in_process(programs, pace, n, calls.focal(elements))
                  for elements in (decades[:3] if pace.quick else decades) for n in threads],
        "remote": [measure_remote(programs, pace, outstanding, elements)
                   for elements in (decades[0:4:2] if pace.quick else decades[:4])
                   for outstanding in ((8,) if pace.quick else (1, 8))]}
