# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Clients that take their time, or say nothing at all."""

import time

import h2
from siege import EMPTY, LOSS, MIB, PEAK, SCALE, STREAM, Siege, answers, main
from wire import focal

CLIENTS = 50
HELD = 200 * SCALE  # connections that stay
HELD_PEAK = PEAK + HELD * MIB // 16


class SlowTest(Siege):
    environment = {"DETLOSS_CONNECTIONS_MAX": str(HELD + 100),
                   "DETLOSS_IN_FLIGHT_REQUESTS_MAX": str(4096 * SCALE)}

    def connect_many(self, count=CLIENTS, **options):
        return [self.enterContext(self.connect(**options)) for _ in range(count)]

    def close(self, connections):
        for connection in connections:
            connection.close()

    def test_silent_connections(self):
        with self.attack(peak=HELD_PEAK):
            connections = self.connect_many(HELD, greeting=b"")
            self.assertTrue(answers(self.address))
            time.sleep(SCALE)
            self.close(connections)

    def test_half_a_preface(self):
        with self.attack(peak=HELD_PEAK):
            connections = self.connect_many(HELD, greeting=h2.PREFACE[:12])
            self.assertTrue(answers(self.address))
            time.sleep(SCALE)
            self.close(connections)

    def test_half_a_frame(self):
        with self.attack(peak=HELD_PEAK):
            connections = self.connect_many(HELD)
            for connection in connections:
                connection.send(h2.headers(1, h2.call_fields(LOSS))[:20])
            self.assertTrue(answers(self.address))
            time.sleep(SCALE)
            self.close(connections)

    def trickle(self, start, rest):
        """Every client sends `start`, and then `rest` byte by byte, slowly."""
        connections = self.connect_many()
        for connection in connections:
            connection.send(start)
        for step in range(50 * SCALE):
            for connection in connections:
                connection.send(rest[step % len(rest)])
            time.sleep(0.02)
        self.close(connections)

    def test_slow_headers(self):
        block = h2.headers(1, h2.call_fields(LOSS) + h2.literal("x", "y" * 7000))
        with self.attack():
            self.trickle(b"", [bytes([byte]) for byte in block])

    def test_slow_message(self):
        start = h2.headers(1, h2.call_fields(LOSS)) + h2.data(1, h2.prefixed(b"", MIB))
        with self.attack():
            self.trickle(start, [h2.data(1, b"\x00")])

    def test_slow_stream_of_items(self):
        start = h2.headers(1, h2.call_fields(STREAM))
        with self.attack():
            self.trickle(start, [h2.data(1, bytes([byte])) for byte in EMPTY])

    def test_a_window_of_zero(self):
        """A reply that nobody takes is held as long as its caller stays, but no longer."""
        request = h2.prefixed(focal(MIB // 4))
        greeting = h2.PREFACE + h2.settings({**h2.PLAIN_REPLIES, h2.INITIAL_WINDOW_SIZE: 0})
        with self.attack(peak=10 * 8 * MIB, left=32 * MIB):
            connections = self.connect_many(10, greeting=greeting)
            for connection in connections:
                connection.greet()
                connection.send(h2.headers(1, h2.call_fields(LOSS)))
                connection.pour(1, request, len(request), end=True)
            self.assertTrue(answers(self.address))
            time.sleep(SCALE)
            self.close(connections)

    def test_a_reader_of_single_bytes(self):
        greeting = h2.PREFACE + h2.settings({**h2.PLAIN_REPLIES, h2.INITIAL_WINDOW_SIZE: 1})
        with self.attack():
            connections = self.connect_many(greeting=greeting)
            for connection in connections:
                connection.call(1, "/detloss.v1.LossService/ListLosses", EMPTY)
            for _ in range(50 * SCALE):
                for connection in connections:
                    connection.send(h2.window_update(1, 1))
                    connection.discard()
                time.sleep(0.01)
            self.close(connections)

    def test_replies_that_nobody_takes_from_the_socket(self):
        """The windows are wide open, but nothing is ever received."""
        greeting = h2.PREFACE + h2.settings({**h2.PLAIN_REPLIES,
                                             h2.INITIAL_WINDOW_SIZE: h2.WINDOW_MAX})
        with self.attack(peak=96 * MIB * SCALE):
            connections = self.connect_many(4, greeting=greeting, timeout=2)
            for connection in connections:
                connection.send(h2.window_update(0, h2.WINDOW_MAX - 65535))
                for number in range(500 * SCALE):
                    if not connection.call(2 * number + 1,
                                           "/detloss.v1.LossService/ListLosses", EMPTY):
                        break
            self.assertTrue(answers(self.address))
            self.close(connections)


if __name__ == "__main__":
    main()
