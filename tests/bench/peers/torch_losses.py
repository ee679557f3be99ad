# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The losses as torch and torchvision compute them, and tensors to compute them of."""

import torch
import torch.nn.functional as F
from torchvision import ops

CLASSES = 80  # COCO's


def _mean(function):
    return lambda prediction, target: function(prediction, target, reduction="mean")


LOSSES = {
    "cross_entropy": F.cross_entropy,
    "binary_cross_entropy": F.binary_cross_entropy_with_logits,
    "sigmoid_focal": _mean(ops.sigmoid_focal_loss),
    "l1": F.l1_loss,
    "l2": F.mse_loss,
    "smooth_l1": F.smooth_l1_loss,
    "giou": _mean(ops.generalized_box_iou_loss),
    "diou": _mean(ops.distance_box_iou_loss),
    "ciou": _mean(ops.complete_box_iou_loss),
}
BOX_LOSSES = ("giou", "diou", "ciou")
SIGMOID_LOSSES = ("binary_cross_entropy", "sigmoid_focal")


def compute(loss, prediction, target):
    """The loss and its gradient."""
    prediction = prediction.detach().requires_grad_()
    value = LOSSES[loss](prediction, target)
    value.backward()
    return value.detach(), prediction.grad


def _uniform(low, high, *shape):
    return torch.empty(shape).uniform_(low, high)


def _boxes(count):
    corner = _uniform(0, 1.5, count, 2)
    return torch.cat([corner, corner + _uniform(0.25, 2, count, 2)], dim=1)


def make_tensors(loss, elements):
    """Prediction and target, distributed as those of the other programs."""
    if loss in BOX_LOSSES:
        return _boxes(elements // 4), _boxes(elements // 4)
    if loss == "cross_entropy":
        rows = elements // CLASSES
        return _uniform(-4, 4, rows, CLASSES), torch.randint(0, CLASSES, (rows,))
    if loss in SIGMOID_LOSSES:
        return _uniform(-4, 4, elements), (torch.rand(elements) < 0.25).float()
    return _uniform(-4, 4, elements), _uniform(-3, 3, elements)
