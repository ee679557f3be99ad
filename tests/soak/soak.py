# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What the scenarios share: programs and servers that end with the scenario."""

import contextlib
import functools
import pathlib
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).parent.parent / "bench"))

from programs import Program  # noqa: E402
from server import Server  # noqa: E402

# Requests of a few sizes: computed where they arrive, by the pool, and announced beforehand.
CASES = [{"loss": "giou", "elements": 400},
         {"loss": "sigmoid_focal", "elements": 8000, "target": "INT64"},
         {"loss": "cross_entropy", "elements": 80000, "target": "INT32", "statistics": True},
         {"loss": "smooth_l1", "elements": 100000, "type": "FLOAT16"}]


class Soak(contextlib.ExitStack):
    """One run of one scenario. `options` are those of the command line."""

    def __init__(self, options, scratch):
        super().__init__()
        self.options = options
        self.quick = options.quick
        self.scratch = pathlib.Path(scratch)
        self.binaries = options.binaries.resolve()

    def program(self, name, before=()):
        program = Program(*before, self.binaries / name)
        return self.enter_context(contextlib.closing(program))

    def say(self, text):
        """Of what takes long, how it goes."""
        if not self.quick:
            print(text, file=sys.stderr, flush=True)

    def server(self, *flags, **more):
        """Not started. Logs errors only, since some scenarios make many of other lines."""
        server = Server(self.binaries / "detlossd", self.scratch, "--log_level=error",
                        "--metrics_log_interval=500ms", *flags, **more)
        return self.enter_context(contextlib.closing(server))

    @functools.cached_property
    def flags(self):
        """The text of --help, which has every flag that this detlossd knows."""
        return subprocess.run([self.binaries / "detlossd", "--help"], capture_output=True,
                              text=True, check=False).stdout

    def knows(self, flag):
        return f"--{flag} " in self.flags.replace("=", " ").replace("(", " ")


def check_nothing_held(outcome, server):
    """Of a server that has ended, or is at rest."""
    metrics = server.last_metrics()
    for what in ("requests", "bytes"):
        outcome.equal(f"{what} in flight", metrics[f"detloss_{what}_in_flight"], 0)


def check_calls(outcome, answer):
    """No call of a retrying client may be lost or wrong."""
    outcome.equal("calls that failed", answer["failed"], 0)
    outcome.equal("answers that differ", answer["wrong"], 0)
    answered = answer["answered"] or {"calls": 0, "p99": None, "max": None}
    outcome.at_least("calls that were answered", answered["calls"], 1)
    outcome.figures["p99 of a call, s"] = answered["p99"]
    outcome.figures["slowest call, s"] = answered["max"]
    if answer["failures"]:
        outcome.figures["failures"] = answer["failures"]
