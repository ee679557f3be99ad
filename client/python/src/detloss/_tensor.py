# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Tensors: NumPy's arrays here, `detloss.v1.Tensor` on the wire."""

from __future__ import annotations

import sys
from typing import Any, List, Mapping, NamedTuple, Sequence, Tuple, Union

import numpy

from detloss import _messages, _wire

_DATA_TYPES = _messages.Tensor.DESCRIPTOR.fields_by_name["data_type"].enum_type
_DATA = _messages.number_of(_messages.Tensor, "data")
_PREFIX = "DATA_TYPE_"

# What has no type of its own on the wire goes as one that holds all its values.
_WIDER: Mapping[str, str] = {
    "bool": "uint8", "int8": "int32", "int16": "int32", "uint16": "int32", "uint32": "int64",
}

_ML_DTYPES = "ml_dtypes"

Buffer = Union[bytes, memoryview]


class RawTensor(NamedTuple):
    """Elements as bytes, with what they are: for types that NumPy does not have."""

    data_type: str  # as on the wire, in lower case: "bfloat16"
    shape: Tuple[int, ...]
    data: Buffer

    def __reduce__(self) -> Any:
        """Results of workers travel between processes, and views of bytes do not."""
        return RawTensor, (self.data_type, self.shape, bytes(self.data))


def to_raw(value: Any, what: str, floating: bool = False) -> RawTensor:
    """`value` as the wire has it: dense, row-major, little-endian. Without a copy if it is that.
    Python's integers become floating where they must be; arrays of integers stay what they are."""
    if isinstance(value, RawTensor):
        return value
    array = numpy.asarray(value)
    if floating and array.dtype.kind == "i" and not hasattr(value, "dtype"):
        array = array.astype(numpy.float64)
    name = array.dtype.name
    if name in _WIDER:
        name = _WIDER[name]
        array = array.view(name) if array.dtype == bool else array.astype(name)
    if _PREFIX + name.upper() not in _DATA_TYPES.values_by_name:
        raise TypeError(f"{what}: must hold numbers of a type that the service has "
                        f"({', '.join(_names())}), got an array of {array.dtype}")
    shape = array.shape
    if name != "bfloat16":
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    # Flat bytes: memoryview does not know the types of ml_dtypes, nor casts what has no element.
    array = numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8)
    return RawTensor(name, shape, array.data)


def encode(tensor: RawTensor) -> List[Buffer]:
    """The parts of a `Tensor`, of which the elements are one."""
    head = _messages.Tensor(data_type=_PREFIX + tensor.data_type.upper(), shape=tensor.shape)
    return [head.SerializeToString(), *_wire.field(_DATA, [tensor.data])]


def decode(view: memoryview) -> RawTensor:
    """The tensor of an answer, whose elements stay where they are."""
    rest, lifted = _wire.lift(view, {_DATA})
    head = _messages.Tensor.FromString(rest)
    name = _DATA_TYPES.values_by_number[head.data_type].name[len(_PREFIX) :].lower()
    data = lifted[_DATA][-1] if lifted[_DATA] else memoryview(b"")
    return RawTensor(name, tuple(head.shape), data)


def to_array(tensor: RawTensor) -> "numpy.ndarray[Any, Any]":
    """The elements as an array that aliases them, but for bfloat16 where `ml_dtypes`, which has
    the type, was not imported: then as float32."""
    if tensor.data_type != "bfloat16":
        dtype = numpy.dtype(tensor.data_type).newbyteorder("<")
        return numpy.frombuffer(tensor.data, dtype).reshape(tensor.shape)
    bits = numpy.frombuffer(tensor.data, "<u2").reshape(tensor.shape)
    if _ML_DTYPES in sys.modules:
        return bits.view(sys.modules[_ML_DTYPES].bfloat16)
    return (bits.astype(numpy.uint32) << 16).view(numpy.float32)


def _names() -> Sequence[str]:
    return [v.name[len(_PREFIX) :].lower() for v in _DATA_TYPES.values if v.number != 0]
