# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The page has every row that was measured, and the table of goals has every goal."""

import json
import re
import unittest

import goal_parts
import measure_goals
import page
import page_goals
import rounds
import run
from programs import HERE

RESULTS = json.loads((HERE / "page_test.json").read_text())
PAGE = page.write_page(RESULTS)
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.splitlines()
        if line.startswith("| ") and not line.startswith("| ---")]


def without(name):
    return page.write_page({key: value for key, value in RESULTS.items() if key != name})


class PageTest(unittest.TestCase):
    def find(self, *cells):
        """The only row that begins so."""
        found = [row for row in ROWS if row[:len(cells)] == list(cells)]
        self.assertEqual(len(found), 1, cells)
        return found[0]

    def test_goals(self):
        for goal in RESULTS["goals"]:
            rows = [row for row in ROWS if row[0] == str(goal["number"])]
            self.assertEqual(len(rows), max(1, len(goal["parts"])), goal)
            for row, part in zip(rows, goal["parts"]):
                self.assertIn(part.get("part", goal["goal"]), row[1])
                met = {True: "yes", False: "**no**", None: "not known"}[part["met"]]
                self.assertEqual(row[4], met)

    def test_a_goal_says_what_it_measured(self):
        self.assertEqual(self.find("1")[2:], ["≥ 22", "23.5 (22.9 .. 24.1)", "yes",
                                              "21.2 against 0.9 ms"])

    def test_a_missed_goal_has_its_note(self):
        self.assertIn("missed:\n\n- 2: Memory.\n- 2, l4: Something else.\n- 3: **no note**\n", PAGE)
        self.assertNotIn("- 1: ", PAGE)

    def test_goals_without_notes(self):
        met = [goal for goal in RESULTS["goals"] if goal["number"] == 1]
        self.assertIn("| 1 | Focal |", page_goals.goals(met))
        self.assertNotIn("missed", page_goals.goals(met))

    def test_kernels(self):
        self.assertEqual(self.find("sigmoid_focal", "FLOAT32", "FLOAT32")[3:],
                         ["0.9", "13.3", "0.85", "0.46", "26.1", "0.95"])
        self.assertEqual(self.find("sigmoid_focal", "BFLOAT16", "INT64 indices")[3:6],
                         ["1.1", "4.2", "1.2"])
        self.assertEqual(self.find("ciou", "value only")[2], "2.1 (2 .. 2.2)")

    def test_service(self):
        row = self.find("tcp", "1 MiB", "8")
        self.assertEqual(row[3:], ["2,050 (2,000 .. 2,100)", "3.2", "3,900", "6,100", "2,200",
                                   "5,800", "0.93 (0.92 .. 0.94)"])

    def test_a_p99_of_too_few_calls_is_no_number(self):
        self.assertEqual(self.find("unix", "0 B", "1")[6:9], ["140", "14,700", "-"])
        self.assertEqual(self.find("8", "Few calls<br>p99")[3:], ["-", "not known", ""])
        self.assertNotIn("- 8: ", PAGE)
        self.assertIsNone(rounds.summary([0.1, None, 0.2]))
        self.assertIsNone(goal_parts.plain_part([0.1, None], "of few calls")["value"])
        self.assertIsNone(goal_parts.seconds_ratio([0.1, None], [0.1, 0.1])["value"])

    def test_profile(self):
        self.assertEqual(self.find("focal, 1,000 elements", "8", "detlossd")[3:],
                         ["71,000", "6.12", "7.5", "8", "6.5"])
        self.find("focal, 1,000 elements", "8", "echo")
        self.assertEqual(self.find("focal, 1,000 elements", "8", "1")[2:],
                         ["1", "2", "0", "1.5", "3"])

    def test_peers(self):
        self.assertEqual(self.find("l1", "1,048,576", "1")[3:],
                         ["0.4", "2.1", "torch, tuned", "5.2 (5 .. 5.4)"])
        self.assertEqual(self.find("1,000", "8")[2:],
                         ["71,000", "1,800", "tuned", "75,000", "98", "4,400", "39 (38 .. 40)"])

    def test_python(self):
        self.assertEqual(self.find("giou", "4,000")[2:],
                         ["20", "torch, tuned, 1 threads", "4 (5)"])

    def test_what_was_not_measured_is_left_out(self):
        for name, heading in (("goals", "Goals"), ("profile", "Where the time goes"),
                              ("kernels", "Kernels"), ("service", "Service"),
                              ("peers", "Peers"), ("python", "From Python")):
            self.assertIn(f"\n## {heading}\n", PAGE)
            self.assertNotIn(f"\n## {heading}\n", without(name))

    def test_what_was_measured_later_tells_its_machine(self):
        old = json.loads((HERE / "page_test.json").read_text())
        other = {**old["machine"], "cpu": "Another processor", "date": "2026-03-04 05:06 UTC",
                 "versions": {"instruction set": "NEON"}}
        new = {"machine": other, "python": old["python"], "goals": old["goals"][:1]}
        text = page.write_page(run.updated(old, new))
        self.assertIn("2026-03-04 05:06 UTC: Another processor", text.partition("From Python")[2])
        self.assertIn("21.2 against 0.9 ms; 2026-03-04 05:06 UTC, NEON |", text)

    def test_a_busy_machine_is_told(self):
        self.assertIn("not quiet", PAGE)

    def test_every_goal_has_a_measurement(self):
        numbers = [goal["number"] for goal in json.loads((HERE / "goals.json").read_text())]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual(numbers, sorted(measure_goals.GOALS))

    def test_a_goal_is_met_missed_or_not_known(self):
        for value, met in ((1.0, True), (1.2, True), (1.3, False), (None, None)):
            part = {"compare": "<=", "target": 1.2, "value": value}
            self.assertIs(measure_goals.met(part), met)

    def test_a_goal_is_not_met_where_sizes_are_left_out(self):
        part = {"compare": "<=", "target": 1.2, "incomplete": True}
        self.assertIsNone(measure_goals.met({**part, "value": 1.0}))
        self.assertIs(measure_goals.met({**part, "value": 1.3}), False)

    def test_links_of_the_page(self):
        self.assertEqual(set(re.findall(r"\]\((\S+)\)", PAGE)),
                         {"performance.json", "performance.svg"})


class RoundsTest(unittest.TestCase):
    def test_variants_take_turns_after_a_warm_up(self):
        order = []
        samples = rounds.interleave({name: lambda n=name: order.append(n) or len(order)
                                     for name in "ab"}, 2)
        self.assertEqual("".join(order), "ababab")
        self.assertEqual(samples, {"a": [3, 5], "b": [4, 6]})

    def test_ratio_of_medians(self):
        self.assertEqual(rounds.ratio([1, 4, 6, 5, 9], [1, 2, 2, 4, 2]),
                         {"value": 2.5, "low": 1.25, "high": 3.0})


unittest.main()
