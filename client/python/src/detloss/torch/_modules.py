# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
# Written by bin/write_docs of the build. Do not edit.
"""The losses, one module each."""

from __future__ import annotations

from typing import Literal, Optional, Sequence, Union

from detloss import _losses
from detloss._typing import Unpack
from detloss.torch._module import LossModule, ModuleOptions

__all__ = [
    "CrossEntropyLoss",
    "BinaryCrossEntropyLoss",
    "SigmoidFocalLoss",
    "SoftmaxFocalLoss",
    "L1Loss",
    "L2Loss",
    "SmoothL1Loss",
    "IoULoss",
    "GIoULoss",
    "DIoULoss",
    "CIoULoss",
]


class CrossEntropyLoss(LossModule):
    r"""Cross entropy of exclusive classes, from logits.

        sum_c w_c t_c (logsumexp(x) - x_c)

    Args:
      label_smoothing: part of the target that is spread evenly over the classes.
        Allowed: [0, 1]; default: 0.
      ignore_index: rows of this class index count for nothing.
        Allowed: any integer; default: absent.
      class_weights: weight of each class.
        Allowed: finite and at least 0; one per class; default: absent.
      options: name, reduction, normalizer, scale and non_finite; see `detloss.Term`.
    """

    def __init__(
        self,
        *,
        label_smoothing: float = 0,
        ignore_index: Optional[int] = None,
        class_weights: Optional[Sequence[float]] = None,
        **options: Unpack[ModuleOptions],
    ) -> None:
        super().__init__(
            _losses.cross_entropy,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_weights=class_weights,
            **options,
        )


class BinaryCrossEntropyLoss(LossModule):
    r"""Cross entropy of independent classes, from logits.

        -(w y log p + (1 - y) log(1 - p)), p = sigmoid(x)

    Args:
      positive_weight: weight of the positive part.
        Allowed: finite and at least 0; one, or one per class; default: absent.
      ignore_index: rows of this class index count for nothing.
        Allowed: any integer; default: absent.
      options: name, reduction, normalizer, scale and non_finite; see `detloss.Term`.
    """

    def __init__(
        self,
        *,
        positive_weight: Union[float, Sequence[float], None] = None,
        ignore_index: Optional[int] = None,
        **options: Unpack[ModuleOptions],
    ) -> None:
        super().__init__(
            _losses.binary_cross_entropy,
            positive_weight=positive_weight,
            ignore_index=ignore_index,
            **options,
        )


class SigmoidFocalLoss(LossModule):
    r"""Focal loss of independent classes, from logits.

        alpha_t (1 - p_t)^gamma BCE(x, y)

    Lin et al., Focal Loss for Dense Object Detection, ICCV 2017.

    Args:
      alpha: weight of positives; negatives weigh 1 - alpha; -1: no weighting.
        Allowed: [0, 1] or -1; default: 0.25.
      gamma: focusing exponent.
        Allowed: [0, 16]; default: 2.
      ignore_index: rows of this class index count for nothing.
        Allowed: any integer; default: absent.
      options: name, reduction, normalizer, scale and non_finite; see `detloss.Term`.
    """

    def __init__(
        self,
        *,
        alpha: float = 0.25,
        gamma: float = 2,
        ignore_index: Optional[int] = None,
        **options: Unpack[ModuleOptions],
    ) -> None:
        super().__init__(
            _losses.sigmoid_focal,
            alpha=alpha,
            gamma=gamma,
            ignore_index=ignore_index,
            **options,
        )


class SoftmaxFocalLoss(LossModule):
    r"""Focal loss of exclusive classes, from logits.

        -w_t (1 - p_t)^gamma log p_t, p = softmax(x)

    Lin et al., Focal Loss for Dense Object Detection, ICCV 2017.

    Args:
      gamma: focusing exponent.
        Allowed: [0, 16]; default: 2.
      class_weights: weight of each class.
        Allowed: finite and at least 0; one per class; default: absent.
      ignore_index: rows of this class index count for nothing.
        Allowed: any integer; default: absent.
      options: name, reduction, normalizer, scale and non_finite; see `detloss.Term`.
    """

    def __init__(
        self,
        *,
        gamma: float = 2,
        class_weights: Optional[Sequence[float]] = None,
        ignore_index: Optional[int] = None,
        **options: Unpack[ModuleOptions],
    ) -> None:
        super().__init__(
            _losses.softmax_focal,
            gamma=gamma,
            class_weights=class_weights,
            ignore_index=ignore_index,
            **options,
        )


