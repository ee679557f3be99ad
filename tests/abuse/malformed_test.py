# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Requests that are wrong: each is answered as docs/errors.md says, and the server goes on."""

import pathlib
import random
import struct
import tempfile
import unittest

import grpc

import messages
from daemon import Daemon
from rows import (BCE, CE, F16, F32, F64, FOCAL, GIOU, I32, I64, L1, NAN, REJECT, ROWS, U8,
                  empty_box, floats, labels, one, same, values)
from siege import BINARY, LOSS, SCALE, STREAM, main
from wire import block, double, number, tensor

SEED = 20261125
CODES = {"MALFORMED_REQUEST": "INVALID_ARGUMENT", "LIMIT_EXCEEDED": "RESOURCE_EXHAUSTED",
         "CLASS_INDEX_OUT_OF_RANGE": "OUT_OF_RANGE", "TARGET_OUT_OF_RANGE": "OUT_OF_RANGE"}


def full_request():
    """A valid request in which most fields are set."""
    request = messages.Request(response_encoding=2)
    for loss in ("giou", "cross_entropy", "smooth_l1"):
        term = request.terms.add(name=f"a {loss}", reduction=2, scale=0.5, statistics=True)
        rows = 2
        term.prediction.MergeFrom(_tensor(1, [rows, 4], 4.0))
        term.target.MergeFrom(_tensor(6, [rows], 1.0) if loss == "cross_entropy" else
                              _tensor(1, [rows, 4], 2.0))
        term.segment_offsets.extend([0, 1, rows])
        getattr(term, loss).SetInParent()
    request.terms[1].cross_entropy.class_weights.extend([1, 2, 3, 4])
    return request.SerializeToString()


def _tensor(data_type, shape, most):
    count = 1
    for length in shape:
        count *= length
    tensor = messages.message("detloss.v1.Tensor")(data_type=data_type, shape=shape)
    tensor.values.values.extend(most * (i % 2) for i in range(count))
    return tensor


# Contents that nobody may see, as they would be printed, FLOAT32 too. No time in a line of the log
# looks like one.
SECRETS = ("1234.5", "9876543", "9.87654e+08", "SECRET")
NUMBER, INDEX, TEXT = 1234.5678, 987654321, b"SECRETSECRET"


def two_labels(data_type):
    return number(1, data_type) + block(2, b"\2")


def secretive():
    """Requests that are wrong, nearly all in what their tensors hold, with what was wrong."""
    box = floats([1, 4], NUMBER, NAN, INDEX, NUMBER)
    logits = floats([2, 3], *[NUMBER] * 6)
    text = TEXT + bytes(4)
    return {
        "NaN": same(box, GIOU, REJECT),
        "NaN of FLOAT64": same(empty_box(F64) + values(NUMBER, NAN, INDEX, NUMBER), L1, REJECT),
        "NaN of a target": one(floats([1, 4], *[NUMBER] * 4), box, GIOU, REJECT),
        "NaN of a weight": one(logits, logits, L1, block(4, floats([3], NUMBER, NAN, 1)) + REJECT),
        "infinity by rounding": same(empty_box(F16) + values(NUMBER, INDEX, 1, 1), L1, REJECT),
        "label": one(logits, labels(0, INDEX), CE),
        "negative label": one(logits, labels(-INDEX, 0), FOCAL),
        "label of INT32": one(logits, tensor(I32, [2], struct.pack("<2i", INDEX, 1)), BCE),
        "label as a number": one(logits, two_labels(I64) + values(0, INDEX), CE),
        "fraction": one(logits, two_labels(I64) + values(0, NUMBER), CE),
        "number of INT32": one(logits, two_labels(I32) + values(INDEX * 10, 0), CE),
        "UINT8": one(floats([12], *[NUMBER] * 12), tensor(U8, [12], TEXT), FOCAL),
        "text of another size": same(tensor(F32, [1, 4], TEXT), GIOU),
        "numbers too few": same(empty_box(F32) + values(NUMBER, INDEX), GIOU),
        "numbers too many": same(empty_box(F32) + values(*[NUMBER] * 4, INDEX), GIOU),
        "text as logits": one(tensor(F32, [1, 4], text), tensor(F32, [4], text), GIOU),
        "text of no data type": same(block(2, b"\1\4") + block(3, text), GIOU),
        "text of a wrong data type": same(tensor(I32, [1, 4], text), GIOU),
        "text as numbers": same(empty_box(F32) + block(4, TEXT), GIOU),
        "a number beyond its tensor": same(empty_box(F32) + block(4, double(1, NUMBER)[:-1]), GIOU),
        "text as a tensor": same(TEXT, GIOU),
        "text as a term": block(1, TEXT),
        "text as a request": TEXT,
        "text beyond its tensor": same(empty_box(F32) + b"\x1a\x7f" + TEXT, GIOU),
        "text after a request": same(floats([1, 4], *[NUMBER] * 4), GIOU) + TEXT,
    }


