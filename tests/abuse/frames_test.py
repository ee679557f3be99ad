# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Frames that are too many, nonsense, or no frames at all."""

import contextlib
import random

import h2
from daemon import wait_for
from siege import EMPTY, INFO, LEFT, LOSS, MIB, SANITIZED, SCALE, Siege, flood, main

SEED = 20261125
CLIENT_HELLO = bytes.fromhex(
    "16030100a5010000a10303" + "5a" * 32 + "20" + "a5" * 32 +
    "0008130213031301c02f0100004c00000010000e00000b6578616d706c652e636f6d000b000403000102000a0004"
    "0002001d0010000e000c02683208687474702f312e31002b0003020304000d0006000408040403")


def whole(number):
    stream = 2 * number + 1
    return h2.headers(stream, h2.call_fields(INFO)) + h2.data(stream, EMPTY, end=True)


def random_frame(source):
    """A frame whose every part may be wrong, more often than not only a little."""
    payload = source.randbytes(source.choice((0, 1, 4, 5, 6, 8, 9, 100)))
    stream = source.choice((0, 1, 1, 3, 2, 5, 0x7FFFFFFF, 0xFFFFFFFF))
    if source.random() < 0.3:
        return h2.headers(stream, h2.call_fields(source.choice((LOSS, INFO, "/", ""))),
                          source.randrange(256))
    if source.random() < 0.3:
        return h2.data(stream, h2.prefixed(payload), end=source.random() < 0.5)
    length = len(payload) if source.random() < 0.9 else source.randrange(1 << 24)
    return h2.frame(source.randrange(12), source.randrange(256), stream, payload, length)


# Up to 10,000 answers to pings wait for a connection.
PINGS = 128 * MIB


class FramesTest(Siege):
    def say(self, *parts, greeting=h2.PREFACE + h2.settings(h2.PLAIN_REPLIES)):
        with contextlib.suppress(OSError), self.connect(greeting=greeting) as connection:
            connection.send(*parts)
            connection.finish()

    def test_ping_flood(self):
        with self.attack(peak=PINGS):
            flood(self.address, lambda n: h2.frame(h2.PING, 0, 0, bytes(8)), 10_000 * SCALE)

    def test_ping_flood_that_nobody_reads(self):
        with self.attack(peak=PINGS):
            for _ in range(10 * SCALE):
                self.say(h2.frame(h2.PING, 0, 0, bytes(8)) * 20_000)

    def test_settings_flood(self):
        with self.attack():
            flood(self.address, lambda n: h2.settings({h2.INITIAL_WINDOW_SIZE: n}), 10_000 * SCALE)

    def test_settings_flood_that_nobody_reads(self):
        with self.attack():
            for _ in range(10 * SCALE):
                self.say(h2.settings({}) * 20_000)

    def test_settings_that_are_wrong(self):
        with self.attack():
            for identifier in range(8):
                for value in (0, 1, 1 << 14, 1 << 24, h2.WINDOW_MAX, 1 << 31, (1 << 32) - 1):
                    self.say(h2.settings({identifier: value}), whole(0))
            for size in (1, 5, 7, 16384):
                self.say(h2.frame(h2.SETTINGS, 0, 0, bytes(size)))
                self.say(h2.frame(h2.SETTINGS, h2.ACK, 0, bytes(size)))

    def test_windows_that_overflow(self):
        most = h2.window_update(0, h2.WINDOW_MAX) + h2.window_update(1, h2.WINDOW_MAX)
        with self.attack():
            for _ in range(50 * SCALE):
                self.say(h2.headers(1, h2.call_fields(LOSS)), most * 10, h2.data(1, EMPTY, True))
                self.say(h2.headers(1, h2.call_fields(LOSS)), h2.window_update(1, 0) * 10)
                self.say(h2.window_update(0, 0) * 10, whole(0))

    def test_more_data_than_the_window(self):
        frames = h2.data(1, h2.prefixed(bytes(MIB)))
        with self.attack():
            for _ in range(10 * SCALE):
                self.say(h2.headers(1, h2.call_fields(LOSS)), frames)

    def test_padding(self):
        padded = h2.frame(h2.DATA, 8, 1, b"\xff" + bytes(255))
        with self.attack():
            self.say(h2.headers(1, h2.call_fields(LOSS)), padded * 1000)
            self.say(h2.headers(1, h2.call_fields(LOSS)), h2.frame(h2.DATA, 0, 1) * 10_000)

    def test_garbage(self):
        source = random.Random(SEED)
        with self.attack():
            for _ in range(200 * SCALE):
                garbage = source.randbytes(source.randrange(1, 5000))
                self.say(garbage, greeting=b"")
                self.say(garbage)

    def test_random_frames(self):
        source = random.Random(SEED)
        with self.attack():
            for _ in range(500 * SCALE):
                self.say(*(random_frame(source) for _ in range(20)))

    def test_a_frame_that_never_ends(self):
        with self.attack():
            for kind in range(12):
                self.say(h2.frame(kind, 0, 1, bytes(1000), (1 << 24) - 1))

    def test_other_protocols(self):
        with self.attack():
            for greeting in (CLIENT_HELLO, CLIENT_HELLO[:20], b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                             b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
                             b"SSH-2.0-x\r\n", b"\x00" * 100, b"\xff" * 100, b"\r\n" * 100):
                for _ in range(20 * SCALE):
                    self.say(greeting=greeting)

    def test_goaway_races(self):
        goaway = h2.frame(h2.GOAWAY, payload=bytes(8))
        with self.attack():
            for _ in range(100 * SCALE):
                self.say(whole(0), goaway, whole(1), goaway, whole(2))
                self.say(goaway, whole(0))
                self.say(h2.headers(1, h2.call_fields(LOSS)), goaway, h2.data(1, EMPTY, True))


class LongMessageTest(Siege):
    # gRPC compares the size of a message with the limit when all of it has come,
    # message_size_filter.cc:197. Until then only the quota for what is in flight bounds it. When
    # that is used up, gRPC first closes the connections without a call, and then cancels calls
    # (BasicMemoryQuota::Start); a call that comes just then finds its connection gone.
    attempts = 5
    flags = ("--request_bytes_max=1048576", "--in_flight_bytes_max=16777216")

    def test_a_message_of_4_gib(self):
        with self.attack(), self.connect() as connection:
            connection.greet()
            self.pour(connection)

    def test_memory_of_what_was_no_request_goes_back(self):
        before = self.daemon.resident()
        with self.connect() as connection:
            connection.greet()
            self.pour(connection)
        self.assertTrue(SANITIZED
                        or wait_for(lambda: self.daemon.resident() < before + LEFT))

    def pour(self, connection):
        connection.send(h2.headers(1, h2.call_fields(LOSS)))
        connection.pour(1, h2.prefixed(b"", 0xFFFFFFFF), 128 * MIB)


if __name__ == "__main__":
    main()
