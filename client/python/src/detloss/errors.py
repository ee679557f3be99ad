# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What a failed call raises."""

from __future__ import annotations

import math
from typing import Any, Iterable, Mapping, NamedTuple, Optional, Sequence, Tuple, Type

import grpc
from google.protobuf.message import DecodeError

from detloss import _messages

Metadata = Iterable[Tuple[str, Any]]

_DETAILS = "grpc-status-details-bin"
_PUSHBACK = "grpc-retry-pushback-ms"


class FieldViolation(NamedTuple):
    """A wrong field of a request."""

    field: str
    """Its path, for example `terms[1].sigmoid_focal.gamma`."""
    description: str
    """What is required and what was got."""


class Error(Exception):
    """A call that failed. `str(error)` is for people.

    Attributes:
      code: the `grpc.StatusCode`.
      message: what is required and what was got.
      reason: stable, in UPPER_SNAKE_CASE, as docs/errors.md lists them. Empty where gRPC itself
        gave the answer.
      field_violations: every wrong field of the request.
      metadata: what varies in the message, by name.
      retry_delay: seconds after which another attempt may succeed. None: the server does not say
        that one may.
    """

    def __init__(self, code: grpc.StatusCode, message: str, *, reason: str = "",
                 field_violations: Sequence[FieldViolation] = (),
                 metadata: Optional[Mapping[str, str]] = None,
                 retry_delay: Optional[float] = None) -> None:
        super().__init__(f"{code.name}: {message}" + (f" ({reason})" if reason else ""))
        self.code = code
        self.message = message
        self.reason = reason
        self.field_violations = tuple(field_violations)
        self.metadata = dict(metadata or {})
        self.retry_delay = retry_delay

    def __reduce__(self) -> Any:
        """Errors of workers travel between processes."""
        return _rebuild, (type(self), self.code.name, self.message, self.reason,
                          self.field_violations, self.metadata, self.retry_delay)


class InvalidRequestError(Error, ValueError):
    """The request is wrong: INVALID_ARGUMENT or OUT_OF_RANGE."""


class UnavailableError(Error, ConnectionError):
    """No server was reached, or it shuts down: UNAVAILABLE."""


class DeadlineExceededError(Error, TimeoutError):
    """The time of the call is over: DEADLINE_EXCEEDED."""


class ClosedError(Error):
    """The client was closed, before the call or during it: CANCELLED."""


_CLASSES: Mapping[grpc.StatusCode, Any] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequestError,
    grpc.StatusCode.OUT_OF_RANGE: InvalidRequestError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
}


def make(code: grpc.StatusCode, message: str, trailers: Metadata = ()) -> Error:
    """The error of a status with the details that came in its trailers."""
    found = {key: value for key, value in trailers}  # aio has a mapping that dict() misreads
    fields = _decode(found.get(_DETAILS, b""))
    if _PUSHBACK in found:
        fields["retry_delay"] = _parse_pushback(found[_PUSHBACK])
    return _CLASSES.get(code, Error)(code, message, **fields)  # type: ignore[no-any-return]


def closed() -> Error:
    return ClosedError(grpc.StatusCode.CANCELLED, "the client is closed")


def is_retryable(error: Error) -> bool:
    """Whether another attempt may succeed. RESOURCE_EXHAUSTED without a delay is a limit, which
    the next attempt exceeds too. CANCELLED without a reason is gRPC's word for a call that reached
    a server which was shutting down and never began it."""
    if error.code is grpc.StatusCode.CANCELLED:
        return not error.reason and not isinstance(error, ClosedError)
    if error.code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return error.retry_delay is not None
    return error.code is grpc.StatusCode.UNAVAILABLE


def _parse_pushback(value: Any) -> float:
    """Seconds to wait; for ever where it is negative or no number, which forbids to come back.
    https://github.com/grpc/proposal/blob/master/A6-client-retries.md#pushback"""
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    return int(text) / 1000 if text.isdigit() else math.inf


def _decode(serialized: bytes) -> Any:
    """Keyword arguments of an error. Details that are none say nothing."""
    try:
        return _decode_details(_messages.Status.FromString(serialized).details)
    except DecodeError:
        return {}


def _decode_details(details: Any) -> Any:
    fields: Any = {}
    for detail in details:
        kind = detail.type_url.rpartition("/")[2]
        if kind == _messages.ErrorInfo.DESCRIPTOR.full_name:
            info = _messages.ErrorInfo.FromString(detail.value)
            fields.update(reason=info.reason, metadata=info.metadata)
        elif kind == _messages.BadRequest.DESCRIPTOR.full_name:
            request = _messages.BadRequest.FromString(detail.value)
            fields["field_violations"] = [FieldViolation(v.field, v.description)
                                          for v in request.field_violations]
        elif kind == _messages.RetryInfo.DESCRIPTOR.full_name:
            delay = _messages.RetryInfo.FromString(detail.value).retry_delay
            fields["retry_delay"] = delay.seconds + delay.nanos / 1e9
    return fields


def _rebuild(kind: Type[Error], code: str, message: str, reason: str, field_violations: Any,
             metadata: Any, retry_delay: Optional[float]) -> Error:
    return kind(grpc.StatusCode[code], message, reason=reason, field_violations=field_violations,
                metadata=metadata, retry_delay=retry_delay)
