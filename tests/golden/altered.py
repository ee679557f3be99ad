# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Cases of which the answers are wrong: no conformance client may pass one."""

import copy

# A member that is not there.
_ABSENT = object()

# The case, the way to a member of it, and what is there instead.
_ALTERATIONS = (
    ("giou of FLOAT32, NONE", ("responses", 0, "total_loss"), 1e-300),
    ("giou of FLOAT32, NONE", ("responses", 0, "results", 0, "name"), "diou"),
    ("giou of FLOAT32, NONE", ("responses", 0, "results", 0, "denominator"), 6.000000000000001),
    ("giou of FLOAT32, NONE", ("responses", 0, "results", 0, "gradient", "shape"), ["24"]),
    ("giou of FLOAT32, NONE", ("responses", 0, "results", 0, "gradient"), _ABSENT),
    ("giou of FLOAT32, NONE", ("responses", 0, "results", 0, "gradient", "data"), "flip"),
    ("giou of FLOAT32, NONE", ("responses",), []),
    ("giou of FLOAT32, NONE", ("responses",), _ABSENT),
    ("numbers that are zero, infinite or none",
     ("responses", 0, "results", 0, "loss", "values", "values", 0), 0.0),
    ("numbers that are zero, infinite or none",
     ("responses", 0, "results", 0, "loss", "values", "values", 2), "Infinity"),
    ("numbers that are zero, infinite or none",
     ("responses", 0, "results", 0, "loss", "values", "values", 3), 1.0),
    ("a stream of good and bad items", ("responses", 3, "id"), "9007199254740992"),
    ("a stream of good and bad items", ("responses", 0, "error", "reason"), "REQUIRED"),
    ("the losses", ("responses", 0, "losses", 0, "parameters", 0, "default_value"), "1"),
    ("the server", ("responses", 0, "limits", "rank_max"), "9"),
    ("parameters out of range", ("error", "code"), 11),
    ("parameters out of range", ("error", "message"), "wrong"),
    ("parameters out of range", ("error", "reason"), "REQUIRED"),
    ("parameters out of range", ("error", "field_violations", 0, "field"), "terms[0]"),
    ("parameters out of range", ("error", "field_violations", 1), _ABSENT),
    ("parameters out of range", ("retry_delay",), True),
    ("no room", ("retry_delay",), _ABSENT),
)


def altered_cases(cases):
    """Each alteration of the case that it is for."""
    by_name = {case["name"]: case for case in cases}
    for number, (name, way, value) in enumerate(_ALTERATIONS):
        case = copy.deepcopy(by_name[name])
        case["name"] = f"{number}: {name} with another {'.'.join(map(str, way))}"
        _set(case, way, value)
        if "responses" not in case and "error" not in case:
            case["error"] = {"code": 3}
        yield case


def _set(at, way, value):
    for step in way[:-1]:
        at = at[step]
    if value is _ABSENT:
        del at[way[-1]]
    elif value == "flip":  # one bit of the first byte
        at[way[-1]] = ("B" if at[way[-1]][0] == "A" else "A") + at[way[-1]][1:]
    else:
        at[way[-1]] = value
