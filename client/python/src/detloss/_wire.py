# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The wire format of protobuf, as far as it takes to send and receive tensors without copies.

Everything but the elements of tensors goes through protobuf itself.
"""

from __future__ import annotations

from typing import Collection, Dict, List, Sequence, Tuple, Union

Buffer = Union[bytes, memoryview]

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, parts: Sequence[Buffer]) -> List[Buffer]:
    """A field of which `parts` together are the bytes or the message."""
    size = sum(len(part) for part in parts)
    return [varint(number << 3 | _LENGTH) + varint(size), *parts]


def lift(view: memoryview, numbers: Collection[int]) -> Tuple[bytes, Dict[int, List[memoryview]]]:
    """Takes the fields `numbers`, messages or bytes, out of a message.

    Returns what remains of the message, and the contents of the fields in their order.

    Raises:
      ValueError: the bytes are no message.
    """
    rest: List[memoryview] = []
    lifted: Dict[int, List[memoryview]] = {number: [] for number in numbers}
    at = 0
    while at < len(view):
        start = at
        tag, at = _read_varint(view, at)
        begin, at = _skip(view, at, tag & 7)
        if at > len(view):
            raise ValueError("a message that ends too early")
        if tag >> 3 in lifted and tag & 7 == _LENGTH:
            lifted[tag >> 3].append(view[begin:at])
        else:
            rest.append(view[start:at])
    return b"".join(rest), lifted


def _read_varint(view: memoryview, at: int) -> Tuple[int, int]:
    value = shift = 0
    while at < len(view) and shift < 64:
        byte = view[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise ValueError("a number that does not end")


def _skip(view: memoryview, at: int, wire_type: int) -> Tuple[int, int]:
    """Where the contents of a field begin and end."""
    if wire_type == _LENGTH:
        size, at = _read_varint(view, at)
        return at, at + size
    if wire_type == _VARINT:
        return at, _read_varint(view, at)[1]
    if wire_type in (_FIXED64, _FIXED32):
        return at, at + (8 if wire_type == _FIXED64 else 4)
    raise ValueError(f"a field of wire type {wire_type}")
