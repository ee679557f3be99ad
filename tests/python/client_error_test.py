# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What the Python client raises, and when it calls again."""

import pickle
import socket
import tempfile
import threading
import time

import detloss
import grpc

import client_case
from client_case import PREDICTION, TARGET, LOSS, TRANSPORTS, ServerTest, giou, servers


class ErrorTest(ServerTest):
    def test_a_wrong_request(self):
        for client in self.over_each_transport():
            with self.assertRaises(detloss.InvalidRequestError) as caught:
                client.compute([giou(), detloss.sigmoid_focal([1.0], [1.0], gamma=-1, alpha=7)])
            error = caught.exception
            self.assertEqual(error.code, grpc.StatusCode.INVALID_ARGUMENT)
            self.assertEqual(error.reason, "PARAMETER_OUT_OF_RANGE")
            self.assertEqual([v.field for v in error.field_violations],
                             ["terms[1].sigmoid_focal.alpha", "terms[1].sigmoid_focal.gamma"])
            self.assertIn("must be in [0, 16], got -1", error.field_violations[1].description)
            self.assertIsNone(error.retry_delay)
            self.assertIsInstance(error, ValueError)
            again = pickle.loads(pickle.dumps(error))
            self.assertEqual((type(again), str(again), again.field_violations),
                             (type(error), str(error), error.field_violations))

    def test_what_cannot_be_sent_names_the_field(self):
        client = self.connect()
        for term, kind, text in (
                (giou(format="xyz"), ValueError, r"terms\[0\].giou.format: must be one of xyxy"),
                (giou(reduction="avg"), ValueError, r"terms\[0\].reduction: must be one of none"),
                (giou(name="\ud800"), ValueError, r"terms\[0\].name: "),
                (giou(scale="a"), TypeError, r"terms\[0\].scale: "),
                (detloss.l1(["a"], [1]), TypeError, r"terms\[0\].prediction: must hold numbers"),
                (detloss.smooth_l1([1.0], [1.0], beta="b"), TypeError,
                 r"terms\[0\].smooth_l1.beta: "),
                ("giou", TypeError, r"terms\[0\]: must be a term")):
            with self.assertRaisesRegex(kind, text):
                client.compute([term])
        with self.assertRaises(TypeError):
            detloss.giou(PREDICTION, TARGET, gamma=2)
        patient = self.connect(timeout=1e300)
        self.assertTrue(patient.is_serving())
        self.assertEqual(float(patient.compute(giou()).loss), LOSS)
        with self.assertRaisesRegex(ValueError, "timeout: must be greater than 0"):
            client.compute(giou(), timeout=float("nan"))
        with self.assertRaisesRegex(TypeError, "terms: must be a term or a list"):
            client.compute({"a": giou()})
        for options in ({"timeout": 0}, {"attempts_max": 0}, {"token": "a b"},
                        {"transport": "http"}, {"address": "a:1,b:1"},
                        {"timeout": float("inf")}, {"backoff_max": float("nan")}):
            with self.assertRaisesRegex(ValueError, list(options)[0]):
                detloss.connect(**options)

    def test_tokens(self):
        for transport in TRANSPORTS:
            address = self.addresses["tokens"]
            with self.assertRaises(detloss.Error) as caught:
                self.connect(address, transport=transport).compute(giou())
            self.assertEqual(caught.exception.reason, "UNAUTHENTICATED")
            client = self.connect(address, transport=transport, token="golden-list")
            self.assertGreater(len(client.list_losses()), 10)
            with self.assertRaises(detloss.Error) as caught:
                client.compute(giou())
            self.assertEqual(caught.exception.reason, "PERMISSION_DENIED")

    def test_a_full_server_is_asked_again_after_its_delay(self):
        for transport in TRANSPORTS:
            client = self.connect(self.addresses["full"], transport=transport, attempts_max=4,
                                  backoff_initial=0.001)
            start = time.monotonic()
            with self.assertRaises(detloss.Error) as caught:
                client.compute(giou())
            self.assertEqual(caught.exception.reason, "OVERLOADED")
            self.assertGreater(caught.exception.retry_delay, 0)
            self.assertGreaterEqual(time.monotonic() - start, 3 * caught.exception.retry_delay)

    def test_nobody_listens(self):
        for transport in TRANSPORTS:
            client = self.connect("127.0.0.1:1", transport=transport, attempts_max=2)
            with self.assertRaises(detloss.UnavailableError) as caught:
                client.compute(giou())
            self.assertIsInstance(caught.exception, ConnectionError)
            start = time.monotonic()
            with self.assertRaises(detloss.Error):
                self.connect("127.0.0.1:1", transport=transport, timeout=0.5).compute(giou())
            self.assertLess(time.monotonic() - start, 5)

    def test_the_timeout(self):
        for client in self.over_each_transport():
            with self.assertRaises(detloss.DeadlineExceededError) as caught:
                client.compute(giou(), timeout=1e-6)
            self.assertIsInstance(caught.exception, TimeoutError)

    def test_a_client_that_is_closed(self):
        for client in self.over_each_transport():
            with client:
                client.compute(giou())
            client.close()
            with self.assertRaises(detloss.ClosedError) as caught:
                client.compute(giou())
            self.assertEqual(caught.exception.code, grpc.StatusCode.CANCELLED)
            again = pickle.loads(pickle.dumps(caught.exception))
            self.assertIs(type(again), detloss.ClosedError)

    def test_a_client_that_is_closed_during_a_call(self):
        for transport in TRANSPORTS:
            self._close_during_a_call(self.connect("127.0.0.1:1", transport=transport, timeout=60))

    def test_a_client_that_is_closed_while_it_waits_for_an_answer(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self._close_during_a_call(self.connect(
                f"127.0.0.1:{silent.getsockname()[1]}", transport="grpcio", timeout=60,
                attempts_max=1))

    def _close_during_a_call(self, client):
        timer = threading.Timer(0.3, client.close)
        timer.start()
        with self.assertRaises(detloss.ClosedError):
            client.compute(giou())
        timer.join()

    def test_a_server_that_comes_back(self):
        for transport in TRANSPORTS:
            with tempfile.TemporaryDirectory() as directory:
                address = f"unix:{directory}/socket"
                client = self.connect(address, transport=transport)
                with servers.serving(self.detlossd, f"--listen={address}"):
                    client.compute(giou())
                answered = threading.Event()
                timer = threading.Timer(0.3, self._serve_until, [answered, address])
                timer.start()
                try:
                    self.assertEqual(float(client.compute(giou()).loss), LOSS)
                finally:
                    answered.set()
                    timer.join()

    def _serve_until(self, answered, address):
        with servers.serving(self.detlossd, f"--listen={address}"):
            answered.wait(60)

if __name__ == "__main__":
    client_case.main()
