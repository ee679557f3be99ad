# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The golden requests: that they are answered as written, and that nothing is missing.

Usage: golden_test.py DETLOSSD ERRORS_MD.
"""

import pathlib
import re
import sys
import unittest

import altered
import cases
import conformance
import servers
import write

from detloss.v1 import loss_service_pb2, losses_pb2
from google.protobuf import json_format

_HERE = pathlib.Path(__file__).parent

# Highway's names of instruction sets that lack it.
_WITHOUT_FMA = ("SCALAR", "EMU128", "SSE2", "SSSE3", "SSE4")

# Of what no request is the cause by what it holds.
_OTHER_REASONS = {"OUT_OF_MEMORY", "CANCELLED", "DEADLINE_EXCEEDED", "SHUTTING_DOWN", "INTERNAL"}


def messages_of(member):
    """The requests or responses of all cases, as messages."""
    for case in conformance.read_cases(_HERE):
        types = dict(zip(("requests", "responses"), conformance.TYPES[case["method"]]))
        for message in case.get(member, ()):
            yield json_format.ParseDict(message, types[member]())


def seen_in(message, seen):
    """Adds the full names of the fields that are set, and of the values of enums."""
    for field, value in message.ListFields():
        seen.add(field.full_name)
        values = [value] if field.label != field.LABEL_REPEATED else value
        for one in values:
            if field.message_type is not None:
                seen_in(one, seen)
            elif field.enum_type is not None and one in field.enum_type.values_by_number:
                seen.add(f"{field.enum_type.full_name}.{field.enum_type.values_by_number[one].name}")


def all_of(descriptor, names, visited):
    """Adds the full names of every field below a message, and of every value of an enum but 0."""
    if descriptor.full_name in visited:
        return
    visited.add(descriptor.full_name)
    for field in descriptor.fields:
        names.add(field.full_name)
        if field.message_type is not None:
            all_of(field.message_type, names, visited)
        elif field.enum_type is not None:
            names.update(f"{field.enum_type.full_name}.{value.name}"
                         for value in field.enum_type.values if value.number != 0)


class GoldenTest(unittest.TestCase):
    detlossd = ""
    errors_md = ""
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        stack = servers.all_servers(cls.detlossd)
        cls.channels = conformance.open_channels(servers.as_arguments(stack.__enter__()))
        cls.addClassCleanup(stack.__exit__, None, None, None)
        cls.cases = conformance.read_cases(_HERE)
        info = cls.channels["open"].unary_unary("/detloss.v1.LossService/GetServerInfo")(b"")
        target = loss_service_pb2.GetServerInfoResponse.FromString(info).simd_target
        if target in _WITHOUT_FMA:
            raise unittest.SkipTest(f"the bits are those of processors with FMA, not of {target}")

    def test_every_case_passes(self):
        for case in self.cases:
            with self.subTest(case["name"]):
                self.assertEqual(
                    conformance.difference(case, self.channels[case.get("server", "open")]), "")

    def test_files_are_what_write_writes(self):
        write.learn_losses(self.channels)
        for file in cases.FILES:
            self.assertEqual((_HERE / file).read_text(), write.text_of(file, self.channels), file)

    def test_names_are_unique(self):
        names = [case["name"] for case in self.cases]
        self.assertEqual(len(names), len(set(names)))

    def test_every_field_and_value_has_a_case(self):
        for member, kind in (("requests", 0), ("responses", 1)):
            required, seen = set(), set()
            for types in conformance.TYPES.values():
                all_of(types[kind].DESCRIPTOR, required, set())
            for message in messages_of(member):
                seen_in(message, seen)
            # What is not compared is not there.
            varying = {name for name in required if re.search(
                r"\.(timing|\w+_us|version|simd_target|compute_threads)$", name)}
            self.assertEqual(required - seen - varying - _never_sent(member), set())

    def test_every_loss_has_a_case_with_every_field_of_a_term(self):
        asked = {}
        for request in messages_of("requests"):
            for term in getattr(request, "terms", ()):
                loss = term.WhichOneof("loss")
                asked.setdefault(loss, set()).update(field.name for field, _ in term.ListFields())
        descriptor = losses_pb2.LossTerm.DESCRIPTOR
        losses = {field.name for field in descriptor.oneofs_by_name["loss"].fields}
        self.assertEqual(losses - set(asked), set())
        # Which is for the statistics of one family, and has a case there.
        special = losses | {"easy_threshold"}
        for loss in losses:
            self.assertEqual(set(descriptor.fields_by_name) - special - asked[loss], set(), loss)

    def test_every_reason_has_a_case(self):
        listed = set(re.findall(r"^\| `([A-Z_]+)` \|", pathlib.Path(self.errors_md).read_text(),
                                re.MULTILINE))
        errors = [case["error"] for case in self.cases if "error" in case]
        self.assertEqual(listed - {error.get("reason") for error in errors}, _OTHER_REASONS)

    def test_what_is_altered_does_not_pass(self):
        for case in altered.altered_cases(self.cases):
            with self.subTest(case["name"]):
                self.assertNotEqual(
                    conformance.difference(case, self.channels[case.get("server", "open")]), "")


def _never_sent(member):
    """Values that only the other direction has: results are floating-point."""
    integers = {f"detloss.v1.DataType.DATA_TYPE_{name}" for name in ("INT32", "INT64", "UINT8")}
    return integers if member == "responses" else set()


if __name__ == "__main__":
    GoldenTest.detlossd, GoldenTest.errors_md = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1], verbosity=1)
