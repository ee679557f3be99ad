# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
# Written by bin/write_docs of the build. Do not edit.
"""The losses, one function each."""

from __future__ import annotations

from typing import Any, Dict, Literal, Optional, Sequence, Union

from detloss._term import Family, Term, TermOptions
from detloss._typing import Unpack

__all__ = [
    "cross_entropy",
    "binary_cross_entropy",
    "sigmoid_focal",
    "softmax_focal",
    "l1",
    "l2",
    "smooth_l1",
    "iou",
    "giou",
    "diou",
    "ciou",
]


def cross_entropy(
    prediction: Any,
    target: Any,
    *,
    label_smoothing: float = 0,
    ignore_index: Optional[int] = None,
    class_weights: Optional[Sequence[float]] = None,
    **options: Unpack[TermOptions],
) -> Term:
    r"""Cross entropy of exclusive classes, from logits.

        sum_c w_c t_c (logsumexp(x) - x_c)

    Args:
      prediction: logits `[.., C]`.
      target: class indices `[..]`, or distributions `[.., C]`.
      label_smoothing: part of the target that is spread evenly over the classes.
        Allowed: [0, 1]; default: 0.
      ignore_index: rows of this class index count for nothing.
        Allowed: any integer; default: absent.
      class_weights: weight of each class.
        Allowed: finite and at least 0; one per class; default: absent.
      options: what every loss takes, such as weight and reduction; see `detloss.Term`.
    """
    parameters: Dict[str, Any] = {
        "label_smoothing": label_smoothing,
        "ignore_index": ignore_index,
        "class_weights": class_weights,
    }
    return Term("cross_entropy", Family.SOFTMAX, prediction, target, parameters, **options)


def binary_cross_entropy(
    prediction: Any,
    target: Any,
    *,
    positive_weight: Union[float, Sequence[float], None] = None,
    ignore_index: Optional[int] = None,
    **options: Unpack[TermOptions],
) -> Term:
    r"""Cross entropy of independent classes, from logits.

        -(w y log p + (1 - y) log(1 - p)), p = sigmoid(x)

    Args:
      prediction: logits `[..]`, or `[.., C]` with class indices.
      target: probabilities of the same shape, or class indices `[..]` (-1 and C: background).
      positive_weight: weight of the positive part.
        Allowed: finite and at least 0; one, or one per class; default: absent.
      ignore_index: rows of this class index count for nothing.
        Allowed: any integer; default: absent.
      options: what every loss takes, such as weight and reduction; see `detloss.Term`.
    """
    parameters: Dict[str, Any] = {
        "positive_weight": positive_weight,
        "ignore_index": ignore_index,
    }
    return Term("binary_cross_entropy", Family.SIGMOID, prediction, target, parameters, **options)


def sigmoid_focal(
    prediction: Any,
    target: Any,
    *,
    alpha: float = 0.25,
    gamma: float = 2,
    ignore_index: Optional[int] = None,
    **options: Unpack[TermOptions],
) -> Term:
    r"""Focal loss of independent classes, from logits.

        alpha_t (1 - p_t)^gamma BCE(x, y)

    Lin et al., Focal Loss for Dense Object Detection, ICCV 2017.

    Args:
      prediction: logits `[..]`, or `[.., C]` with class indices.
      target: probabilities of the same shape, or class indices `[..]` (-1 and C: background).
      alpha: weight of positives; negatives weigh 1 - alpha; -1: no weighting.
        Allowed: [0, 1] or -1; default: 0.25.
      gamma: focusing exponent.
        Allowed: [0, 16]; default: 2.
      ignore_index: rows of this class index count for nothing.
        Allowed: any integer; default: absent.
      options: what every loss takes, such as weight and reduction; see `detloss.Term`.
    """
    parameters: Dict[str, Any] = {
        "alpha": alpha,
        "gamma": gamma,
        "ignore_index": ignore_index,
    }
    return Term("sigmoid_focal", Family.SIGMOID, prediction, target, parameters, **options)


def softmax_focal(
    prediction: Any,
    target: Any,
    *,
    gamma: float = 2,
    class_weights: Optional[Sequence[float]] = None,
    ignore_index: Optional[int] = None,
    **options: Unpack[TermOptions],
) -> Term:
    r"""Focal loss of exclusive classes, from logits.

        -w_t (1 - p_t)^gamma log p_t, p = softmax(x)

    Lin et al., Focal Loss for Dense Object Detection, ICCV 2017.

    Args:
      prediction: logits `[.., C]`.
      target: class indices `[..]`.
      gamma: focusing exponent.
        Allowed: [0, 16]; default: 2.
      class_weights: weight of each class.
        Allowed: finite and at least 0; one per class; default: absent.
      ignore_index: rows of this class index count for nothing.
        Allowed: any integer; default: absent.
      options: what every loss takes, such as weight and reduction; see `detloss.Term`.
    """
    parameters: Dict[str, Any] = {
        "gamma": gamma,
        "class_weights": class_weights,
        "ignore_index": ignore_index,
    }
    return Term("softmax_focal", Family.SOFTMAX, prediction, target, parameters, **options)


def l1(
    prediction: Any,
    target: Any,
    **options: Unpack[TermOptions],
) -> Term:
    r"""Absolute difference.

        |d|, d = prediction - target

    Args:
      prediction: values `[..]`.
      target: values of the same shape.
      options: what every loss takes, such as weight and reduction; see `detloss.Term`.
    """
    parameters: Dict[str, Any] = {}
    return Term("l1", Family.REGRESSION, prediction, target, parameters, **options)


