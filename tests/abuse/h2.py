# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 as bytes, so that a test can write what no library would."""

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
(DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE,
 CONTINUATION) = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
HEADER_TABLE_SIZE, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE = 1, 3, 4
TRUE_BINARY_METADATA = 0xFE03  # of gRPC: values of "-bin" come without base64 and Huffman
CANCEL = 8
FRAME_BYTES_MAX = 16384
WINDOW_MAX = (1 << 31) - 1
# With these the server's headers need neither a table nor Huffman to be read.
PLAIN_REPLIES = {HEADER_TABLE_SIZE: 0, TRUE_BINARY_METADATA: 1}
STATIC_NAMES = dict.fromkeys(range(8, 15), b":status") | {31: b"content-type"}
STATIC_VALUES = dict(zip(range(8, 15), (b"200", b"204", b"206", b"304", b"400", b"404", b"500")))


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    """A frame, which may lie about its length."""
    size = len(payload) if length is None else length
    return struct.pack(">I", size)[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def integer(value, bits, pattern=0):
    most = (1 << bits) - 1
    if value < most:
        return bytes([pattern | value])
    value -= most
    rest = bytearray([pattern | most])
    while value >= 128:
        rest.append(128 | value & 127)
        value >>= 7
    return bytes(rest) + bytes([value])


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return integer(len(value), 7) + value


def literal(name, value, pattern=0x00):
    """A header field, not indexed unless the pattern is 0x40."""
    return bytes([pattern]) + text(name) + text(value)


def settings(values):
    return frame(SETTINGS, payload=b"".join(struct.pack(">HI", *pair) for pair in values.items()))


def window_update(stream, bytes_more):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", bytes_more))


def reset(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def prefixed(message, length=None):
    """A gRPC message, which may lie about its length."""
    return struct.pack(">BI", 0, len(message) if length is None else length) + message


def data(stream, payload, end=False):
    """DATA frames of a payload of any size."""
    starts = range(0, max(1, len(payload)), FRAME_BYTES_MAX)
    return b"".join(
        frame(DATA, END_STREAM if end and start + FRAME_BYTES_MAX >= len(payload) else 0, stream,
              payload[start:start + FRAME_BYTES_MAX]) for start in starts)


def call_fields(path, more=()):
    """The header fields of a gRPC call, with those of `more` behind."""
    fields = ((":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x"),
              ("te", "trailers"), ("content-type", "application/grpc"), *more)
    return b"".join(literal(*field) for field in fields)


def headers(stream, block, flags=END_HEADERS):
    return frame(HEADERS, flags, stream, block)


def read_integer(block, at, bits):
    value = block[at] & ((1 << bits) - 1)
    at += 1
    if value < (1 << bits) - 1:
        return value, at
    shift = 0
    while True:
        value += (block[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if block[at - 1] < 128:
            return value, at


def read_text(block, at):
    size, start = read_integer(block, at, 7)
    return block[start:start + size], start + size


def fields_of(block):
    """The header fields that a peer wrote under PLAIN_REPLIES."""
    found, at = {}, 0
    while at < len(block):
        first = block[at]
        if first & 0x80:
            index, at = read_integer(block, at, 7)
            found[STATIC_NAMES.get(index, b"?")] = STATIC_VALUES.get(index, b"")
            continue
        if first & 0xE0 == 0x20:
            _, at = read_integer(block, at, 5)
            continue
        index, at = read_integer(block, at, 6 if first & 0x40 else 4)
        name, at = read_text(block, at) if index == 0 else (STATIC_NAMES.get(index, b"?"), at)
        found[name], at = read_text(block, at)
    return found
