# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The golden requests, by file. See README.md."""

import base64
import itertools
import struct

from detloss.v1 import losses_pb2

FLOATS = ("FLOAT32", "FLOAT64", "FLOAT16", "BFLOAT16")
REDUCTIONS = ("NONE", "MEAN", "SUM")
BOX = ("iou", "giou", "diou", "ciou")

# Of every loss, by its name; see learn().
FAMILIES = {}

_FORMATS = {"FLOAT32": "f", "FLOAT64": "d", "FLOAT16": "e", "INT32": "i", "INT64": "q",
            "UINT8": "B"}


def _pack(data_type, values):
    if data_type == "BFLOAT16":  # whose values here have no lower bits
        return b"".join(struct.pack("<f", value)[2:] for value in values)
    return struct.pack(f"<{len(values)}{_FORMATS[data_type]}", *values)


def tensor(data_type, shape, values):
    return {"data_type": f"DATA_TYPE_{data_type}", "shape": [str(n) for n in shape],
            "data": base64.b64encode(_pack(data_type, values)).decode()}


def spread(count, step=7, low=-3.0, unit=0.25):
    """Numbers that repeat late and that every type holds exactly."""
    return [low + unit * (i * step % 25) for i in range(count)]


def boxes(count, step):
    corners = ((i * step % 9, i * (step + 2) % 7) for i in range(count))
    return [value for i, (x, y) in enumerate(corners)
            for value in (x, y, x + 2 + i % 3, y + 1.5 + i % 4)]


def logits(data_type="FLOAT32", shape=(4, 5)):
    return tensor(data_type, shape, spread(_product(shape)))


def _product(shape):
    product = 1
    for length in shape:
        product *= length
    return product


INDICES = tensor("INT64", (4,), (0, 3, 4, 1))
PROBABILITIES = tensor("FLOAT32", (4, 5), [(i * 3 % 5) / 4 for i in range(20)])
DISTRIBUTIONS = tensor("FLOAT32", (4, 5), [0.25, 0.25, 0, 0.5, 0] * 4)


def learn(catalog):
    """Takes the losses from the answer to `ListLosses`."""
    FAMILIES.update({loss["name"]: loss["family"][len("LOSS_FAMILY_"):]
                     for loss in catalog["losses"]})


def _message(loss):
    return losses_pb2.LossTerm.DESCRIPTOR.fields_by_name[loss].message_type


def term(loss, prediction=None, target=None, parameters=None, **fields):
    """A term of a loss, with tensors that fit it."""
    family = FAMILIES[loss]
    shape, values = ((6, 4), boxes(6, 4)) if family == "BOX" else ((4, 5), spread(20))
    targets = {"BOX": tensor("FLOAT32", (6, 4), boxes(6, 5)), "SIGMOID": PROBABILITIES,
               "REGRESSION": tensor("FLOAT32", (4, 5), spread(20, step=11)), "SOFTMAX": INDICES}
    return {**fields, "prediction": prediction or tensor("FLOAT32", shape, values),
            "target": target or targets[family], loss: parameters or {}}


def compute(name, *terms, **fields):
    return {"name": name, "method": "ComputeLoss", "requests": [{"terms": list(terms), **fields}]}


def losses():
    """Every loss, of every type, with every reduction."""
    for (loss, family), data_type, reduction in itertools.product(
            FAMILIES.items(), FLOATS, REDUCTIONS):
        prediction = (tensor(data_type, (6, 4), boxes(6, 4)) if family == "BOX"
                      else logits(data_type))
        yield compute(f"{loss} of {data_type}, {reduction}",
                      term(loss, prediction, reduction=f"REDUCTION_{reduction}"))


def _values(field):
    """Values of a parameter that every loss that has it allows."""
    if field.enum_type is not None:
        return [value.name for value in field.enum_type.values if value.number != 0]
    if field.cpp_type == field.CPPTYPE_INT64:
        return ["4"]
    # Of lists and of single numbers.
    return [[0.5, 2, 1, 0, 3]] if field.label == field.LABEL_REPEATED else [0.5]


