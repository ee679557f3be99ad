# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Streams that are opened and abandoned."""

import h2
from siege import EMPTY, INFO, LOSS, MIB, SCALE, STREAM, Siege, flood, main


def opened(number, path=LOSS):
    return h2.headers(2 * number + 1, h2.call_fields(path))


# Calls that were reset wait to be taken up, in RealRequestMatcher::pending_, server.cc:300. With
# one polling thread, which reads as long as there is something to read, they pile up without bound.
WAITING = 128 * MIB


class StreamsTest(Siege):
    def test_rapid_reset(self):
        with self.attack(peak=WAITING):
            flood(self.address, lambda n: opened(n) + h2.reset(2 * n + 1), 10_000 * SCALE)

    def test_reset_in_the_middle_of_a_message(self):
        part = h2.prefixed(bytes(1000), 2000)
        with self.attack(peak=WAITING):
            flood(self.address, lambda n: opened(n) + h2.data(2 * n + 1, part) +
                  h2.reset(2 * n + 1), 10_000 * SCALE)

    def test_reset_after_a_whole_message(self):
        with self.attack(peak=WAITING):
            flood(self.address, lambda n: opened(n) + h2.data(2 * n + 1, EMPTY, end=True) +
                  h2.reset(2 * n + 1), 10_000 * SCALE)

    def test_reset_of_streams_after_some_items(self):
        items = EMPTY * 50
        with self.attack():
            flood(self.address, lambda n: opened(n, STREAM) + h2.data(2 * n + 1, items) +
                  h2.reset(2 * n + 1), 500 * SCALE)

    def test_calls_whose_replies_nobody_reads(self):
        with self.attack(peak=WAITING):
            flood(self.address, lambda n: opened(n, INFO) + h2.data(2 * n + 1, EMPTY, end=True),
                  10_000 * SCALE)

    def test_streams_that_stay_open(self):
        with self.attack(peak=96 * MIB):
            flood(self.address, opened, 4000 * SCALE)

    def test_connections_that_close_in_the_middle(self):
        with self.attack():
            for number in range(200 * SCALE):
                with self.connect() as connection:
                    connection.send(opened(0), h2.data(1, h2.prefixed(bytes(number), 1000)))

    def test_goaway_and_on(self):
        goaway = h2.frame(h2.GOAWAY, payload=bytes(8))
        with self.attack():
            for _ in range(100 * SCALE):
                with self.connect() as connection:
                    connection.send(opened(0), goaway, h2.data(1, EMPTY, end=True), goaway,
                                    opened(1), h2.data(3, EMPTY, end=True))
                    connection.end_of(1)


if __name__ == "__main__":
    main()
