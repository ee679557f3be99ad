# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What a client asks for."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any, Literal, Mapping, Optional, Sequence, Tuple, TypedDict


class TermOptions(TypedDict, total=False):
    """What every loss takes beside its parameters; see `Term`."""

    name: str
    weight: Any
    reduction: Literal["none", "mean", "sum"]
    normalizer: float
    scale: float
    gradient: bool
    segment_offsets: Sequence[int]
    statistics: bool
    easy_threshold: float
    non_finite: Literal["propagate", "reject"]


class Family(enum.Enum):
    """What prediction and target of a loss hold."""

    REGRESSION = "values [..], targets of the same shape"
    SIGMOID = "logits [..], targets of the same shape; or [.., C] and class indices [..]"
    SOFTMAX = "logits [.., C], class indices [..] or distributions [.., C]"
    BOX = "boxes [.., 4]"

    @property
    def has_rows(self) -> bool:
        """Whether a loss is of a row (of logits, or a box) rather than of an element."""
        return self in (Family.SOFTMAX, Family.BOX)

    @property
    def is_symmetric(self) -> bool:
        """Whether exchanging prediction and target changes nothing, so that the gradient by the
        target is the gradient by the prediction of the exchanged."""
        return self in (Family.REGRESSION, Family.BOX)


@dataclasses.dataclass(frozen=True, eq=False)
class Term:
    """One loss to compute. Made by the functions that are named as the losses: `detloss.giou`.

    Attributes:
      loss: the name of the loss.
      family: what prediction and target hold.
      prediction: anything that NumPy makes an array of. float32, float64, float16 and bfloat16
        (of `ml_dtypes`) are computed as they are, numbers of Python as float64; arrays of integers
        are refused.
      target: the same; class indices are integers.
      parameters: of the loss, by name. None: its default.
      name: echoed in the result and in the logs of the server. Default: the name of the loss.
      weight: multiplies value and gradient, but not what the mean divides by. Broadcastable to the
        per-element loss. A weight of 0 excludes its elements, whatever they are. Default: 1.
      reduction: "none" gives one loss for each element (each row for softmax and box losses).
      normalizer: divides in place of the mean's own denominator. Greater than 0.
      scale: multiplies loss and gradient. Default: 1.
      gradient: whether to return the gradient.
      segment_offsets: the first row of each segment (image), and after the last the number of
        rows. Gives one loss for each segment instead of one in all.
      statistics: whether to return statistics.
      easy_threshold: the probability from which a positive is easy and a negative hard, in the
        statistics of classification losses. Default: 0.5.
      non_finite: whether elements that are NaN or infinite are computed with, and counted, or
        rejected.
    """

    loss: str
    family: Family
    prediction: Any
    target: Any
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    name: str = ""
    weight: Any = None
    reduction: str = "mean"
    normalizer: Optional[float] = None
    scale: Optional[float] = None
    gradient: bool = True
    segment_offsets: Optional[Sequence[int]] = None
    statistics: bool = False
    easy_threshold: Optional[float] = None
    non_finite: str = "propagate"

    def rows_shape(self, prediction_shape: Tuple[int, ...]) -> Tuple[int, ...]:
        """The axes of the rows of a prediction: all but the last, if rows have more than one
        element."""
        if self.family.has_rows or len(prediction_shape) > 1:
            return prediction_shape[:-1]
        return prediction_shape

    def loss_shape(self, prediction_shape: Tuple[int, ...]) -> Tuple[int, ...]:
        """The shape of the loss of a prediction of that shape."""
        if self.segment_offsets is not None:
            return (len(self.segment_offsets) - 1,)
        if self.reduction.lower() != "none":
            return ()
        return prediction_shape[:-1] if self.family.has_rows else prediction_shape