def parameters():
    """Every parameter of every loss, and every choice; then what lies at the edges."""
    for loss in FAMILIES:
        for field in _message(loss).fields:
            for value in _values(field):
                target = INDICES if field.name == "ignore_index" else None
                yield compute(f"{loss} with {field.name} {value}",
                              term(loss, target=target, parameters={field.name: value}))
    for gamma, alpha in itertools.product((0, 1, 16), (0.25, 1, -1)):
        yield compute(f"sigmoid_focal with alpha {alpha} and gamma {gamma}", term(
            "sigmoid_focal", parameters={"alpha": alpha, "gamma": gamma}))
    for loss in ("cross_entropy", "softmax_focal"):
        yield compute(f"{loss} with class_weights and ignore_index", term(
            loss, parameters={"class_weights": [0.5, 2, 1, 0, 3], "ignore_index": "4"}))
    for target in (INDICES, DISTRIBUTIONS):
        yield compute(f"cross_entropy with label_smoothing, {target['data_type']}", term(
            "cross_entropy", target=target, parameters={"label_smoothing": 0.1}))
    yield compute("binary_cross_entropy with one positive_weight", term(
        "binary_cross_entropy", parameters={"positive_weight": [3]}))
    for loss in ("binary_cross_entropy", "sigmoid_focal"):
        yield compute(f"{loss} with background and ignore_index", term(
            loss, target=tensor("INT32", (4,), (0, -1, 5, 2)), parameters={"ignore_index": "2"}))
    for loss, form in itertools.product(BOX, ("XYWH", "CXCYWH")):
        yield compute(f"{loss} of {form}, TORCHVISION", term(loss, parameters={
            "format": f"BOX_FORMAT_{form}", "convention": "CONVENTION_TORCHVISION"}))


def terms():
    """What a term asks for beside its parameters: of every loss, then what is special to some."""
    for loss in FAMILIES:
        yield compute(f"{loss} with statistics", term(loss, statistics=True))
        yield compute(f"{loss} with a weight", term(loss, weight=_weight(loss)))
        yield compute(f"{loss} without gradient", term(loss, gradient=False, name="named"))
        yield compute(f"{loss} with normalizer and scale", term(loss, normalizer=8, scale=-2.5))
        for reduction in ("MEAN", "SUM"):
            yield compute(f"{loss} of segments, {reduction}", term(
                loss, segment_offsets=["0", "1", "1", "4" if FAMILIES[loss] != "BOX" else "6"],
                reduction=f"REDUCTION_{reduction}"))
        for number, target in enumerate(_targets(loss)):
            yield compute(f"{loss} with targets of {target['data_type']}, {number}",
                          term(loss, target=target))
        yield compute(f"{loss}, rejected if not finite", term(
            loss, non_finite="NON_FINITE_POLICY_REJECT"))
    yield from special_statistics()
    yield from special_weights()
    yield from special_numbers()
    yield from special_shapes()


def _weight(loss):
    rows = 6 if FAMILIES[loss] == "BOX" else 4
    shape = (rows, 1) if FAMILIES[loss] in ("REGRESSION", "SIGMOID") else (rows,)
    return tensor("FLOAT32", shape, (1, 0, 2, 0.5, 3, 1)[:rows])


def _targets(loss):
    """Of every type that the loss takes beside those of other cases."""
    shape, values = ((6, 4), boxes(6, 5)) if FAMILIES[loss] == "BOX" else ((4, 5), spread(20))
    if FAMILIES[loss] in ("REGRESSION", "BOX"):
        return [tensor(data_type, shape, values) for data_type in FLOATS[1:]]
    indices = [tensor(data_type, (4,), (0, 3, 1, 4)) for data_type in ("INT32", "INT64")]
    if FAMILIES[loss] == "SIGMOID":
        return [*indices, tensor("INT64", (4,), (0, -1, 5, 2)),
                tensor("UINT8", (4, 5), [i % 2 for i in range(20)]),
                *(tensor(data_type, (4, 5), [i % 5 / 4 for i in range(20)])
                  for data_type in FLOATS[1:])]
    return indices


