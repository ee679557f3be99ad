# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The losses with the signatures of torchvision.ops and torch.nn.functional, and their results."""

from __future__ import annotations

import warnings
from typing import Any, Dict, List, Optional, Tuple

import torch
from torch.nn import _reduction

from detloss import _losses
from detloss._term import Term
from detloss.torch._autograd import compute

_EPSILON = 1e-7


def sigmoid_focal_loss(inputs: torch.Tensor, targets: torch.Tensor, alpha: float = 0.25,
                       gamma: float = 2, reduction: str = "none") -> torch.Tensor:
    """As torchvision.ops.sigmoid_focal_loss."""
    _require_same_shape(inputs, targets)
    inputs = _promoted(inputs, targets)
    return one(_losses.sigmoid_focal(inputs, targets, alpha=alpha, gamma=gamma,
                                     **_reduced(reduction)), inputs.dtype)


def generalized_box_iou_loss(boxes1: torch.Tensor, boxes2: torch.Tensor, reduction: str = "none",
                             eps: float = _EPSILON) -> torch.Tensor:
    """As torchvision.ops.generalized_box_iou_loss."""
    return _box_loss(_losses.giou, boxes1, boxes2, reduction, eps)


def distance_box_iou_loss(boxes1: torch.Tensor, boxes2: torch.Tensor, reduction: str = "none",
                          eps: float = _EPSILON) -> torch.Tensor:
    """As torchvision.ops.distance_box_iou_loss."""
    return _box_loss(_losses.diou, boxes1, boxes2, reduction, eps)


def complete_box_iou_loss(boxes1: torch.Tensor, boxes2: torch.Tensor, reduction: str = "none",
                          eps: float = _EPSILON) -> torch.Tensor:
    """As torchvision.ops.complete_box_iou_loss."""
    return _box_loss(_losses.ciou, boxes1, boxes2, reduction, eps)


def cross_entropy(input: torch.Tensor, target: torch.Tensor, weight: Optional[torch.Tensor] = None,
                  size_average: Optional[bool] = None, ignore_index: int = -100,
                  reduce: Optional[bool] = None, reduction: str = "mean",
                  label_smoothing: float = 0.0) -> torch.Tensor:
    """As torch.nn.functional.cross_entropy."""
    _require_no_gradient(weight=weight)
    input = _promoted(input, target)
    parameters: Dict[str, Any] = {"label_smoothing": label_smoothing,
                                  "class_weights": None if weight is None else weight.tolist()}
    distribution = target.shape == input.shape and target.is_floating_point()
    if distribution and ignore_index >= 0:
        raise ValueError("ignore_index: is of class indices, got a distribution as target")
    if not distribution:
        parameters["ignore_index"] = ignore_index
    if input.dim() > 2:  # the classes are the second axis here, and the last one there
        input = input.movedim(1, -1)
        target = target.movedim(1, -1) if distribution else target
    return one(_losses.cross_entropy(input, target, **parameters,
                                     **_reduced(reduction, size_average, reduce)), input.dtype)


def binary_cross_entropy_with_logits(
        input: torch.Tensor, target: torch.Tensor, weight: Optional[torch.Tensor] = None,
        size_average: Optional[bool] = None, reduce: Optional[bool] = None,
        reduction: str = "mean", pos_weight: Optional[torch.Tensor] = None) -> torch.Tensor:
    """As torch.nn.functional.binary_cross_entropy_with_logits, with a `pos_weight` that varies
    along one axis at most."""
    _require_same_shape(input, target)
    _require_no_gradient(pos_weight=pos_weight)
    input = _promoted(input, target)
    options = _reduced(reduction, size_average, reduce)
    axis = _varying_axis(pos_weight, input)
    if weight is not None:
        weight = weight.expand(input.shape) if axis != -1 else weight
        options["weight"] = weight.movedim(axis, -1)
    loss = one(_losses.binary_cross_entropy(
        input.movedim(axis, -1), target.movedim(axis, -1),
        positive_weight=None if pos_weight is None else pos_weight.flatten().tolist(),
        **options), input.dtype)
    return loss.movedim(-1, axis) if loss.dim() else loss


def l1_loss(input: torch.Tensor, target: torch.Tensor, size_average: Optional[bool] = None,
            reduce: Optional[bool] = None, reduction: str = "mean",
            weight: Optional[torch.Tensor] = None) -> torch.Tensor:
    """As torch.nn.functional.l1_loss."""
    return _regression_loss(_losses.l1, input, target, weight,
                            _reduced(reduction, size_average, reduce))


def mse_loss(input: torch.Tensor, target: torch.Tensor, size_average: Optional[bool] = None,
             reduce: Optional[bool] = None, reduction: str = "mean",
             weight: Optional[torch.Tensor] = None) -> torch.Tensor:
    """As torch.nn.functional.mse_loss."""
    return _regression_loss(_losses.l2, input, target, weight,
                            _reduced(reduction, size_average, reduce))


