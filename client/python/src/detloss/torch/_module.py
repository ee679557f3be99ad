# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What the modules of all losses have in common."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Literal, Optional, TypedDict

import torch

from detloss._term import Term
from detloss.torch._functional import one


class ModuleOptions(TypedDict, total=False):
    """What every module takes beside the parameters of its loss; see `detloss.Term`."""

    name: str
    reduction: Literal["none", "mean", "sum"]
    normalizer: float
    scale: float
    non_finite: Literal["propagate", "reject"]


class LossModule(torch.nn.Module):
    """A loss with its parameters and options; called with prediction, target and weight."""

    def __init__(self, function: Callable[..., Term], **keywords: Any) -> None:
        super().__init__()
        defaults = {name: parameter.default
                    for name, parameter in inspect.signature(function).parameters.items()
                    if parameter.kind is parameter.KEYWORD_ONLY}
        for name in keywords:
            if name not in defaults and name not in ModuleOptions.__annotations__:
                raise TypeError(f"{type(self).__name__} has no argument {name!r}")
        self._function = function
        # Those that say something: what repr shows.
        self._keywords = {name: value for name, value in keywords.items()
                          if name not in defaults or not _is(value, defaults[name])}

    def forward(self, prediction: torch.Tensor, target: torch.Tensor,
                weight: Optional[torch.Tensor] = None) -> torch.Tensor:
        return one(self._function(prediction, target, weight=weight, **self._keywords))

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self._keywords.items())


def _is(value: Any, default: Any) -> bool:
    """Whether a parameter, which may be an array, is what it would be anyway."""
    return value is default or isinstance(value, (int, float, str)) and value == default