def special_statistics():
    yield compute("statistics with easy_threshold", term(
        "sigmoid_focal", statistics=True, easy_threshold=0.75))
    yield compute("statistics of what is not finite", term(
        "l2", tensor("FLOAT32", (3,), (1, float("inf"), 2)), tensor("FLOAT32", (3,), (0, 0, 0)),
        statistics=True, gradient=False))
    yield compute("statistics of odd boxes", term("giou", tensor(
        "FLOAT32", (4, 4), (0, 0, 0, 2, 3, 3, 1, 1, 9, 9, 10, 10, 0, 0, 2, 2)), tensor(
        "FLOAT32", (4, 4), (0, 0, 2, 2) * 4), statistics=True))


def special_weights():
    yield compute("weight of integers that is broadcast", term("l2", weight=tensor(
        "UINT8", (4, 1), (1, 0, 1, 1)), reduction="REDUCTION_SUM"))
    yield compute("weight 0 on what is not finite", term(
        "l1", tensor("FLOAT32", (3,), (1, float("nan"), float("inf"))),
        tensor("FLOAT32", (3,), (0, 0, 0)), weight=tensor("FLOAT32", (3,), (1, 0, 0))))
    yield compute("segments with a normalizer", term(
        "cross_entropy", segment_offsets=["0", "2", "4"], normalizer=2))
    for data_type in ("FLOAT32", "FLOAT16"):
        yield compute(f"cross_entropy of distributions of {data_type}", term(
            "cross_entropy", target=tensor(data_type, (4, 5), [0.25, 0.25, 0, 0.5, 0] * 4)))


def special_numbers():
    for name, loss, values in (("NaN", "l1", (1, float("nan"), 2)),
                               ("infinity", "l1", (1, float("inf"), -2)),
                               ("NaN", "sigmoid_focal", (1, float("nan"), 2)),
                               ("infinity", "sigmoid_focal", (1, float("-inf"), 2))):
        yield compute(f"{loss} of {name}, propagated", term(
            loss, tensor("FLOAT32", (3,), values), tensor("FLOAT32", (3,), (0, 1, 0)),
            non_finite="NON_FINITE_POLICY_PROPAGATE", reduction="REDUCTION_NONE"))
    yield compute("negative zero", term("l2", tensor("FLOAT32", (2,), (-0.0, 0.0)), tensor(
        "FLOAT32", (2,), (0.0, 0.0)), scale=-1, reduction="REDUCTION_NONE"))
    yield compute("numbers that are zero, infinite or none", term(
        "l1", tensor("FLOAT64", (4,), (-0.0, 0.0, float("-inf"), float("nan"))), tensor(
            "FLOAT64", (4,), (0.0, -0.0, 0.0, 0.0)), scale=-1, reduction="REDUCTION_NONE"),
                  response_encoding="TENSOR_ENCODING_VALUES")


def special_shapes():
    yield compute("no rows", term("giou", tensor("FLOAT32", (0, 4), ()), tensor(
        "FLOAT32", (0, 4), ())))
    yield compute("a scalar", term("l1", tensor("FLOAT64", (), (2.5,)), tensor(
        "FLOAT64", (), (1,))))
    yield compute("more axes", term("cross_entropy", logits(shape=(2, 2, 5)), tensor(
        "INT32", (2, 2), (0, 1, 2, 3)), reduction="REDUCTION_NONE"))
    yield compute("several terms", term("sigmoid_focal", name="class", scale=0.5),
                  term("giou", name="box", statistics=True), term("l1", reduction="REDUCTION_NONE"))
    yield compute("numbers instead of bytes", {
        "prediction": {"data_type": "DATA_TYPE_FLOAT32", "shape": ["1", "4"],
                       "values": {"values": [0, 0, 2, 2]}},
        "target": {"data_type": "DATA_TYPE_BFLOAT16", "shape": ["1", "4"],
                   "values": {"values": [1, 1, 3, 3.0078125]}}, "giou": {}},
        response_encoding="TENSOR_ENCODING_VALUES")
    yield compute("bytes in the answer", term("giou"), response_encoding="TENSOR_ENCODING_DATA")


