# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""From the bytes of a `ComputeLossResponse` to results."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Iterator, Optional, Sequence, Tuple, Union, overload

import numpy

from detloss import _messages, _tensor, _wire
from detloss._tensor import RawTensor

_RESULTS = _messages.number_of(_messages.ComputeLossResponse, "results")
_LOSS = _messages.number_of(_messages.TermResult, "loss")
_GRADIENT = _messages.number_of(_messages.TermResult, "gradient")

if TYPE_CHECKING:
    Array = numpy.ndarray[Any, Any]


@dataclasses.dataclass(frozen=True, eq=False)
class TermResult:
    """What one term gave. Arrays alias the received bytes and may be read-only.

    Attributes:
      name: of the term.
      loss_sum: the sum of the losses before division, over all segments.
      denominator: what the mean divided by.
      segment_loss_sums, segment_denominators: the same of each segment; empty without segments.
      non_finite_count: how many elements of prediction, target and weight are NaN or infinite.
      statistics: None unless asked for. A message with the fields of `detloss.v1.TermStatistics`.
      raw_loss, raw_gradient: the bytes behind `loss` and `gradient`.
    """

    name: str
    loss_sum: float
    denominator: float
    segment_loss_sums: Tuple[float, ...]
    segment_denominators: Tuple[float, ...]
    non_finite_count: int
    statistics: Any
    raw_loss: RawTensor
    raw_gradient: Optional[RawTensor]

    @property
    def loss(self) -> Array:
        """[] for "mean" and "sum", [S] with segments, one for each element for "none"."""
        return _tensor.to_array(self.raw_loss)

    @property
    def gradient(self) -> Optional[Array]:
        """d(sum of `loss`)/d(prediction), or for "none" the gradient of each row's own loss. Shape
        and type of the prediction; bfloat16 comes as float32 where `ml_dtypes` was not imported.
        None unless asked for."""
        return None if self.raw_gradient is None else _tensor.to_array(self.raw_gradient)


@dataclasses.dataclass(frozen=True)
class Timing:
    """Where the time of a request went in the server, in microseconds."""

    queue_us: int
    decode_us: int
    plan_us: int
    execute_us: int


@dataclasses.dataclass(frozen=True, eq=False)
class Results(Sequence[TermResult]):
    """What the terms of one call gave, in their order."""

    terms: Tuple[TermResult, ...]
    total_loss: float
    """The sum of the losses of all terms and their segments, without those of "none"."""
    timing: Timing

    def __len__(self) -> int:
        return len(self.terms)

    def __iter__(self) -> Iterator[TermResult]:
        return iter(self.terms)

    @overload
    def __getitem__(self, key: Union[int, str]) -> TermResult: ...
    @overload
    def __getitem__(self, key: slice) -> Sequence[TermResult]: ...

    def __getitem__(self, key: Any) -> Any:
        """The result at a place, or of the first term of a name."""
        if not isinstance(key, str):
            return self.terms[key]
        for term in self.terms:
            if term.name == key:
                return term
        raise KeyError(key)


def decode(data: Union[bytes, memoryview]) -> Results:
    """The results in `data`, which they refer to."""
    rest, lifted = _wire.lift(memoryview(data), {_RESULTS})
    response = _messages.ComputeLossResponse.FromString(rest)
    timing = Timing(*(getattr(response.timing, f.name) for f in dataclasses.fields(Timing)))
    return Results(tuple(map(_decode_term, lifted[_RESULTS])), response.total_loss, timing)


def _decode_term(view: memoryview) -> TermResult:
    rest, lifted = _wire.lift(view, {_LOSS, _GRADIENT})
    result = _messages.TermResult.FromString(rest)
    gradients = lifted[_GRADIENT]
    return TermResult(
        name=result.name,
        loss_sum=result.loss_sum,
        denominator=result.denominator,
        segment_loss_sums=tuple(result.segment_loss_sums),
        segment_denominators=tuple(result.segment_denominators),
        non_finite_count=result.non_finite_count,
        statistics=result.statistics if result.HasField("statistics") else None,
        raw_loss=_tensor.decode(lifted[_LOSS][0]),
        raw_gradient=_tensor.decode(gradients[0]) if gradients else None)
