# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers and tables as Markdown."""


def number(value):
    """Three significant digits."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def spread(value, key):
    """The value, if there is one, with the quartiles between which it lies."""
    if value[key] is None:
        return "-"
    return f"{number(value[key])} ({number(value['low'])} .. {number(value['high'])})"


def size(bytes_):
    for unit in ("B", "KiB", "MiB"):
        if bytes_ < 1024:
            break
        bytes_ /= 1024
    return f"{bytes_:g} {unit}"


def table(headings, rows):
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
