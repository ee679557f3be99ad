# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Calls that no library would make: each ends as it must, and the server goes on."""

import tempfile
import unittest

import h2
from connection import Connection
from daemon import Daemon
from rows import GOOD
from siege import BINARY, EMPTY, INFO, LOSS, STREAM, answers, falls, main

OK, INVALID, DEADLINE, EXHAUSTED, UNIMPLEMENTED = b"0", b"3", b"4", b"8", b"12"
# What is no message, or only a part of one.
BODIES = (b"", b"\x00", b"\x00\x00\x00", h2.prefixed(b"", 10), h2.prefixed(b"12345", 10))
CALL = {":method": "POST", ":scheme": "http", ":path": INFO, ":authority": "x", "te": "trailers",
        "content-type": "application/grpc"}


def block_of(changes):
    """The header fields of a call with some changed, added, or (None) left out."""
    fields = {**CALL, **changes}
    return b"".join(h2.literal(*field) for field in fields.items() if field[1] is not None)


class CallsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.daemon = cls.enterClassContext(Daemon(BINARY, scratch))

    def tearDown(self):
        self.assertTrue(self.daemon.alive(), self.daemon.errors())
        self.assertTrue(answers(self.daemon.address))

    def end(self, changes=None, body=h2.data(1, EMPTY, end=True)):
        """How a call ends, and whether its connection is still good for another."""
        with Connection(self.daemon.address, timeout=10) as connection:
            connection.greet()
            connection.send(h2.headers(1, block_of(changes or {})), body)
            end = connection.end_of(1)
            connection.call(3, INFO, EMPTY)
            return end, connection.end_of(3).get(b"grpc-status") == OK

    def assert_ends(self, status, changes=None, body=h2.data(1, EMPTY, end=True)):
        end, goes_on = self.end(changes, body)
        self.assertEqual(end.get(b"grpc-status"), status, end)
        self.assertTrue(goes_on)

    def test_timeouts(self):
        for timeout, status in (
                ("1S", OK), ("1000000H", OK), ("0n", DEADLINE), ("0S", DEADLINE), ("-1S", OK),
                ("", OK), ("S", OK), ("1", OK), ("1x", OK), ("1 S", OK), ("9" * 30 + "H", OK),
                ("1.5S", OK), ("0x10S", OK), ("1SS", OK), ("\xff", OK)):
            with self.subTest(timeout):
                self.assert_ends(status, {"grpc-timeout": timeout})

    def test_content_types(self):
        for kind in ("application/grpc", "application/grpc+proto", "application/grpc;x=y",
                     "application/grpc+json", "application/json", "", None, "x" * 1000):
            with self.subTest(kind):
                _, goes_on = self.end({"content-type": kind})
                self.assertTrue(goes_on)

    def test_pseudo_headers(self):
        for name in (":method", ":scheme", ":path", ":authority", "te"):
            for value in (None, "", "x", "GET", "PUT", "/", "x" * 1000, "\x00", "\xff\xfe"):
                with self.subTest(name=name, value=value):
                    _, goes_on = self.end({name: value})
                    self.assertTrue(goes_on)

    def test_what_aborted_other_versions(self):
        """CVE-2023-1428: a field that cannot be parsed, in a block beyond the limit."""
        for field in ({"te": "x"}, {":scheme": "x"}, {"grpclb_client_stats": "x"}):
            for more in ({}, {"big": "y" * 9000}, {"big": "y" * 16_000}):
                with self.subTest(field=field, more=len(more)):
                    self.end({**field, **more})
                    self.assertTrue(self.daemon.alive())

    @falls("CVE-2023-32732: bad base64 is an error of the connection, hpack_parser.cc:857")
    def test_bad_base64(self):
        _, goes_on = self.end({"x-bin": "!!!!"})
        self.assertTrue(goes_on)

    @falls("CVE-2023-32731: so is a block beyond the limit, hpack_parser.cc:1060")
    def test_headers_beyond_the_limit(self):
        _, goes_on = self.end({"big": "y" * 9000})
        self.assertTrue(goes_on)

    def test_10000_entries(self):
        self.end({f"x-{i}": "y" for i in range(1000)})
        with Connection(self.daemon.address) as connection:
            connection.greet()
            parts = [block_of({})] + [b"".join(h2.literal(f"x-{i}-{k}", "y") for k in range(100))
                                      for i in range(100)]
            connection.send(h2.headers(1, parts[0], 0), *(
                h2.frame(h2.CONTINUATION, h2.END_HEADERS if i == 99 else 0, 1, part)
                for i, part in enumerate(parts[1:])), h2.data(1, EMPTY, end=True))
            self.assertIn(connection.end_of(1).get(b"grpc-status"), (OK, EXHAUSTED))

    def test_methods(self):
        for path in ("/", "", "//", "/x", "/detloss.v1.LossService/", "/detloss.v1.LossService",
                     "/detloss.v1.LossService/computeLoss", LOSS + "/", LOSS + "?x", "x" * 4000,
                     "/%00", "/../..", "*"):
            with self.subTest(path):
                self.assert_ends(UNIMPLEMENTED, {":path": path})

    def test_the_longest_timeout(self):
        self.assert_ends(OK, {"grpc-timeout": "99999999H"})

    def test_no_message(self):
        for path in (INFO, LOSS):
            for body in BODIES:
                self.assert_ends(INVALID, {":path": path}, h2.data(1, body, end=True))

    def test_no_item(self):
        for body in BODIES:
            with self.subTest(body):
                self.assert_ends(OK, {":path": STREAM}, h2.data(1, body, end=True))

    def test_two_messages(self):
        self.assert_ends(OK, {}, h2.data(1, EMPTY * 2, end=True))
        self.assert_ends(INVALID, {":path": LOSS}, h2.data(1, EMPTY * 2, end=True))

    def test_flags_of_a_message(self):
        """gRPC takes a message with a wrong flag for an empty one."""
        for flag in (2, 5, 254, 255):
            with self.subTest(flag):
                self.assert_ends(INVALID, {":path": LOSS},
                                 h2.data(1, bytes([flag]) + h2.prefixed(GOOD)[1:], end=True))

    def test_encodings(self):
        """gRPC knows some, which are off; with one that it does not know the bytes count as they
        are."""
        compressed = h2.data(1, b"\x01" + h2.prefixed(b"\xff" * 100)[1:], end=True)
        for encoding, status in (("gzip", UNIMPLEMENTED), ("deflate", UNIMPLEMENTED),
                                 ("x", INVALID), ("", INVALID), ("identity,gzip", INVALID)):
            with self.subTest(encoding):
                self.assert_ends(status, {":path": LOSS, "grpc-encoding": encoding}, compressed)

    def test_second_headers(self):
        """Trailers of a client: without an end they are an error, with it they are the end."""
        for flags in (h2.END_HEADERS, h2.END_HEADERS | h2.END_STREAM):
            self.end({}, h2.data(1, EMPTY) + h2.headers(1, h2.literal("x", "y"), flags))


if __name__ == "__main__":
    main()
