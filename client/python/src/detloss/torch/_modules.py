# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""A module for each loss, with the parameters of its function: `GIoULoss` for `detloss.giou`."""

from __future__ import annotations

import inspect
from typing import Any, Callable, List, Optional, Type

import torch

from detloss import _losses
from detloss._term import Term
from detloss.torch._functional import one


class LossModule(torch.nn.Module):
    """A loss with its parameters and options; see the function of `detloss` that it is named as."""

    function: Callable[..., Term]

    def __init__(self, **parameters: Any) -> None:
        super().__init__()
        self._parameters_of_loss = parameters
        self.function(None, None, **parameters)  # raises for what it does not have

    def forward(self, prediction: torch.Tensor, target: torch.Tensor,
                weight: Optional[torch.Tensor] = None) -> torch.Tensor:
        return one(self.function(prediction, target, weight=weight, **self._parameters_of_loss))

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self._parameters_of_loss.items())


def _class_name(loss: str) -> str:
    parts = (part[:-3].upper() + "IoU" if part.endswith("iou") else part.capitalize()
             for part in loss.split("_"))
    return "".join(parts) + "Loss"


def _make(loss: str) -> Type[LossModule]:
    function = getattr(_losses, loss)
    return type(_class_name(loss), (LossModule,), {
        "function": staticmethod(function), "__module__": "detloss.torch",
        "__doc__": inspect.getdoc(function)})


__all__: List[str] = []
for _loss in _losses.__all__:
    globals()[_class_name(_loss)] = _make(_loss)
    __all__.append(_class_name(_loss))
