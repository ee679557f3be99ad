# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The section of the page with the goals."""

from tables import number, spread, table

MET = {True: "yes", False: "**no**", None: "not known"}


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
               MET[part["met"]], "; ".join([evidence(part), *later(goal)])]


def later(goal):
    """The machine of a goal that was measured later than the rest."""
    if "machine" not in goal:
        return []
    return [f"{goal['machine']['date']}, {goal['machine']['versions']['instruction set']}"]


def note(goal, part):
    """What bounds a part that is missed: its own note, or that of the goal."""
    if "note" in part:
        where = f"{goal['number']}, {part['part']}" if "part" in part else goal["number"]
        return f"- {where}: {part['note']}\n"
    return f"- {goal['number']}: {goal.get('note', '**no note**')}\n"


def notes(measured):
    lines = dict.fromkeys(note(goal, part) for goal in measured for part in goal["parts"]
                          if part["met"] is False)  # each once
    return "\nWhat bounds those that are missed:\n\n" + "".join(lines) if lines else ""


def goals(measured):
    rows = [row for goal in measured for row in goal_rows(goal)]
    return ("## Goals\n\n" + table(["#", "what", "goal", "measured", "met", "of"], rows) +
            notes(measured))
