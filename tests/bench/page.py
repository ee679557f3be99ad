# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/performance.md of what was measured, and of nothing else."""

from programs import HERE
from tables import number, size, spread, table

HEAD = """# Performance

<!-- written by script/bench: do not edit -->

"""

METHOD = (HERE / "page_method.md").read_text()


def target_text(part):
    return f"{'≥' if part['compare'] == '>=' else '≤'} {number(part['target'])}"


def evidence(part):
    """What the ratio is of, and what else there is to say."""
    facts = []
    if "unit" in part:
        facts.append(f"{number(part['numerator'])} against {number(part['denominator'])} "
                     f"{part['unit'].replace('/s', 'requests/s')}")
    if "remark" in part:
        facts.append(part["remark"])
    return "; ".join(facts)


def goal_rows(goal):
    if not goal["parts"]:
        yield [str(goal["number"]), goal["goal"], "", "", "", ""]
    for index, part in enumerate(goal["parts"]):
        texts = [goal["goal"]] if index == 0 else []
        texts += [part["part"]] if "part" in part else []
        yield [str(goal["number"]), "<br>".join(texts), target_text(part), spread(part, "value"),
               "yes" if part["met"] else "**no**", evidence(part)]


def goals(measured):
    rows = [row for goal in measured for row in goal_rows(goal)]
    notes = [f"- {goal['number']}: {goal.get('note', '**no note**')}\n" for goal in measured
             if not all(part["met"] for part in goal["parts"])]
    return "## Goals\n\n" + table(["#", "what", "goal", "measured", "met", "of"], rows) + (
        "\nWhat bounds those that are missed:\n\n" + "".join(notes) if notes else "")


def machine(measured, quick):
    versions = ", ".join(f"{name} {version}" for name, version in measured["versions"].items())
    text = (f"Measured on {measured['date']}: {measured['cpu']}, {measured['cores']} cores, caches "
            f"{measured['caches']}, {measured['memory_gib']} GiB, hypervisor "
            f"{measured['hypervisor']}, Linux {measured['kernel']}; {versions}.\n")
    if measured["busy_processors"] > 0.2:
        text += (f"\n**The machine was not quiet**: before or after, others kept "
                 f"{measured['busy_processors']:.1f} processors busy.\n")
    return text + ("\n**A quick run**: few rounds, short ones.\n" if quick else "")


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
    return number(1e6 * summary["median"])


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


SECTIONS = {"goals": goals, "kernels": kernels, "service": service, "peers": peers}


def write_page(results):
    """The page as text. Sections that were not measured are left out."""
    machine_text = machine(results["machine"], results["quick"])
    sections = [write(results[name]) for name, write in SECTIONS.items() if name in results]
    return HEAD + machine_text + "\n" + "".join(sections) + "\n" + METHOD
