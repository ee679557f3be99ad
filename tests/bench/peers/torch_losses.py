# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The losses as torch and torchvision compute them, and tensors to compute them of."""

import torch
import torch.nn.functional as F
from torchvision import ops

CLASSES = 80  # COCO's


def _mean(function):
    return lambda prediction, target: function(prediction, target, reduction="mean")


def losses_of(functional, operations):
    """By name, those of modules that are as torch.nn.functional and torchvision.ops."""
    return {
        "cross_entropy": functional.cross_entropy,
        "binary_cross_entropy": functional.binary_cross_entropy_with_logits,
        "sigmoid_focal": _mean(operations.sigmoid_focal_loss),
        "l1": functional.l1_loss,
        "l2": functional.mse_loss,
        "smooth_l1": functional.smooth_l1_loss,
        "giou": _mean(operations.generalized_box_iou_loss),
        "diou": _mean(operations.distance_box_iou_loss),
        "ciou": _mean(operations.complete_box_iou_loss),
    }


LOSSES = losses_of(F, ops)
BOX_LOSSES = ("giou", "diou", "ciou")
SIGMOID_LOSSES = ("binary_cross_entropy", "sigmoid_focal")


def compute(loss, prediction, target, losses=LOSSES):
    """The loss and its gradient."""
    prediction = prediction.detach().requires_grad_()
    value = losses[loss](prediction, target)
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
