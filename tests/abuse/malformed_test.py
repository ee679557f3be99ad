# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Requests that are wrong: each is answered as docs/errors.md says, and the server goes on."""

import random
import tempfile
import unittest

import grpc

import messages
from daemon import Daemon
from rows import ROWS
from siege import BINARY, LOSS, SCALE, STREAM, main
from wire import block, number

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


if __name__ == "__main__":
    main()