def l2(
    prediction: Any,
    target: Any,
    **options: Unpack[TermOptions],
) -> Term:
    r"""Squared difference.

        d^2, d = prediction - target

    Args:
      prediction: values `[..]`.
      target: values of the same shape.
      options: what every loss takes, such as weight and reduction; see `detloss.Term`.
    """
    parameters: Dict[str, Any] = {}
    return Term("l2", Family.REGRESSION, prediction, target, parameters, **options)


def smooth_l1(
    prediction: Any,
    target: Any,
    *,
    beta: float = 1,
    **options: Unpack[TermOptions],
) -> Term:
    r"""Squared difference near 0, absolute difference elsewhere.

        0.5 d^2 / beta if |d| < beta else |d| - 0.5 beta

    Girshick, Fast R-CNN, ICCV 2015.

    Args:
      prediction: values `[..]`.
      target: values of the same shape.
      beta: where the square turns into the line.
        Allowed: finite and greater than 0; default: 1.
      options: what every loss takes, such as weight and reduction; see `detloss.Term`.
    """
    parameters: Dict[str, Any] = {
        "beta": beta,
    }
    return Term("smooth_l1", Family.REGRESSION, prediction, target, parameters, **options)


def iou(
    prediction: Any,
    target: Any,
    *,
    format: Literal["xyxy", "xywh", "cxcywh"] = "xyxy",
    convention: Literal["exact", "torchvision"] = "exact",
    mode: Literal["linear", "log", "squared"] = "linear",
    **options: Unpack[TermOptions],
) -> Term:
    r"""Intersection over union of boxes.

        1 - I / U

    Yu et al., UnitBox, ACM MM 2016.

    Args:
      prediction: boxes `[.., 4]`.
      target: boxes of the same shape.
      format: coordinates of both tensors.
        One of "xyxy", "xywh", "cxcywh".
      convention: where an epsilon stands.
        One of "exact", "torchvision".
      mode: 1 - IoU, -log(IoU) or 1 - IoU^2.
        One of "linear", "log", "squared".
      options: what every loss takes, such as weight and reduction; see `detloss.Term`.
    """
    parameters: Dict[str, Any] = {
        "format": format,
        "convention": convention,
        "mode": mode,
    }
    return Term("iou", Family.BOX, prediction, target, parameters, **options)


def giou(
    prediction: Any,
    target: Any,
    *,
    format: Literal["xyxy", "xywh", "cxcywh"] = "xyxy",
    convention: Literal["exact", "torchvision"] = "exact",
    **options: Unpack[TermOptions],
) -> Term:
    r"""Generalized IoU of boxes.

        1 - I / U + (C - U) / C

    Rezatofighi et al., Generalized Intersection over Union, CVPR 2019.

    Args:
      prediction: boxes `[.., 4]`.
      target: boxes of the same shape.
      format: coordinates of both tensors.
        One of "xyxy", "xywh", "cxcywh".
      convention: where an epsilon stands.
        One of "exact", "torchvision".
      options: what every loss takes, such as weight and reduction; see `detloss.Term`.
    """
    parameters: Dict[str, Any] = {
        "format": format,
        "convention": convention,
    }
    return Term("giou", Family.BOX, prediction, target, parameters, **options)


def diou(
    prediction: Any,
    target: Any,
    *,
    format: Literal["xyxy", "xywh", "cxcywh"] = "xyxy",
    convention: Literal["exact", "torchvision"] = "exact",
    **options: Unpack[TermOptions],
) -> Term:
    r"""Distance IoU of boxes.

        1 - I / U + d^2 / c^2

    Zheng et al., Distance-IoU Loss, AAAI 2020.

    Args:
      prediction: boxes `[.., 4]`.
      target: boxes of the same shape.
      format: coordinates of both tensors.
        One of "xyxy", "xywh", "cxcywh".
      convention: where an epsilon stands.
        One of "exact", "torchvision".
      options: what every loss takes, such as weight and reduction; see `detloss.Term`.
    """
    parameters: Dict[str, Any] = {
        "format": format,
        "convention": convention,
    }
    return Term("diou", Family.BOX, prediction, target, parameters, **options)


def ciou(
    prediction: Any,
    target: Any,
    *,
    format: Literal["xyxy", "xywh", "cxcywh"] = "xyxy",
    convention: Literal["exact", "torchvision"] = "exact",
    **options: Unpack[TermOptions],
) -> Term:
    r"""Complete IoU of boxes.

        1 - I / U + d^2 / c^2 + alpha v, v = 4 / pi^2 (atan(wt / ht) - atan(w / h))^2

    Zheng et al., Distance-IoU Loss, AAAI 2020.

    Args:
      prediction: boxes `[.., 4]`.
      target: boxes of the same shape.
      format: coordinates of both tensors.
        One of "xyxy", "xywh", "cxcywh".
      convention: where an epsilon stands.
        One of "exact", "torchvision".
      options: what every loss takes, such as weight and reduction; see `detloss.Term`.
    """
    parameters: Dict[str, Any] = {
        "format": format,
        "convention": convention,
    }
    return Term("ciou", Family.BOX, prediction, target, parameters, **options)