def streams():
    """Items are answered in any order; ids have 64 bits."""
    good = {"terms": [term("giou")]}
    bad = {"terms": [term("sigmoid_focal", parameters={"gamma": -1})]}
    yield {"name": "a stream without items", "method": "StreamComputeLoss", "requests": []}
    yield {"name": "a stream of good and bad items", "method": "StreamComputeLoss", "requests": [
        {"id": "9007199254740993", "request": good}, {"id": "-5", "request": bad},
        {"id": "2", "request": {"terms": [term("ciou"), term("l2")]}}, {"id": "1"}]}


def catalog():
    yield {"name": "the losses", "method": "ListLosses", "requests": [{}]}
    yield {"name": "the server", "method": "GetServerInfo", "requests": [{}]}


def wrong_terms():
    """Terms with which a request is refused, by what is wrong."""
    nothing = {"data_type": "DATA_TYPE_FLOAT32", "shape": ["3"]}
    return {
        "no term": [],
        "no loss": [{key: value for key, value in term("l1").items() if key != "l1"}],
        "no prediction": [{"target": logits(), "l1": {}}],
        "no data type": [term("l1", {"shape": ["3"], "data": ""})],
        "no contents": [term("l1", nothing, nothing)],
        "an unknown choice": [term("giou", parameters={"format": 99})],
        "an unknown reduction": [term("giou", reduction=77)],
        "parameters out of range": [term("sigmoid_focal", parameters={"gamma": -1, "alpha": 2}),
                                    term("smooth_l1", parameters={"beta": "Infinity"})],
        "a scale that is not finite": [term("l1", scale="NaN")],
        "shapes that do not fit": [term("l1", target=tensor("FLOAT32", (2, 5), spread(10)))],
        "boxes of five": [term("giou", logits(), logits())],
        "class weights of another number": [term("cross_entropy", parameters={
            "class_weights": [1, 2]})],
        "a prediction of integers": [term("l1", tensor("INT32", (2,), (1, 2)))],
        "too few bytes": [term("l1", {**logits(), "data": "AAAA"})],
        "segments that fall": [term("l1", segment_offsets=["0", "3", "2", "4"])],
        "segments that do not end": [term("l1", segment_offsets=["0", "3"])],
        "a normalizer without a mean": [term("l1", normalizer=2, reduction="REDUCTION_SUM")],
        "a class index too large": [term("cross_entropy", target=tensor(
            "INT64", (4,), (0, 1, 5, 2)))],
        "a UINT8 target of 2": [term("sigmoid_focal", target=tensor(
            "UINT8", (4, 5), [0] * 19 + [2]))],
        "NaN that is rejected": [term("l1", tensor("FLOAT32", (3,), (1, float("nan"), 2)), tensor(
            "FLOAT32", (3,), (0, 0, 0)), non_finite="NON_FINITE_POLICY_REJECT")],
        "too many axes": [term("l1", logits(shape=(1,) * 9), logits(shape=(1,) * 9))],
        "errors of several terms": [term("giou"), term("l1", scale="Infinity"),
                                    term("cross_entropy", parameters={"label_smoothing": 3})],
    }


def errors():
    """Every reason that a request can cause by what it holds."""
    for name, of_one in wrong_terms().items():
        yield compute(name, *of_one)
    for method in ("ComputeLoss", "StreamComputeLoss", "ListLosses", "GetServerInfo"):
        yield {"name": f"bytes that are no message, {method}", "method": method,
               "raw_request": base64.b64encode(b"\x0a\xff\xff\xff\x0f").decode()}
    yield {**compute("no room", term("giou")), "server": "full", "retry_delay": True}
    yield from callers()


def callers():
    """Who may call what."""
    for name, token, method in (
            ("no token", None, "ComputeLoss"), ("an unknown token", "golden", "ComputeLoss"),
            ("a token for another method", "golden-list", "ComputeLoss"),
            ("a token for everything", "golden-all", "ComputeLoss"),
            ("a token for the method", "golden-list", "ListLosses"),
            ("a stream without a token", None, "StreamComputeLoss")):
        request = {"terms": [term("giou")]} if method == "ComputeLoss" else {}
        yield {"name": name, "server": "tokens", "method": method, "requests": [request],
               "metadata": {} if token is None else {"authorization": f"Bearer {token}"}}


FILES = {"losses.json": losses, "parameters.json": parameters, "terms.json": terms,
         "streams.json": streams, "catalog.json": catalog, "errors.json": errors}
