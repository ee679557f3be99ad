# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Measures everything and writes the page, its numbers and its plot. See script/bench."""

import argparse
import json
import pathlib
import tempfile
import time

import machine
import measure_goals
import measure_kernels
import measure_peers
import measure_profile
import measure_python
import measure_service
import page
import plot
from pace import FULL, QUICK
from programs import Programs, end_on_sigterm

SECTIONS = {"goals": measure_goals.run, "profile": measure_profile.run,
            "kernels": measure_kernels.run, "service": measure_service.run,
            "peers": measure_peers.run, "python": measure_python.run}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few and short rounds")
    parser.add_argument("--only", choices=SECTIONS, help="one part")
    parser.add_argument("--output", type=pathlib.Path, default=None,
                        help="directory (default: docs; build/bench with --quick or --only)")
    parser.add_argument("--binaries", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def run_section(name, binaries, pace):
    begin = time.monotonic()
    print(f"measuring {name} ...", end=" ", flush=True)
    with tempfile.TemporaryDirectory() as scratch, Programs(binaries, scratch) as programs:
        measured = SECTIONS[name](programs, pace)
    print(f"{time.monotonic() - begin:.0f} s", flush=True)
    return measured


def describe_machine(binaries):
    with tempfile.TemporaryDirectory() as scratch, Programs(binaries, scratch) as programs:
        return machine.describe(programs.daemon())


def rounded(value):
    """Without digits that nothing measured."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def write(results, output):
    output.mkdir(parents=True, exist_ok=True)
    (output / "performance.json").write_text(json.dumps(rounded(results), indent=1) + "\n")
    (output / "performance.md").write_text(page.write_page(results))
    if "peers" in results:
        plot.draw(results["peers"], output / "performance.svg")
    print(f"wrote {output}/performance.md")


def main():
    end_on_sigterm()
    arguments = parse_arguments()
    pace = QUICK if arguments.quick else FULL
    names = [arguments.only] if arguments.only else list(SECTIONS)
    partial = arguments.quick or arguments.only
    busy_before = machine.busy_processors()
    results = {"quick": pace.quick, "machine": describe_machine(arguments.binaries)}
    for name in names:
        section_pace = pace if name == "goals" else pace.of_tables()
        results[name] = run_section(name, arguments.binaries, section_pace)
    results["machine"]["busy_processors"] = max(busy_before, machine.busy_processors())
    write(results, arguments.output or pathlib.Path("build/bench" if partial else "docs"))


main()
