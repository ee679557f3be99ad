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

DOCS = pathlib.Path("docs")
SECTIONS = {"goals": measure_goals.run, "profile": measure_profile.run,
            "kernels": measure_kernels.run, "service": measure_service.run,
            "peers": measure_peers.run, "python": measure_python.run}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few and short rounds")
    parser.add_argument("--only", choices=SECTIONS, help="one part")
    parser.add_argument("--goal", type=int, help="with --only goals: the one of that number")
    parser.add_argument("--update", action="store_true",
                        help="with --only: puts it into docs, beside what was measured before")
    parser.add_argument("--output", type=pathlib.Path, default=None,
                        help="directory (default: docs; build/bench with --quick or --only)")
    parser.add_argument("--binaries", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.update and (not arguments.only or arguments.quick or arguments.output):
        parser.error("--update needs --only, and neither --quick nor --output")
    if arguments.goal is not None and (
            arguments.only != "goals" or arguments.goal not in measure_goals.GOALS):
        parser.error("--goal needs --only goals, and the number of one")
    return arguments


def run_section(name, binaries, pace, goal):
    begin = time.monotonic()
    print(f"measuring {name} ...", end=" ", flush=True)
    with tempfile.TemporaryDirectory() as scratch, Programs(binaries, scratch) as programs:
        measured = SECTIONS[name](programs, pace, *([goal] if goal else []))
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


def updated(old, new):
    """What was measured before with what was measured now, on a machine that may be another."""
    machine_of_new = new["machine"]
    for name in SECTIONS.keys() & new.keys():
        if name == "goals":
            rows = {row["number"]: row for row in old["goals"]}
            rows.update({row["number"]: {**row, "machine": machine_of_new} for row in new["goals"]})
            old["goals"] = [rows[goal] for goal in sorted(rows)]
        else:
            old[name] = new[name]
            old.setdefault("machines", {})[name] = machine_of_new
    return old


def write(results, output, measured):
    output.mkdir(parents=True, exist_ok=True)
    (output / "performance.json").write_text(json.dumps(rounded(results), indent=1) + "\n")
    (output / "performance.md").write_text(page.write_page(results))
    if "peers" in measured:
        plot.draw(results["peers"], output / "performance.svg")
    print(f"wrote {output}/performance.md")


def main():
    end_on_sigterm()
    arguments = parse_arguments()
    pace = QUICK if arguments.quick else FULL
    names = [arguments.only] if arguments.only else list(SECTIONS)
    busy_before = machine.busy_processors()
    results = {"quick": pace.quick, "machine": describe_machine(arguments.binaries)}
    for name in names:
        section_pace = pace if name == "goals" else pace.of_tables()
        results[name] = run_section(name, arguments.binaries, section_pace, arguments.goal)
    results["machine"]["busy_processors"] = max(busy_before, machine.busy_processors())
    if arguments.update:
        results = updated(json.loads((DOCS / "performance.json").read_text()), results)
    partial = (arguments.quick or arguments.only) and not arguments.update
    output = arguments.output or (pathlib.Path("build/bench") if partial else DOCS)
    write(results, output, names)


if __name__ == "__main__":
    main()
