# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Clients that keep their connection, but do not go on with a message: --transfer_timeout ends
what they hold while they are still there."""

import contextlib

import h2
from daemon import wait_for
from siege import LOSS, MIB, SCALE, Siege, answers, main
from wire import focal

CHECK, WATCH = "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"
REQUEST = h2.prefixed(focal(MIB // 4))


class TransfersTest(Siege):
    flags = ("--transfer_timeout=3s", f"--in_flight_requests_max={200 * SCALE}",
             f"--in_flight_bytes_max={64 * MIB}")

    @contextlib.contextmanager
    def clients(self, count, calls=1, window=h2.WINDOW_MAX):
        """Connections with so many calls each, which stay open until what they hold is given
        back."""
        greeting = h2.PREFACE + h2.settings({**h2.PLAIN_REPLIES, h2.INITIAL_WINDOW_SIZE: window})
        with contextlib.ExitStack() as stack:
            connections = [stack.enter_context(self.connect(greeting=greeting))
                           for _ in range(count)]
            yield connections
            self.assertTrue(wait_for(lambda: self.was_in_flight(count * calls)), "nothing was held")
            self.assertTrue(wait_for(lambda: self.daemon.in_flight() == 0),
                            f"{self.daemon.in_flight()} still in flight")
            self.assertTrue(answers(self.address))

    def was_in_flight(self, count):
        return any(line["detloss_requests_in_flight"] >= count
                   for line in self.daemon.lines("metrics"))

    def ended(self, code):
        codes = self.daemon.lines("metrics")[-1]["detloss_requests_total"]["ComputeLoss"]
        return codes.get(code, 0)

    def test_messages_that_never_come(self):
        announced = h2.call_fields(LOSS, [("detloss-request-bytes", str(MIB // SCALE))])
        with self.attack(), self.clients(20 * SCALE, calls=2) as connections:
            for connection in connections:
                connection.send(h2.headers(1, announced),
                                h2.headers(3, announced), h2.data(3, REQUEST[:50_000]))
        self.assertEqual(self.ended("DEADLINE_EXCEEDED"), 40 * SCALE)

    def test_a_message_that_never_comes_is_explained(self):
        for method in (LOSS, CHECK, WATCH):
            with self.subTest(method), self.connect() as connection:
                connection.send(h2.headers(1, h2.call_fields(method)))
                end = connection.end_of(1)
                self.assertEqual(end[b"grpc-status"], b"4")
                self.assertIn(b"did not come within 3s", end[b"grpc-message"])

    def test_replies_without_a_window(self):
        with self.attack(peak=128 * MIB, left=64 * MIB), self.clients(10, window=0) as connections:
            for connection in connections:
                connection.greet()
                connection.send(h2.headers(1, h2.call_fields(LOSS)))
                connection.pour(1, REQUEST, len(REQUEST), end=True)
        self.assertEqual(self.ended("CANCELLED"), 10)

    def test_a_reply_that_stays_in_the_socket(self):
        """The windows are wide open, but nothing is received once the request is sent. For gRPC the
        reply is written then."""
        request = h2.prefixed(focal(4 * MIB))
        with self.attack(peak=128 * MIB, left=64 * MIB), self.clients(1) as (connection,):
            connection.send(h2.window_update(0, h2.WINDOW_MAX - 65535))
            connection.greet()
            connection.send(h2.headers(1, h2.call_fields(LOSS)))
            connection.pour(1, request, len(request), end=True)
        self.assertEqual(self.ended("DEADLINE_EXCEEDED"), 0)


if __name__ == "__main__":
    main()
