# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Draws what was measured against peers and limits, both axes logarithmic."""

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "detloss"  # the same file for the same numbers
matplotlib.rcParams["svg.fonttype"] = "none"

from matplotlib import pyplot  # noqa: E402


def curve(axes, rows, x, y, style, label):
    points = sorted((row[x], y(row)) for row in rows)
    axes.plot(*zip(*points), style, label=label, markersize=4)


def draw_in_process(axes, rows):
    few, many = min(row["threads"] for row in rows), max(row["threads"] for row in rows)
    for threads, line in {few: "--", many: "-"}.items():
        chosen = [row for row in rows if row["threads"] == threads]
        count = f"{threads} thread{'s' if threads > 1 else ''}"
        for name, style, label in (("ours", "C0o", "detloss"), ("torch", "C1s", "torch"),
                                   ("copy", "C7.", "limit: copying as many bytes")):
            curve(axes, chosen, "items", lambda row, n=name: 1e3 * row[n]["median"], style + line,
                  f"{label}, {count}")
    axes.set(title="Sigmoid focal in process, value and gradient", xlabel="elements", ylabel="ms")


def draw_service(axes, rows):
    outstanding = max(row["outstanding"] for row in rows)
    chosen = [row for row in rows if row["outstanding"] == outstanding]
    for name, style, label in (("ours", "C0o-", "detlossd"), ("python", "C1s-", "grpcio and torch"),
                               ("echo", "C7.-", "limit: bare echo of the same bytes")):
        curve(axes, chosen, "elements", lambda row, n=name: row[n]["median"], style, label)
    axes.set(title=f"Sigmoid focal over TCP, {outstanding} outstanding", xlabel="elements",
             ylabel="requests/s")


def draw(peers, path):
    figure, panels = pyplot.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    draw_in_process(panels[0], peers["sizes"])
    draw_service(panels[1], peers["remote"])
    for axes in panels:
        axes.set(xscale="log", yscale="log")
        axes.grid(True, which="both", alpha=0.25)
        axes.legend(fontsize="small")
    figure.savefig(path, metadata={"Date": None})
