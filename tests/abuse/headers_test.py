# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Header blocks that are huge, endless, compressed or wrong."""

import h2
from siege import EMPTY, INFO, MIB, PEAK, SCALE, Siege, falls, flood, main

END = h2.END_HEADERS


def call_with(number, *more):
    block = h2.call_fields(INFO, more)
    return h2.headers(2 * number + 1, block) + h2.data(2 * number + 1, EMPTY, end=True)


def block_in_frames(block, stream=1):
    """HEADERS and as many CONTINUATION frames as it takes."""
    size = h2.FRAME_BYTES_MAX
    parts = [block[i:i + size] for i in range(0, len(block), size)]
    last = len(parts) - 1
    return b"".join(h2.frame(h2.CONTINUATION if i else h2.HEADERS, END if i == last else 0, stream,
                             part) for i, part in enumerate(parts))


class FloodsTest(Siege):
    def test_many_headers(self):
        fields = [(f"x-{i}", "y" * 60) for i in range(60)]
        with self.attack():
            flood(self.address, lambda n: call_with(n, *fields), 1000 * SCALE)

    def test_huge_headers(self):
        block = h2.call_fields(INFO, [("x-huge", "y" * (1 << 20))])
        with self.attack():
            for _ in range(20 * SCALE):
                with self.connect() as connection:
                    connection.greet()
                    connection.send(block_in_frames(block))
                    self.assertEqual(connection.end_of(1)[b"grpc-status"], b"8")

    def test_huge_headers_of_one_who_never_acknowledges_settings(self):
        block = h2.call_fields(INFO, [("x-huge", "y" * (1 << 20))])
        with self.attack():
            for _ in range(20 * SCALE):
                with self.connect() as connection:
                    connection.send(block_in_frames(block))
                    connection.finish()

    def continue_with(self, part, count):
        """Headers that do not end, and so many times the part."""
        with self.attack(), self.connect() as connection:
            connection.greet()
            connection.send(h2.headers(1, h2.call_fields(INFO), 0))
            for _ in range(count):
                if not connection.send(part):
                    break
            connection.finish()

    def test_continuation_flood(self):
        part = h2.frame(h2.CONTINUATION, 0, 1, h2.literal("x", "y" * 1000) * 16)
        self.continue_with(part, 4000 * SCALE)

    @falls("CVE-2023-33953: the limit counts from 0 with each frame, hpack_parser.cc:1258, so that "
           "a block of small frames may be of any size", by_measure=True)
    def test_continuation_flood_of_small_frames(self):
        part = h2.frame(h2.CONTINUATION, 0, 1, h2.literal("x", "y" * 1000))
        self.continue_with(part, 100_000)

    def test_continuation_flood_of_nothing(self):
        part = h2.frame(h2.CONTINUATION, 0, 1) * 1000
        self.continue_with(part, 1000 * SCALE)

    @falls("CVE-2023-33953: HPackParser::Parse keeps an unfinished field in unparsed_bytes_ and "
           "reads it again from the start with each frame, hpack_parser.cc:1262, so that the time "
           "grows with the square of what came, and memory without bound", by_measure=True)
    def test_endless_header(self):
        """One field, said to be of 4 GiB."""
        announced = b"\x00" + h2.text("x") + h2.integer(0xFFFFFFFF, 7)
        part = h2.frame(h2.CONTINUATION, 0, 1, bytes(h2.FRAME_BYTES_MAX))
        with self.attack(processor=1), self.connect() as connection:
            connection.greet()
            connection.send(h2.headers(1, h2.call_fields(INFO) + announced, 0), part * 1000)
            connection.finish()

    @falls("as test_endless_header: the length alone may be of any size", by_measure=True)
    def test_endless_number(self):
        """A length that goes on with bytes of no value."""
        part = h2.frame(h2.CONTINUATION, 0, 1, b"\x80" * h2.FRAME_BYTES_MAX)
        with self.attack(processor=1), self.connect() as connection:
            connection.greet()
            connection.send(h2.headers(1, h2.call_fields(INFO) + b"\x00\x7f", 0), part * 200)
            connection.finish()

    def test_hpack_bomb(self):
        """An entry of the table that is referred to 16,000 times."""
        entry = h2.literal("x", "y" * 3900, 0x40)
        with self.attack():
            for _ in range(20 * SCALE):
                with self.connect() as connection:
                    connection.greet()
                    connection.send(h2.headers(1, h2.call_fields(INFO) + entry))
                    for number in range(1, 20):
                        connection.send(h2.headers(2 * number + 1, b"\xbe" * 16_000))
                    connection.finish()

    @falls("CVE-2023-33953, with references to an entry of the table: 40 times as much memory "
           "as was sent", by_measure=True)
    def test_hpack_bomb_in_small_frames(self):
        entry = h2.literal("x", "y" * 3900, 0x40)
        part = h2.frame(h2.CONTINUATION, 0, 1, b"\xbe" * 2) * 1000
        with self.attack(), self.connect() as connection:
            connection.greet()
            connection.send(h2.headers(1, h2.call_fields(INFO) + entry, 0))
            for _ in range(400):
                connection.send(part)
            connection.finish()

    def test_what_callers_have_written_to_standard_error(self):
        block = h2.call_fields(INFO).replace(h2.literal("te", "trailers"),
                                             h2.literal("te", "a line\n" * 100))
        with self.attack():
            flood(self.address, lambda n: h2.headers(2 * n + 1, block) + h2.reset(2 * n + 1), 500)
        self.assertLess(len(self.daemon.errors()), 10_000)

    def test_table_that_changes_its_size(self):
        sizes = b"\x20" + h2.integer(4096, 5, 0x20)
        with self.attack(peak=PEAK + 16 * MIB * (SCALE - 1)):
            flood(self.address, lambda n: h2.headers(2 * n + 1, sizes + h2.call_fields(INFO)) +
                  h2.reset(2 * n + 1), 2000 * SCALE)


if __name__ == "__main__":
    main()
