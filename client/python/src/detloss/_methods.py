# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The methods of the service, apart from how a call waits: blocking and awaiting clients share it.
"""

from __future__ import annotations

from typing import Any, Callable, List, Mapping, NamedTuple, Sequence, Union

from detloss import _messages, _request, _result
from detloss._term import Term
from detloss._transport import Buffer


class Method(NamedTuple):
    """A call that can be attempted, again and again."""

    path: str
    parts: List[Buffer]
    decode: Callable[[Any], Any]


def compute_loss(terms: Union[Term, Sequence[Term]]) -> Method:
    if isinstance(terms, Mapping):
        raise TypeError("terms: must be a term or a list of terms, which may have names, got a "
                        "mapping")
    one = isinstance(terms, Term)
    parts = _request.encode([terms] if isinstance(terms, Term) else terms)

    def decode(data: Buffer) -> Any:
        results = _result.decode(data)
        return results[0] if one else results

    return Method(_messages.SERVICE + "ComputeLoss", parts, decode)


def list_losses() -> Method:
    return Method(_messages.SERVICE + "ListLosses", [],
                  lambda data: tuple(_messages.ListLossesResponse.FromString(bytes(data)).losses))


def server_info() -> Method:
    return Method(_messages.SERVICE + "GetServerInfo", [],
                  lambda data: _messages.GetServerInfoResponse.FromString(bytes(data)))


def is_serving() -> Method:
    # An empty HealthCheckRequest, and a HealthCheckResponse whose status is SERVING.
    return Method("/grpc.health.v1.Health/Check", [], lambda data: bytes(data) == b"\x08\x01")
