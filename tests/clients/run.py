# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the golden requests through clients in several languages. See script/test-clients."""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from languages import LANGUAGES, ON_REQUEST
from shell import BUILD, ROOT, excerpt, shell

sys.path.insert(0, str(ROOT / "tests/golden"))
import altered  # pylint: disable=wrong-import-position
import servers  # pylint: disable=wrong-import-position

EXAMPLE_PRINTS = "loss 1.07937, gradient -0.0778534 -0.0778534 -0.23356 -0.23356"
_SKIPPED = 77


class Failure(Exception):
    """A language cannot be tested any further."""


@dataclasses.dataclass
class Row:
    """Of the table, for one language."""
    language: str
    versions: str = "-"
    cases: str = "-"
    seconds: float = 0
    ok: bool = True

    def fail(self, what):
        self.ok = False
        print(f"{self.language}: {what}", file=sys.stderr, flush=True)


def numbers(version):
    return tuple(int(number) for number in re.findall(r"\d+", version))


def require_toolchain(name, detlossd):
    toolchain = LANGUAGES[name].toolchain
    if not toolchain:
        return
    file, pattern = toolchain.minimum
    wanted = re.search(pattern, (ROOT / LANGUAGES[name].directory / file).read_text())[1]
    done = shell(name, toolchain.version, detlossd)
    found = re.search(r"\d+(\.\d+)*", done.stdout) if done.returncode == 0 else None
    if not found or numbers(found[0]) < numbers(wanted):
        raise Failure(f"needs {toolchain.name} {wanted} or later, from {toolchain.source}; "
                      f"found {found[0] if found else 'none'}")


def build(row, detlossd):
    done = shell(row.language, LANGUAGES[row.language].build, detlossd)
    if done.returncode != 0:
        raise Failure("cannot be built\n" + excerpt(row.language, done.stderr + done.stdout))
    done = shell(row.language, LANGUAGES[row.language].versions, detlossd)
    row.versions = ", ".join(done.stdout.split("\n")).strip(", ") or "-"


def run_example(row, detlossd, address):
    done = shell(row.language, f"{LANGUAGES[row.language].example} {address}", detlossd)
    if done.returncode != 0 or done.stdout.strip() != EXAMPLE_PRINTS:
        row.fail(f"the example must print\n  {EXAMPLE_PRINTS}\n  but ended with status "
                 f"{done.returncode} and\n" + excerpt(row.language, done.stdout + done.stderr))


def read_golden(directory):
    return [case for path in sorted(directory.glob("*.json"))
            for case in json.loads(path.read_text())]


def run_conformance(row, detlossd, directory, addresses):
    """What it says of the cases in a directory, as `PASSED of TOTAL`, and all that it printed."""
    arguments = " ".join([str(directory), *servers.as_arguments(addresses)])
    done = shell(row.language, f"{LANGUAGES[row.language].conformance} {arguments}", detlossd)
    last = re.search(r"^(\d+ of \d+) cases\s*\Z", done.stdout, re.MULTILINE)
    return done, last[1] if last else "-"


def run_golden(row, detlossd, golden, addresses):
    """Row gets how many cases passed, and fails unless those are all there are."""
    total = len(read_golden(golden))
    done, row.cases = run_conformance(row, detlossd, golden, addresses)
    if done.returncode != 0 or row.cases != f"{total} of {total}":
        row.fail(f"not all of {total} golden cases passed; status {done.returncode}\n"
                 + excerpt(row.language, done.stdout + done.stderr))


def run_altered(row, detlossd, golden, addresses):
    """Fails when the client passes a case of which the answer is wrong."""
    cases = list(altered.altered_cases(read_golden(golden)))
    with tempfile.TemporaryDirectory() as directory:
        (pathlib.Path(directory) / "altered.json").write_text(json.dumps(cases))
        done, passed = run_conformance(row, detlossd, directory, addresses)
    if done.returncode == 0 or passed != f"0 of {len(cases)}":
        row.fail(f"not all of {len(cases)} wrong answers were seen; status {done.returncode}, "
                 f"{passed}\n" + excerpt(row.language, done.stdout + done.stderr))


def run_tests(row, detlossd):
    for command in LANGUAGES[row.language].tests:
        done = shell(row.language, command, detlossd)
        if done.returncode == _SKIPPED:  # although all that it may need has been installed
            row.fail(f"was skipped: {command}\n" + excerpt(row.language, done.stdout + done.stderr))
        elif done.returncode != 0:
            row.fail(f"status {done.returncode} of {command}\n"
                     + excerpt(row.language, done.stderr + done.stdout))


def test(name, options, addresses):
    """One language. Gives its row of the table."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    row, begin = Row(name), time.monotonic()
    (BUILD / f"{name}.log").unlink(missing_ok=True)
    try:
        require_toolchain(name, options.detlossd)
        build(row, options.detlossd)
        run_example(row, options.detlossd, addresses["open"])
        run_golden(row, options.detlossd, options.golden, addresses)
        run_altered(row, options.detlossd, options.golden, addresses)
        run_tests(row, options.detlossd)
    except (Failure, subprocess.TimeoutExpired) as failure:
        row.fail(failure)
    row.seconds = time.monotonic() - begin
    return row


def print_table(rows):
    table = [("language", "library versions", "golden cases passed", "seconds")]
    table += [(row.language, row.versions, row.cases, f"{row.seconds:.1f}") for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*table)]
    for line in table:
        print(" | ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def parse_arguments():
    parser = argparse.ArgumentParser(prog="script/test-clients", description=__doc__)
    parser.add_argument("languages", nargs="*", metavar="language",
                        help=f"{', '.join(LANGUAGES)}; default: all but "
                             f"{', '.join(ON_REQUEST)}")
    parser.add_argument("--golden", type=pathlib.Path, default=ROOT / "tests/golden",
                        help="directory of the golden requests (default: tests/golden)")
    parser.add_argument("--detlossd", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.languages = options.languages or [name for name in LANGUAGES if name not in ON_REQUEST]
    options.golden, options.detlossd = options.golden.resolve(), os.path.abspath(options.detlossd)
    unknown = [name for name in options.languages if name not in LANGUAGES]
    if unknown:
        parser.error(f"unknown language '{unknown[0]}': one of {', '.join(LANGUAGES)}, or tools")
    return options


def main():
    options = parse_arguments()
    with servers.all_servers(options.detlossd) as addresses:
        rows = [test(name, options, addresses) for name in options.languages]
    print_table(rows)
    failed = [row.language for row in rows if not row.ok]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
