# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The messages of the API, as classes.

They live in a descriptor pool of their own, so that a program may use its own stubs of the API, or
those of another version, beside this package. Made from descriptors rather than by generated code,
they work with every version of protobuf from 3.20.
"""

from __future__ import annotations

import copyreg
import functools
from typing import Any, Tuple

from google.protobuf import any_pb2, descriptor_pool, duration_pb2, message_factory

from detloss._api import FILES

_POOL = descriptor_pool.DescriptorPool()
for _file in (any_pb2.DESCRIPTOR.serialized_pb, duration_pb2.DESCRIPTOR.serialized_pb, *FILES):
    _POOL.AddSerializedFile(_file)


@functools.lru_cache(maxsize=None)
def _message(name: str) -> Any:
    # Old versions of protobuf make another class each time.
    descriptor = _POOL.FindMessageTypeByName(name)
    factory: Any = message_factory
    if hasattr(factory, "GetMessageClass"):
        made = factory.GetMessageClass(descriptor)
    else:
        made = factory.MessageFactory(_POOL).GetPrototype(descriptor)
    copyreg.pickle(made, _reduce)
    return made


def _reduce(message: Any) -> Tuple[Any, ...]:
    """How messages travel between processes, since no module has their classes."""
    return _parse, (message.DESCRIPTOR.full_name, message.SerializeToString())


def _parse(name: str, data: bytes) -> Any:
    return _message(name).FromString(data)


ComputeLossRequest = _message("detloss.v1.ComputeLossRequest")
ComputeLossResponse = _message("detloss.v1.ComputeLossResponse")
StreamComputeLossRequest = _message("detloss.v1.StreamComputeLossRequest")
StreamComputeLossResponse = _message("detloss.v1.StreamComputeLossResponse")
ListLossesRequest = _message("detloss.v1.ListLossesRequest")
ListLossesResponse = _message("detloss.v1.ListLossesResponse")
GetServerInfoRequest = _message("detloss.v1.GetServerInfoRequest")
GetServerInfoResponse = _message("detloss.v1.GetServerInfoResponse")
Error = _message("detloss.v1.Error")
LossTerm = _message("detloss.v1.LossTerm")
LossDescription = _message("detloss.v1.LossDescription")
TermResult = _message("detloss.v1.TermResult")
TermStatistics = _message("detloss.v1.TermStatistics")
Tensor = _message("detloss.v1.Tensor")
Status = _message("google.rpc.Status")
ErrorInfo = _message("google.rpc.ErrorInfo")
BadRequest = _message("google.rpc.BadRequest")
RetryInfo = _message("google.rpc.RetryInfo")

SERVICE = "/detloss.v1.LossService/"


def number_of(message: Any, field: str) -> int:
    """The number of a field of a message."""
    return int(message.DESCRIPTOR.fields_by_name[field].number)


def is_repeated(field: Any) -> bool:
    """Whether a field has several values. The label is deprecated where there is another way."""
    if hasattr(field, "is_repeated"):
        return bool(field.is_repeated)
    return bool(field.label == field.LABEL_REPEATED)


def enum_value(enum: Any, choice: str, what: str) -> int:
    """The number of `choice`, the rest of the name of a value of the enum, in any case."""
    prefix = enum.values_by_number[0].name[: -len("UNSPECIFIED")]
    value = enum.values_by_name.get(prefix + choice.upper()) if isinstance(choice, str) else None
    if value is None or value.number == 0:
        known = (v.name[len(prefix) :].lower() for v in enum.values if v.number != 0)
        raise ValueError(f"{what}: must be one of {', '.join(known)}, got {choice!r}")
    return int(value.number)