class L1Loss(LossModule):
    r"""Absolute difference.

        |d|, d = prediction - target

    Args:
      options: name, reduction, normalizer, scale and non_finite; see `detloss.Term`.
    """

    def __init__(
        self,
        **options: Unpack[ModuleOptions],
    ) -> None:
        super().__init__(
            _losses.l1,
            **options,
        )


class L2Loss(LossModule):
    r"""Squared difference.

        d^2, d = prediction - target

    Args:
      options: name, reduction, normalizer, scale and non_finite; see `detloss.Term`.
    """

    def __init__(
        self,
        **options: Unpack[ModuleOptions],
    ) -> None:
        super().__init__(
            _losses.l2,
            **options,
        )


class SmoothL1Loss(LossModule):
    r"""Squared difference near 0, absolute difference elsewhere.

        0.5 d^2 / beta if |d| < beta else |d| - 0.5 beta

    Girshick, Fast R-CNN, ICCV 2015.

    Args:
      beta: where the square turns into the line.
        Allowed: finite and greater than 0; default: 1.
      options: name, reduction, normalizer, scale and non_finite; see `detloss.Term`.
    """

    def __init__(
        self,
        *,
        beta: float = 1,
        **options: Unpack[ModuleOptions],
    ) -> None:
        super().__init__(
            _losses.smooth_l1,
            beta=beta,
            **options,
        )


class IoULoss(LossModule):
    r"""Intersection over union of boxes.

        1 - I / U

    Yu et al., UnitBox, ACM MM 2016.

    Args:
      format: coordinates of both tensors.
        One of "xyxy", "xywh", "cxcywh".
      convention: where an epsilon stands.
        One of "exact", "torchvision".
      mode: 1 - IoU, -log(IoU) or 1 - IoU^2.
        One of "linear", "log", "squared".
      options: name, reduction, normalizer, scale and non_finite; see `detloss.Term`.
    """

    def __init__(
        self,
        *,
        format: Literal["xyxy", "xywh", "cxcywh"] = "xyxy",
        convention: Literal["exact", "torchvision"] = "exact",
        mode: Literal["linear", "log", "squared"] = "linear",
        **options: Unpack[ModuleOptions],
    ) -> None:
        super().__init__(
            _losses.iou,
            format=format,
            convention=convention,
            mode=mode,
            **options,
        )


class GIoULoss(LossModule):
    r"""Generalized IoU of boxes.

        1 - I / U + (C - U) / C

    Rezatofighi et al., Generalized Intersection over Union, CVPR 2019.

    Args:
      format: coordinates of both tensors.
        One of "xyxy", "xywh", "cxcywh".
      convention: where an epsilon stands.
        One of "exact", "torchvision".
      options: name, reduction, normalizer, scale and non_finite; see `detloss.Term`.
    """

    def __init__(
        self,
        *,
        format: Literal["xyxy", "xywh", "cxcywh"] = "xyxy",
        convention: Literal["exact", "torchvision"] = "exact",
        **options: Unpack[ModuleOptions],
    ) -> None:
        super().__init__(
            _losses.giou,
            format=format,
            convention=convention,
            **options,
        )


class DIoULoss(LossModule):
    r"""Distance IoU of boxes.

        1 - I / U + d^2 / c^2

    Zheng et al., Distance-IoU Loss, AAAI 2020.

    Args:
      format: coordinates of both tensors.
        One of "xyxy", "xywh", "cxcywh".
      convention: where an epsilon stands.
        One of "exact", "torchvision".
      options: name, reduction, normalizer, scale and non_finite; see `detloss.Term`.
    """

    def __init__(
        self,
        *,
        format: Literal["xyxy", "xywh", "cxcywh"] = "xyxy",
        convention: Literal["exact", "torchvision"] = "exact",
        **options: Unpack[ModuleOptions],
    ) -> None:
        super().__init__(
            _losses.diou,
            format=format,
            convention=convention,
            **options,
        )


class CIoULoss(LossModule):
    r"""Complete IoU of boxes.

        1 - I / U + d^2 / c^2 + alpha v, v = 4 / pi^2 (atan(wt / ht) - atan(w / h))^2

    Zheng et al., Distance-IoU Loss, AAAI 2020.

    Args:
      format: coordinates of both tensors.
        One of "xyxy", "xywh", "cxcywh".
      convention: where an epsilon stands.
        One of "exact", "torchvision".
      options: name, reduction, normalizer, scale and non_finite; see `detloss.Term`.
    """

    def __init__(
        self,
        *,
        format: Literal["xyxy", "xywh", "cxcywh"] = "xyxy",
        convention: Literal["exact", "torchvision"] = "exact",
        **options: Unpack[ModuleOptions],
    ) -> None:
        super().__init__(
            _losses.ciou,
            format=format,
            convention=convention,
            **options,
        )