def told(error):
    """All that a failed call says: as text, and the bytes of its details."""
    trailers = dict(error.trailing_metadata())
    return " ".join([error.details(), repr(trailers), *(
        value.decode(errors="replace") for value in trailers.values() if isinstance(value, bytes))])


class MalformedTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.daemon = cls.enterClassContext(Daemon(BINARY, scratch))
        cls.channel = cls.enterClassContext(grpc.insecure_channel(
            cls.daemon.address, options=[("grpc.max_receive_message_length", -1)]))

    def tearDown(self):
        self.assertTrue(self.daemon.alive(), self.daemon.errors())

    def answer(self, request):
        """"OK", or code, reason and the first field."""
        try:
            reply = self.channel.unary_unary(LOSS)(request, timeout=60)
            messages.Response.FromString(reply)
            return "OK"
        except grpc.RpcError as error:
            reason, fields = messages.details(error.trailing_metadata())
            return " ".join([error.code().name, reason, *fields[:1]])

    def test_rows(self):
        for name, request, wanted in ROWS:
            with self.subTest(name):
                code = CODES.get(wanted.split()[0], "INVALID_ARGUMENT")
                self.assertEqual(self.answer(request),
                                 wanted if wanted == "OK" else f"{code} {wanted}")

    def test_rows_as_items_of_a_stream(self):
        items = [number(1, i) + block(2, request) for i, (_, request, _) in enumerate(ROWS)]
        replies = self.channel.stream_stream(STREAM)(iter(items), timeout=60)
        got = {item.id: item for item in map(messages.ItemResponse.FromString, replies)}
        for i, (name, _, wanted) in enumerate(ROWS):
            with self.subTest(name):
                self.assertEqual(got[i].error.reason or "OK", wanted.split()[0])

    def assert_documented(self, request, note):
        code, *reason = self.answer(request).split()
        if code != "OK":
            self.assertIn(code, ("INVALID_ARGUMENT", "OUT_OF_RANGE", "RESOURCE_EXHAUSTED"), note)
            self.assertTrue(reason, note)

    def test_every_truncation(self):
        request = full_request()
        self.assertEqual(self.answer(request), "OK")
        for size in range(len(request)):
            self.assert_documented(request[:size], f"{size} bytes")

    def test_bytes_that_changed(self):
        source = random.Random(SEED)
        request = full_request()
        for number_of_it in range(3000 * SCALE):
            spoiled = bytearray(request)
            for _ in range(source.choice((1, 1, 2, 8))):
                spoiled[source.randrange(len(spoiled))] = source.randrange(256)
            self.assert_documented(bytes(spoiled), f"{number_of_it}: {spoiled.hex()}")


class SecretsTest(unittest.TestCase):
    """Nothing that the server says or writes holds contents of tensors."""

    def setUp(self):
        self.scratch = self.enterContext(tempfile.TemporaryDirectory())
        self.daemon = self.enterContext(Daemon(BINARY, self.scratch, "--log_level=debug"))
        self.channel = self.enterContext(grpc.insecure_channel(self.daemon.address))

    def assert_tells_nothing(self, text):
        for secret in SECRETS:
            self.assertNotIn(secret, text)

    def check_unary(self):
        for name, request in secretive().items():
            with self.subTest(name), self.assertRaises(grpc.RpcError) as caught:
                self.channel.unary_unary(LOSS)(request, timeout=60)
            with self.subTest(name):
                self.assertTrue(messages.details(caught.exception.trailing_metadata())[0])
                self.assert_tells_nothing(told(caught.exception))

    def check_items(self):
        requests = secretive()
        items = [number(1, i) + block(2, request) for i, request in enumerate(requests.values())]
        replies = self.channel.stream_stream(STREAM)(iter(items), timeout=60)
        errors = {item.id: item.error for item in map(messages.ItemResponse.FromString, replies)}
        for i, name in enumerate(requests):
            with self.subTest(name):
                self.assertTrue(errors[i].reason)
                self.assert_tells_nothing(str(errors[i]))

    def check_broken_items(self):
        """What is no item ends the stream."""
        for item in (TEXT, block(2, TEXT)[:-1], number(1, 1) + b"\x12\x7f" + TEXT):
            with self.subTest(item):
                try:
                    replies = list(self.channel.stream_stream(STREAM)(iter([item]), timeout=60))
                    said = " ".join(str(messages.ItemResponse.FromString(each)) for each in replies)
                except grpc.RpcError as error:
                    said = told(error)
                self.assert_tells_nothing(said)

    def test_contents_stay_secret(self):
        self.check_unary()
        self.check_items()
        self.check_broken_items()
        self.assertEqual(self.daemon.stop(), 0)  # so that the log is whole
        requests = self.daemon.lines("request")
        self.assertGreaterEqual(len(requests), 2 * len(secretive()))
        self.assertIn("fields", requests[0])
        for path in pathlib.Path(self.scratch).iterdir():
            self.assert_tells_nothing(path.read_text(errors="replace"))


if __name__ == "__main__":
    main()
