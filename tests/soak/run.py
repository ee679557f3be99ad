# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs scenarios in which detlossd must stand firm. Prints what they found, and writes it as JSON.
The exit status is 1 when something did not hold. See script/soak."""

import argparse
import json
import pathlib
import random
import sys
import tempfile
import time
import traceback

from soak import Soak  # first: it finds the programs of the benchmark

import cancel
import crash
import faults
import mixed
import overload
import rolling
import rotation
from outcome import Outcome
from programs import end_on_sigterm

SCENARIOS = {"overload": overload, "rolling": rolling, "crash": crash, "rotation": rotation,
             "cancel": cancel, "faults": faults, "mixed": mixed}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="script/soak", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="scenario",
                        help=f"{', '.join(SCENARIOS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="seconds each; tests no speed")
    parser.add_argument("--minutes", type=float, help="of mixed (default: 20)")
    parser.add_argument("--seconds", type=float, help="of overload (default: 60)")
    parser.add_argument("--rounds", type=int,
                        help="of rolling (default: 7), crash (50), rotation (10), cancel (60)")
    parser.add_argument("--seed", type=int, default=1, help="of what is random")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("build/soak"),
                        help="directory (default: build/soak)")
    parser.add_argument("--binaries", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = set(options.scenarios) - set(SCENARIOS)
    if unknown:
        parser.error(f"no scenario: {', '.join(sorted(unknown))}")
    return options


def run_scenario(name, options):
    random.seed(options.seed)
    try:
        with tempfile.TemporaryDirectory() as scratch, Soak(options, scratch) as soak:
            return SCENARIOS[name].run(soak)
    except Exception as error:  # the other scenarios may tell more
        traceback.print_exc()
        outcome = Outcome()
        outcome.equal("ends", repr(error), None)
        return outcome


def run(name, options):
    begin = time.monotonic()
    outcome = run_scenario(name, options)
    verdict = "ok" if outcome.holds() else "FAILED"
    print(f"{name}: {verdict}, {time.monotonic() - begin:.0f} s\n{outcome.text()}", flush=True)
    return outcome


def write(outcomes, output):
    output.mkdir(parents=True, exist_ok=True)
    for name, outcome in outcomes.items():
        (output / f"{name}.json").write_text(json.dumps(vars(outcome), indent=1) + "\n")


def main():
    end_on_sigterm()
    options = parse_arguments()
    outcomes = {name: run(name, options) for name in options.scenarios or SCENARIOS}
    write(outcomes, options.output)
    sys.exit(not all(outcome.holds() for outcome in outcomes.values()))


main()
