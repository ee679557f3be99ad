# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The sections of the page with what was measured beside the goals."""

from tables import number, size, spread, table


def type_text(row):
    target = row.get("target", row.get("type", "FLOAT32"))
    return f"{target} indices" if row.get("indices") else target


def kernel_cells(row):
    return [number(row["ns"]["median"]), number(row["gbps"]), number(row["copy_ratio"]["value"])]


def kernels(measured):
    columns = sorted({(row["elements"], row["threads"]) for row in measured["cases"]})
    grouped = {}
    for row in measured["cases"]:
        key = (row["loss"], row["type"], type_text(row))
        grouped.setdefault(key, {})[row["elements"], row["threads"]] = row
    headings = ["loss", "prediction", "target"]
    for elements, threads in columns:
        where = f"{elements >> 10}Ki, {max(threads, 1)} thread{'s' if threads > 1 else ''}"
        headings += [f"ns ({where})", "GB/s", "of copy"]
    rows = [[*key, *(cell for column in columns for cell in kernel_cells(cells[column]))]
            for key, cells in grouped.items()]
    options = [[row["loss"], row["option"], spread(row["ns"], "median"), number(row["gbps"]),
                spread(row["copy_ratio"], "value"), number(row["traffic_ratio"]["value"])]
               for row in measured["options"]]
    return (
        "\n## Kernels\n\nThrough the core's interface, value and gradient: nanoseconds an element "
        "(a box for box losses), bytes read and written, and the time over that of copying as "
        "many. Sizes are elements of the prediction.\n\n" + table(headings, rows) +
        "\nOptions, 1Mi elements of FLOAT32 on one thread:\n\n" +
        table(["loss", "option", "ns", "GB/s", "of copy", "of traffic"], options))


def micro(summary):
    return number(1e6 * summary["median"]) if summary else "-"


def service(measured):
    rows = [[row["transport"], size(row["payload"]), str(row["outstanding"]),
             spread(row["ours"]["rate"], "median"), number(row["ours"]["gbps"]),
             micro(row["ours"]["p50"]), micro(row["ours"]["p99"]),
             number(row["echo"]["rate"]["median"]), micro(row["echo"]["p99"]),
             spread(row["ratio"], "value")] for row in measured]
    return ("\n## Service\n\nsmooth_l1 of FLOAT32 with its gradient, whose reply is half as large "
            "as the request; without a payload, GetServerInfo. GB/s are of both directions.\n\n" +
            table(["transport", "request", "outstanding", "requests/s", "GB/s", "p50 µs",
                   "p99 µs", "echo requests/s", "echo p99 µs", "of echo"], rows))


def profile(measured):
    rows = [[row["case"], str(row["outstanding"]), server, number(of_server["rate"]["median"]),
             *(number(of_server[process][kind])
               for process in ("server", "client") for kind in ("user", "system"))]
            for row in measured for server, of_server in row["servers"].items()]
    stages = [[row["case"], str(row["outstanding"]), *map(number, row["stages"].values())]
              for row in measured]
    return (
        "\n## Where the time goes\n\nProcessor time of a request, of the server and of the load "
        "client: in the program (user) and in the system's kernel.\n\n" +
        table(["case", "outstanding", "server", "requests/s", "server user µs", "server system µs",
               "client user µs", "client system µs"], rows) +
        "\nStages of a request in detlossd, medians in µs:\n\n" +
        table(["case", "outstanding", *measured[0]["stages"]], stages))


def milli(summary):
    return number(1e3 * summary["median"])


def peers(measured):
    in_process = [
        [row["loss"], f"{row['items']:,}", str(row["threads"]), milli(row["ours"]),
         milli(row["torch"]), row["setting"], spread(row["ratio"], "value")]
        for row in measured["losses"] + measured["sizes"]]
    remote = [
        [f"{row['elements']:,}", str(row["outstanding"]), number(row["ours"]["median"]),
         number(row["python"]["median"]), row["setting"], number(row["echo"]["median"]),
         micro(row["p50"]), micro(row["python_p50"]), spread(row["ratio"], "value")]
        for row in measured["remote"]]
    return (
        "\n## Peers\n\nIn process, value and gradient:\n\n" +
        table(["loss", "elements or boxes", "threads", "ours ms", "torch ms", "setting", "times"],
              in_process) +
        "\nAs a service over TCP, sigmoid focal:\n\n" +
        table(["elements", "outstanding", "requests/s", "Python requests/s", "setting",
               "echo requests/s", "p50 µs", "Python p50 µs", "times"], remote) +
        "\n![Time in process and requests per second, with peers and limits](performance.svg)\n")


def python_cell(way):
    return f"{milli(way['seconds'])} ({number(way['ratio']['value'])})"


def python(measured):
    ways = list(measured[0]["ways"])
    rows = [[row["loss"], f"{row['elements']:,}", milli(row["torch"]), row["setting"],
             *(python_cell(row["ways"][way]) for way in ways)] for row in measured]
    return ("\n## From Python\n\nFunctions of detloss.torch over the network, and their namesakes of "
            "torchvision in process in the best setting: forward and backward, of FLOAT32, in ms, "
            "and in parentheses how many times as long torchvision takes.\n\n" +
            table(["loss", "elements", "torchvision", "setting", *ways], rows))
