# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Requests that are wrong or strange, a row each, and what must come back: "OK", or the reason and
the first wrong field as docs/errors.md has them. What libraries can write is in
tests/server/wrong_requests.cc; here is what it takes bytes for, and the edges of sizes."""

import struct

from wire import block, double, group, number, request, tensor, term, varint

F32, F64, F16, BF16, I32, I64, U8 = range(1, 8)
SIZES = {F32: 4, F64: 8, F16: 2, BF16: 2, I32: 4, I64: 8, U8: 1}
CE, BCE, FOCAL, SOFTMAX_FOCAL, L1, SMOOTH_L1, IOU, GIOU = (
    block(field, b"") for field in (10, 11, 12, 13, 20, 22, 30, 31))
INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1
REJECT = number(41, 2)
PREDICTION, TARGET, WEIGHT = (f"terms[0].{name}" for name in ("prediction", "target", "weight"))
WRONG_NUMBER = f"PARAMETER_OUT_OF_RANGE {TARGET}.values.values[0]"


def zeros(data_type, *shape):
    size = SIZES[data_type]
    for length in shape:
        size *= length
    return tensor(data_type, shape, bytes(size))


def floats(shape, *values):
    return tensor(F32, shape, struct.pack(f"<{len(values)}f", *values))


def labels(*values):
    return tensor(I64, [len(values)], struct.pack(f"<{len(values)}q", *values))


def values(*numbers):
    return block(4, block(1, struct.pack(f"<{len(numbers)}d", *numbers)))


def one(prediction, target, loss, more=b""):
    return request(term(prediction, target, loss) + more)


def same(of, loss, more=b""):
    return one(of, of, loss, more)


def classes(*indices, loss=CE):
    return one(zeros(F32, len(indices), 3), labels(*indices), loss)


def nested(depth, field=99):
    return (varint(field << 3 | 3) * depth + varint(field << 3 | 4) * depth)


BOX = zeros(F32, 1, 4)
GOOD = same(BOX, GIOU)
NAN, INF, DENORMAL = float("nan"), float("inf"), 1e-45
# The bytes of one element; of denormals the least.
BITS = {F32: {"NaN": b"\0\0\xc0\x7f", "infinity": b"\0\0\x80\x7f", "denormal": b"\1\0\0\0",
              "-0": b"\0\0\0\x80"},
        F64: {"NaN": b"\0\0\0\0\0\0\xf8\x7f", "infinity": b"\0\0\0\0\0\0\xf0\x7f",
              "denormal": b"\1\0\0\0\0\0\0\0", "-0": b"\0\0\0\0\0\0\0\x80"},
        F16: {"NaN": b"\0\x7e", "infinity": b"\0\x7c", "denormal": b"\1\0", "-0": b"\0\x80"},
        BF16: {"NaN": b"\xc0\x7f", "infinity": b"\x80\x7f", "denormal": b"\1\0", "-0": b"\0\x80"}}
DENORMALS = {F32: 2.0 ** -149, F64: 2.0 ** -1074, F16: 2.0 ** -24, BF16: 2.0 ** -133}
NAMES = {F32: "FLOAT32", F64: "FLOAT64", F16: "FLOAT16", BF16: "BFLOAT16"}


def empty_box(data_type):
    """A tensor of one box, without contents."""
    return number(1, data_type) + block(2, b"\x01\x04")


ONE_BOX = empty_box(F32)


def boxes(*coordinates):
    return one(floats([1, 4], *coordinates), floats([1, 4], 0, 0, 2, 2), GIOU)


def edges():
    """Edges of each floating-point type as bytes and as numbers, propagated and rejected."""
    for data_type, bits in BITS.items():
        numbers = {"NaN": NAN, "infinity": -INF, "denormal": DENORMALS[data_type], "-0": -0.0}
        for name, pattern in bits.items():
            wrong = f"NON_FINITE {PREDICTION}" if name in ("NaN", "infinity") else "OK"
            for form, contents in (("bytes", block(3, pattern * 4)),
                                   ("numbers", values(*[numbers[name]] * 4))):
                what = f"{name} as {form} of {NAMES[data_type]}"
                box = empty_box(data_type) + contents
                yield what, same(box, GIOU), "OK"
                yield f"{what}, rejected", same(box, GIOU, REJECT), wrong


def typed(data_type, label):
    """A label as a number."""
    return one(zeros(F32, 1, 3), number(1, data_type) + block(2, b"\x01") + values(label), CE)


def weighted(weight, more=b""):
    return same(BOX, GIOU, block(4, weight) + more)


def integers(*values):
    return tensor(I32, [len(values)], struct.pack(f"<{len(values)}i", *values))


def binary(*targets):
    return one(zeros(F32, len(targets)), tensor(U8, [len(targets)], bytes(targets)), FOCAL)


ROWS = [
    # Shapes and sizes.
    ("product of 2^63", same(tensor(F32, [1 << 32, 1 << 31], b""), L1),
     f"SHAPE_MISMATCH {PREDICTION}.shape"),
    ("product of 2^64, which wraps to 0", same(tensor(F32, [1 << 32, 1 << 32], b""), L1),
     f"SHAPE_MISMATCH {PREDICTION}.shape"),
    ("product that wraps to 4", same(tensor(F32, [(1 << 62) + 1, 4], bytes(16)), L1),
     f"SHAPE_MISMATCH {PREDICTION}.shape"),
    ("bytes of 2^63", same(tensor(F64, [1 << 60], b""), L1), f"LIMIT_EXCEEDED {PREDICTION}.shape"),
    ("a length of -1", same(tensor(F32, [-1, 4], b""), GIOU), f"SHAPE_MISMATCH {PREDICTION}.shape"),
    ("the least length", same(tensor(F32, [INT64_MIN], b""), L1),
     f"SHAPE_MISMATCH {PREDICTION}.shape"),
    ("the greatest length", same(tensor(F32, [INT64_MAX], b""), L1),
     f"LIMIT_EXCEEDED {PREDICTION}.shape"),
    ("2 negative lengths", same(tensor(F32, [-2, -2], bytes(16)), L1),
     f"SHAPE_MISMATCH {PREDICTION}.shape"),
    ("0 x the greatest length", same(tensor(F32, [0, INT64_MAX], b""), L1),
     f"LIMIT_EXCEEDED {PREDICTION}.shape"),
    ("the greatest length x 0", same(tensor(F32, [INT64_MAX, 0], b""), L1),
     f"LIMIT_EXCEEDED {PREDICTION}.shape"),
    ("a byte too few", one(tensor(F32, [1, 4], bytes(15)), BOX, GIOU),
     f"SIZE_MISMATCH {PREDICTION}.data"),
    ("a byte too many", one(tensor(F32, [1, 4], bytes(17)), BOX, GIOU),
     f"SIZE_MISMATCH {PREDICTION}.data"),
    ("a byte too few of a target", one(BOX, tensor(F32, [1, 4], bytes(15)), GIOU),
     f"SIZE_MISMATCH {TARGET}.data"),
    ("odd bytes of FLOAT16", same(tensor(F16, [4], bytes(7)), L1),
     f"SIZE_MISMATCH {PREDICTION}.data"),
    ("odd bytes of BFLOAT16", same(tensor(BF16, [4], bytes(9)), L1),
     f"SIZE_MISMATCH {PREDICTION}.data"),
    ("no bytes", same(tensor(F32, [4], b""), L1), f"SIZE_MISMATCH {PREDICTION}.data"),
    ("no contents", same(ONE_BOX, GIOU), f"SIZE_MISMATCH {PREDICTION}.data"),
    ("bytes for no elements", same(tensor(F32, [0, 4], b"x"), GIOU),
     f"SIZE_MISMATCH {PREDICTION}.data"),
    ("9 axes", same(zeros(F32, *[1] * 9), L1), f"LIMIT_EXCEEDED {PREDICTION}.shape"),
    ("100,000 axes", same(zeros(F32, *[1] * 100_000), L1), f"LIMIT_EXCEEDED {PREDICTION}.shape"),
    ("8 axes", same(zeros(F32, *[1] * 8), L1), "OK"),
    ("a scalar", same(zeros(F32), L1), "OK"),
    ("axes one by one", same(number(1, F32) + number(2, 1) + number(2, 4) + block(3, bytes(16)),
                             GIOU), "OK"),
    ("a scalar as a box", same(zeros(F32), GIOU), f"SHAPE_MISMATCH {PREDICTION}.shape"),
    ("a number as a box", same(zeros(F32, 1), GIOU), f"SHAPE_MISMATCH {PREDICTION}.shape"),
    ("no boxes against one", one(zeros(F32, 0, 4), BOX, GIOU), f"SHAPE_MISMATCH {TARGET}.shape"),
    ("one box against none", one(BOX, zeros(F32, 0, 4), GIOU), f"SHAPE_MISMATCH {TARGET}.shape"),
    ("labels of 2 axes", one(zeros(F32, 2, 3), zeros(I64, 2, 1), CE),
     f"SHAPE_MISMATCH {TARGET}.shape"),
    ("a segment of -1", same(BOX, GIOU, block(9, b"\0" + varint(-1))),
     "INVALID_SEGMENTS terms[0].segment_offsets"),
    ("a segment to the greatest", same(BOX, GIOU, block(9, b"\0" + varint(INT64_MAX))),
     "INVALID_SEGMENTS terms[0].segment_offsets"),
    ("one offset", same(BOX, GIOU, block(9, b"\1")), "INVALID_SEGMENTS terms[0].segment_offsets"),
    ("no boxes", same(zeros(F32, 0, 4), GIOU), "OK"),
    ("no logits", same(zeros(F32, 0), FOCAL), "OK"),
    ("no rows of classes", classes(), "OK"),
    # Contents.
    ("bytes, then too few numbers", same(ONE_BOX + block(3, bytes(16)) + values(0, 0, 0), GIOU),
     f"SIZE_MISMATCH {PREDICTION}.values"),
    ("too few numbers, then bytes", same(ONE_BOX + values(0, 0, 0) + block(3, bytes(16)), GIOU),
     "OK"),
    ("bytes twice, the last ones right", same(ONE_BOX + block(3, b"x") + block(3, bytes(16)), GIOU),
     "OK"),
    ("bytes twice, the last ones wrong", same(ONE_BOX + block(3, bytes(16)) + block(3, b"x"), GIOU),
     f"SIZE_MISMATCH {PREDICTION}.data"),
    ("numbers in two parts", same(ONE_BOX + values(0, 0) + values(0, 0), GIOU), "OK"),
    ("numbers one by one", same(ONE_BOX + block(4, double(1, 0) * 4), GIOU), "OK"),
    ("numbers of 7 bytes", same(ONE_BOX + block(4, block(1, bytes(7))), GIOU), "MALFORMED_REQUEST"),
    ("a prediction in two parts",
     request(block(2, number(1, F32) + block(2, b"\x01\x04")) + block(2, block(3, bytes(16))) +
             block(3, BOX) + GIOU), "OK"),
    # Numbers.
    ("NaN", boxes(NAN, 0, 1, 1), "OK"),
    ("infinity", boxes(-INF, 0, INF, 1), "OK"),
    ("denormal", boxes(0, 0, DENORMAL, DENORMAL), "OK"),
    ("-0", boxes(-0.0, -0.0, 1, 1), "OK"),
    ("the greatest", boxes(-3.4e38, -3.4e38, 3.4e38, 3.4e38), "OK"),
    ("NaN rejected", same(floats([1, 4], 0, 0, NAN, 1), GIOU, REJECT), f"NON_FINITE {PREDICTION}"),
    ("infinity rejected", same(floats([1, 4], 0, 0, INF, 1), GIOU, REJECT),
     f"NON_FINITE {PREDICTION}"),
    ("NaN rejected in a target", one(BOX, floats([1, 4], 0, 0, NAN, 1), GIOU, REJECT),
     f"NON_FINITE {TARGET}"),
    ("denormals are not rejected", same(floats([1, 4], 0, 0, DENORMAL, 1), GIOU, REJECT), "OK"),
    ("an inverted box", boxes(2, 2, 0, 0), "OK"),
    ("a box without area", boxes(1, 1, 1, 1), "OK"),
    ("a line", boxes(0, 0, 2, 0), "OK"),
    ("a beta of 0", same(BOX, block(22, double(1, 0))),
     "PARAMETER_OUT_OF_RANGE terms[0].smooth_l1.beta"),
    ("a scale of NaN", same(BOX, GIOU, double(7, NAN)), "PARAMETER_OUT_OF_RANGE terms[0].scale"),
    *edges(),
    ("1e300, which FLOAT32 rounds to infinity", same(ONE_BOX + values(0, 0, 1e300, 1), GIOU), "OK"),
    ("1e300 of FLOAT32 rejected", same(ONE_BOX + values(0, 0, 1e300, 1), GIOU, REJECT),
     f"NON_FINITE {PREDICTION}"),
    ("1e300 of FLOAT64 is not rejected",
     same(empty_box(F64) + values(0, 0, 1e300, 1), GIOU, REJECT), "OK"),
    ("65,520, which FLOAT16 rounds to infinity, rejected",
     same(empty_box(F16) + values(0, 0, 65520, 1), GIOU, REJECT),
     f"NON_FINITE {PREDICTION}"),
    ("65,519 of FLOAT16 is not rejected",
     same(empty_box(F16) + values(0, 0, 65519, 1), GIOU, REJECT), "OK"),
    ("NaN as a label", typed(I64, NAN), WRONG_NUMBER),
    ("infinity as a label", typed(I64, INF), WRONG_NUMBER),
    ("a denormal as a label", typed(I64, DENORMAL), WRONG_NUMBER),
    ("-0 as a label", typed(I64, -0.0), "OK"),
    ("2^63 as a label", typed(I64, 2.0 ** 63), WRONG_NUMBER),
    ("2^31 of INT32", typed(I32, 2.0 ** 31), WRONG_NUMBER),
    ("256 of UINT8", typed(U8, 256), WRONG_NUMBER),
    # Weights.
    ("a weight", weighted(floats([1], 2)), "OK"),
    ("a weight of -1", weighted(floats([1], -1)), "OK"),
    ("NaN as a weight", weighted(floats([1], NAN)), "OK"),
    ("NaN as a weight rejected", weighted(floats([1], NAN), REJECT), f"NON_FINITE {WEIGHT}"),
    ("infinity as a weight rejected", weighted(floats([1], INF), REJECT), f"NON_FINITE {WEIGHT}"),
    ("NaN of weight 0 rejected",
     same(floats([1, 4], 0, 0, NAN, 1), GIOU, block(4, floats([1], 0)) + REJECT),
     f"NON_FINITE {PREDICTION}"),
    ("an integer as a weight", weighted(tensor(I32, [1], bytes(4))), "OK"),
    ("a byte too few of a weight", weighted(tensor(F32, [1], bytes(3))),
     f"SIZE_MISMATCH {WEIGHT}.data"),
    ("a byte too many of a weight", weighted(tensor(F32, [1], bytes(5))),
     f"SIZE_MISMATCH {WEIGHT}.data"),
    ("a weight of another shape", weighted(zeros(F32, 1, 4)), f"SHAPE_MISMATCH {WEIGHT}.shape"),
    ("a weight of 2^64, which wraps to 0", weighted(tensor(F32, [1 << 32, 1 << 32], b"")),
     f"SHAPE_MISMATCH {WEIGHT}.shape"),
    ("a weight without a type", weighted(block(2, b"\x01") + block(3, bytes(4))),
     f"REQUIRED {WEIGHT}.data_type"),
    # Labels and classes.
    ("the last label", classes(2), "OK"),
    ("a label too many", classes(3), f"CLASS_INDEX_OUT_OF_RANGE {TARGET}"),
    ("a negative label", classes(-1), f"CLASS_INDEX_OUT_OF_RANGE {TARGET}"),
    ("the least label", classes(INT64_MIN), f"CLASS_INDEX_OUT_OF_RANGE {TARGET}"),
    ("the greatest label", classes(INT64_MAX), f"CLASS_INDEX_OUT_OF_RANGE {TARGET}"),
    ("a label of 2^32", classes(1 << 32), f"CLASS_INDEX_OUT_OF_RANGE {TARGET}"),
    ("a label of the background of a focal loss", classes(3, loss=FOCAL), "OK"),
    ("a label too many of a focal loss", classes(4, loss=FOCAL),
     f"CLASS_INDEX_OUT_OF_RANGE {TARGET}"),
    ("the last label of INT32", one(zeros(F32, 1, 3), integers(2), CE), "OK"),
    *((f"{label} of INT32", one(zeros(F32, 1, 3), integers(label), CE),
       f"CLASS_INDEX_OUT_OF_RANGE {TARGET}") for label in (3, -1, -(1 << 31), (1 << 31) - 1)),
    ("the last label of UINT8", one(zeros(F32, 1, 3), tensor(U8, [1], b"\2"), CE), "OK"),
    ("a label too many of UINT8", one(zeros(F32, 1, 3), tensor(U8, [1], b"\3"), CE),
     f"CLASS_INDEX_OUT_OF_RANGE {TARGET}"),
    ("-1 as a background of a focal loss", classes(-1, loss=FOCAL), "OK"),
    ("-1 as a background of a softmax", classes(-1, loss=SOFTMAX_FOCAL),
     f"CLASS_INDEX_OUT_OF_RANGE {TARGET}"),
    ("-2 of a focal loss", classes(-2, loss=FOCAL), f"CLASS_INDEX_OUT_OF_RANGE {TARGET}"),
    ("an ignored label out of range", classes(255, loss=block(10, number(2, 255))), "OK"),
    ("an ignored label of -100", classes(-100, loss=block(10, number(2, -100))), "OK"),
    ("UINT8 of 0 and 1", binary(0, 1), "OK"),
    ("UINT8 of 2", binary(0, 1, 2), f"TARGET_OUT_OF_RANGE {TARGET}"),
    ("UINT8 of 255", binary(255), f"TARGET_OUT_OF_RANGE {TARGET}"),
    ("labels of a fraction", one(zeros(F32, 1, 3), zeros(F32, 1), CE),
     f"SHAPE_MISMATCH {TARGET}.shape"),
    ("no classes", one(zeros(F32, 2, 0), labels(0, 0), CE), f"SHAPE_MISMATCH {PREDICTION}.shape"),
    ("2^31 classes", one(tensor(F32, [1, 1 << 31], b""), labels(0), CE),
     f"LIMIT_EXCEEDED {PREDICTION}.shape"),
    ("2^31 classes of no row", one(tensor(F32, [0, 1 << 31], b""), labels(), CE),
     f"LIMIT_EXCEEDED {PREDICTION}.shape"),
    ("one class", one(zeros(F32, 2, 1), labels(0, 0), CE), "OK"),
    # Enums.
    ("data type 99", same(tensor(99, [1, 4], bytes(16)), GIOU),
     f"UNKNOWN_VALUE {PREDICTION}.data_type"),
    ("data type -1", same(tensor(-1, [1, 4], bytes(16)), GIOU),
     f"UNKNOWN_VALUE {PREDICTION}.data_type"),
    ("data type 2^32 + 1, which is cut to 1", same(tensor((1 << 32) + 1, [1, 4], bytes(16)), GIOU),
     "OK"),
    ("no data type", same(block(2, b"\x01\x04") + block(3, bytes(16)), GIOU),
     f"REQUIRED {PREDICTION}.data_type"),
    ("reduction 99", same(BOX, GIOU, number(5, 99)), "UNKNOWN_VALUE terms[0].reduction"),
    ("policy 99", same(BOX, GIOU, number(41, 99)), "UNKNOWN_VALUE terms[0].non_finite"),
    ("encoding 99", GOOD + number(2, 99), "UNKNOWN_VALUE response_encoding"),
    ("format 99", same(BOX, block(31, number(1, 99))), "UNKNOWN_VALUE terms[0].giou.format"),
    ("convention 99", same(BOX, block(31, number(2, 99))),
     "UNKNOWN_VALUE terms[0].giou.convention"),
    ("mode 99", same(BOX, block(30, number(3, 99))), "UNKNOWN_VALUE terms[0].iou.mode"),
    # Terms.
    ("no terms", b"", "REQUIRED terms"),
    ("a term without anything", request(b""), "REQUIRED terms[0].prediction"),
    ("two losses, of which the last counts", same(BOX, GIOU + L1), "OK"),
    ("100,000 terms", request(b"") * 100_000, "LIMIT_EXCEEDED terms"),
    ("1,025 terms", request(b"") * 1025, "LIMIT_EXCEEDED terms"),
    ("1,024 terms", GOOD * 1024, "OK"),
    # A name only labels: the API does not ask that it be unique, or that it be anything.
    ("two terms of the same name", same(BOX, GIOU, block(1, b"x")) + same(BOX, L1, block(1, b"x")),
     "OK"),
    ("two terms of the same loss", GOOD * 2, "OK"),
    ("two names, of which the last counts", same(BOX, GIOU, block(1, b"x") + block(1, b"y")), "OK"),
    ("a name with 0 and line ends", same(BOX, GIOU, block(1, b"a\0b\r\n\"}")), "OK"),
    ("a reserved name", same(BOX, GIOU, block(1, b"total_loss")), "OK"),
    ("a second term that is wrong", GOOD + same(zeros(F32, 1, 3), IOU),
     "SHAPE_MISMATCH terms[1].prediction.shape"),
    ("100,000 fields of a term", same(BOX, GIOU, number(40, 1) * 100_000),
     "LIMIT_EXCEEDED terms[0]"),
    ("a name that is no UTF-8", same(BOX, GIOU, block(1, b"\xff\xfe")), "MALFORMED_REQUEST"),
    ("a name of a million", same(BOX, GIOU, block(1, b"x" * 1_000_000)), "OK"),
    ("a name of nothing but 0", same(BOX, GIOU, block(1, bytes(100))), "OK"),
    # The wire.
    ("unknown fields", GOOD + number(99, 1) + double(98, 1) + block(97, b"x"), "OK"),
    ("an unknown group", GOOD + group(99, number(1, 1)), "OK"),
    ("groups in groups", GOOD + nested(50), "OK"),
    ("a million groups in groups", GOOD + nested(1_000_000), "LIMIT_EXCEEDED"),
    ("a group that does not end", GOOD + varint(99 << 3 | 3), "MALFORMED_REQUEST"),
    ("a group that ends as another", GOOD + varint(99 << 3 | 3) + varint(98 << 3 | 4),
     "MALFORMED_REQUEST"),
    ("an end without a group", GOOD + varint(99 << 3 | 4), "MALFORMED_REQUEST"),
    ("terms as a number", number(1, 1), "REQUIRED terms"),
    ("a prediction as a number", request(number(2, 1) + block(3, BOX) + GIOU),
     f"REQUIRED {PREDICTION}"),
    ("field 0", GOOD + b"\x00\x00", "MALFORMED_REQUEST"),
    ("wire type 6", GOOD + b"\x0e", "MALFORMED_REQUEST"),
    ("wire type 7", GOOD + b"\x0f", "MALFORMED_REQUEST"),
    ("a number of 11 bytes", GOOD + b"\x10" + b"\x80" * 10 + b"\x01", "MALFORMED_REQUEST"),
    ("a length beyond the end", GOOD + b"\x0a\x7f", "MALFORMED_REQUEST"),
    ("a length of 4 GiB", GOOD + b"\x0a" + varint(1 << 32), "MALFORMED_REQUEST"),
    ("a length of 2^31 - 1", GOOD + b"\x0a" + varint((1 << 31) - 1), "MALFORMED_REQUEST"),
    ("a negative length", GOOD + b"\x0a" + varint(-1), "MALFORMED_REQUEST"),
    ("a negative length of bytes", same(ONE_BOX + b"\x1a" + varint(-1), GIOU), "MALFORMED_REQUEST"),
    ("a length of bytes beyond its tensor", same(ONE_BOX + b"\x1a\x20" + bytes(16), GIOU),
     "MALFORMED_REQUEST"),
    ("bytes of 0", bytes(1000), "MALFORMED_REQUEST"),
    ("bytes of 255", b"\xff" * 1000, "MALFORMED_REQUEST"),
    ("text", b"{\"terms\": []}", "MALFORMED_REQUEST"),
]
