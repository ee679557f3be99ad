# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The goals, as goals.json words them: each is measured by a function that returns its parts."""

import json

import calls
import goals_in_process as core
import goals_of_service as service
from programs import HERE

MEBI = 1 << 20

GOALS = {
    1: lambda *to: [core.against_torch(*to, calls.focal())],
    2: lambda *to: [core.against_copy(*to, calls.focal())],
    3: lambda *to: [core.against_torch(*to, calls.ciou())],
    4: lambda *to: [core.against_torch(*to, calls.cross_entropy(65536))],
    5: lambda *to: [core.against_copy(*to, {"loss": loss, "elements": 4 * MEBI})
                    for loss in ("l1", "l2", "smooth_l1")],
    6: lambda *to: [service.against_echo(*to, MEBI, 8), service.against_echo(*to, 32 * MEBI, 2)],
    7: service.without_compute,
    8: service.small_requests,
    9: lambda *to: [service.against_python(*to, 1, calls.focal()),
                    service.against_python(*to, 1, calls.ciou()),
                    service.against_python(*to, 8, calls.focal(1000))],
    10: lambda *to: [service.remote_against_torch(*to, calls.focal()),
                     service.remote_against_torch(*to, calls.ciou())],
    11: lambda *to: [service.python_against_torch(*to, calls.focal()),
                     service.python_against_torch(*to, calls.ciou())],
    12: service.smaller_tensors,
    13: service.mixed_load,
    14: service.unix_against_tcp,
    15: core.flatness,
}


def met(part):
    """None where too little was measured to tell: too few calls, or not every size."""
    if part["value"] is None:
        return None
    reached = part["value"] >= part["target"] if part["compare"] == ">=" else (
        part["value"] <= part["target"])
    return None if reached and part.get("incomplete") else reached


def run(programs, pace, only=None):
    """All goals, or one."""
    rows = []
    for goal in json.loads((HERE / "goals.json").read_text()):
        if only not in (None, goal["number"]):
            continue
        measured = GOALS[goal["number"]](programs, pace)
        parts = [{**wanted, **got} for wanted, got in zip(goal["parts"], measured, strict=True)]
        rows.append({**goal, "parts": [{**part, "met": met(part)} for part in parts]})
    return rows
