# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Commands of the languages, and what they print."""

import os
import pathlib
import subprocess

from languages import LANGUAGES

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/clients"
_TIMEOUT = 1200  # seconds; what takes longer, be it a build, has got stuck


def shell(name, command, detlossd):
    """Runs a command of a language. What it prints goes to its log too."""
    out = BUILD / name
    out.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=ROOT / LANGUAGES[name].directory,
        env={**os.environ, "ROOT": str(ROOT), "OUT": str(out), "DETLOSSD": detlossd},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    with open(BUILD / f"{name}.log", "a", encoding="utf-8") as log:
        log.write(f"$ {command}\n{done.stdout}{done.stderr}")
    return done


def excerpt(name, output):
    """What a person can take in of much output."""
    lines = [line if len(line) <= 300 else line[:300] + " ..." for line in output.splitlines()]
    if len(lines) > 20:
        lines = ["...", *lines[-20:]]
    return "\n".join([*(f"  {line}" for line in lines),
                      f"  (all of it: {(BUILD / name).relative_to(ROOT)}.log)"])
