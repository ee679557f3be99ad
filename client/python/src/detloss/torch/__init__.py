# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The losses as functions and modules of PyTorch, computed by a detloss server.

    import detloss.torch

    detloss.torch.set_default_client(detloss.connect("127.0.0.1:50051"))
    loss = detloss.torch.complete_box_iou_loss(boxes, targets, reduction="sum")
    loss.backward()

Functions have the signatures and results of their namesakes in torchvision.ops and
torch.nn.functional, and modules those of `detloss`. Means over nothing are 0, not NaN. The gradient
comes with the loss, in one round trip.
"""

from detloss.torch import _modules
from detloss.torch._autograd import compute, set_default_client
from detloss.torch._functional import (
    binary_cross_entropy_with_logits, complete_box_iou_loss, cross_entropy, distance_box_iou_loss,
    generalized_box_iou_loss, l1_loss, mse_loss, sigmoid_focal_loss, smooth_l1_loss)
from detloss.torch._module import LossModule
from detloss.torch._modules import *  # noqa: F403

__all__ = [
    "LossModule", "binary_cross_entropy_with_logits", "complete_box_iou_loss", "compute",
    "cross_entropy", "distance_box_iou_loss", "generalized_box_iou_loss", "l1_loss", "mse_loss",
    "set_default_client", "sigmoid_focal_loss", "smooth_l1_loss",
]
__all__ += _modules.__all__