def smooth_l1_loss(input: torch.Tensor, target: torch.Tensor, size_average: Optional[bool] = None,
                   reduce: Optional[bool] = None, reduction: str = "mean",
                   beta: float = 1.0) -> torch.Tensor:
    """As torch.nn.functional.smooth_l1_loss."""
    options = _reduced(reduction, size_average, reduce)
    if beta == 0:
        return _regression_loss(_losses.l1, input, target, None, options)
    return _regression_loss(_losses.smooth_l1, input, target, None, {**options, "beta": beta})


def one(term: Term, dtype: Optional[torch.dtype] = None) -> torch.Tensor:
    """The loss of one term, of that type if it is given."""
    loss = compute(term)
    return loss if dtype is None else loss.to(dtype)


def _box_loss(loss: Any, boxes1: torch.Tensor, boxes2: torch.Tensor, reduction: str,
              eps: float) -> torch.Tensor:
    if eps != _EPSILON:
        raise ValueError(f"eps: must be torchvision's default of {_EPSILON}, got {eps}")
    boxes1, boxes2 = _upcast(boxes1), _upcast(boxes2)
    dtype = torch.promote_types(boxes1.dtype, boxes2.dtype)
    boxes1, boxes2 = torch.broadcast_tensors(boxes1.to(dtype), boxes2.to(dtype))
    return one(loss(boxes1, boxes2, convention="torchvision", **_reduced(reduction)))


def _upcast(boxes: torch.Tensor) -> torch.Tensor:
    """As torchvision does: boxes of other types are computed, and returned, in float32."""
    return boxes if boxes.dtype in (torch.float32, torch.float64) else boxes.float()


def _regression_loss(loss: Any, input: torch.Tensor, target: torch.Tensor,
                     weight: Optional[torch.Tensor], options: Dict[str, Any]) -> torch.Tensor:
    if target.shape != input.shape:
        warnings.warn(f"Using a target size ({target.shape}) that is different to the input size "
                      f"({input.shape}). They are broadcast.", stacklevel=3)
    _require_no_gradient(weight=weight)
    input = _promoted(input, target)
    input, target = torch.broadcast_tensors(input, target.to(input.dtype))
    if weight is not None:
        if options["reduction"] == "mean":  # torch divides by the sum of the weights
            total = weight.expand(input.shape).double().sum().item()
            if not total > 0:
                raise ValueError(f"weight: must sum to more than 0 for the mean, got {total}")
            options = {**options, "normalizer": total}
        options = {**options, "weight": weight}
    return one(loss(input, target, **options), input.dtype)


def _promoted(input: torch.Tensor, target: Optional[torch.Tensor] = None) -> torch.Tensor:
    """The input in the type in which torch would compute: of both tensors, and under autocast in
    single precision at least."""
    dtype = input.dtype
    if target is not None and target.is_floating_point():
        dtype = torch.promote_types(dtype, target.dtype)
    if _is_autocast(input.device.type):
        dtype = torch.promote_types(dtype, torch.float32)
    return input.to(dtype)


def _is_autocast(device: str) -> bool:
    if hasattr(torch, "get_autocast_dtype"):  # since 2.4, which deprecates what was before
        return bool(torch.is_autocast_enabled(device))
    return bool(torch.is_autocast_cpu_enabled() if device == "cpu" else torch.is_autocast_enabled())


def _require_no_gradient(**tensors: Optional[torch.Tensor]) -> None:
    for name, tensor in tensors.items():
        if tensor is not None and tensor.requires_grad and torch.is_grad_enabled():
            raise ValueError(f"{name}: requires a gradient, which detloss does not compute; detach "
                             "it")


def _varying_axis(pos_weight: Optional[torch.Tensor], input: torch.Tensor) -> int:
    """The axis of the input along which the weight of positives varies; the last if it does not."""
    if pos_weight is None or pos_weight.numel() == 1:
        return -1
    long: List[int] = [
        axis - pos_weight.dim() for axis, length in enumerate(pos_weight.shape)
        if length != 1]
    if len(long) > 1 or pos_weight.dim() > input.dim():
        raise ValueError("pos_weight: must vary along one axis of the input at most, got the shape "
                         f"{tuple(pos_weight.shape)} for an input of {tuple(input.shape)}")
    return long[0]


def _reduced(reduction: str, size_average: Optional[bool] = None,
             reduce: Optional[bool] = None) -> Dict[str, Any]:
    if size_average is not None or reduce is not None:
        reduction = _reduction.legacy_get_string(size_average, reduce)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return {"reduction": reduction}


def _require_same_shape(input: torch.Tensor, target: torch.Tensor) -> None:
    sizes: Tuple[Any, Any] = (tuple(target.shape), tuple(input.shape))
    if sizes[0] != sizes[1]:
        raise ValueError(f"Target size {sizes[0]} must be the same as input size {sizes[1]}")
