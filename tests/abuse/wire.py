# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Protocol buffers as bytes, for what no library would write."""

import struct

FLOAT32 = 1


def varint(value):
    value &= (1 << 64) - 1
    rest = bytearray()
    while value >= 128:
        rest.append(128 | value & 127)
        value >>= 7
    return bytes(rest) + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def double(field, value):
    return varint(field << 3 | 1) + struct.pack("<d", value)


def block(field, contents):
    return varint(field << 3 | 2) + varint(len(contents)) + contents


def group(field, contents=b""):
    return varint(field << 3 | 3) + contents + varint(field << 3 | 4)


def tensor(data_type, shape, data):
    return number(1, data_type) + block(2, b"".join(map(varint, shape))) + block(3, data)


def term(prediction, target, loss):
    """A term of a loss, given by its field number in LossTerm and its bytes."""
    return block(2, prediction) + block(3, target) + loss


def request(*terms):
    return b"".join(block(1, each) for each in terms)


def focal(elements):
    """Focal loss of logits of 0: 8 bytes an element to the server, 4 back."""
    zeros = tensor(FLOAT32, [elements], bytes(4 * elements))
    return request(term(zeros, zeros, block(12, b"")))
