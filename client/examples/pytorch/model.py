# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""A small detector of one stage, as FCOS: class logits and a box at every location."""

import math
from typing import Tuple

import torch
from torch import nn

from data import CLASSES, STRIDE, locations


class Detector(nn.Module):
    """Images [N, 3, SIZE, SIZE] -> logits [N, L, C] and boxes [N, L, 4]."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        # Three layers of stride 2 make STRIDE; the others let a location see the largest box.
        self.backbone = nn.Sequential(
            _layer(3, width // 2, 2), _layer(width // 2, width, 2), _layer(width, 2 * width, 2),
            _layer(2 * width, 2 * width), _layer(2 * width, 2 * width))
        self.logits = nn.Conv2d(2 * width, len(CLASSES), 1)
        self.distances = nn.Conv2d(2 * width, 4, 1)
        # Most locations are background: begin with a probability of 0.01, as RetinaNet does.
        nn.init.constant_(self.logits.bias, -math.log(99))
        self.register_buffer("locations", locations().float())

    def forward(self, images: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        features = self.backbone(images)
        logits = self.logits(features).flatten(2).transpose(1, 2)
        distances = self.distances(features).flatten(2).transpose(1, 2)
        return logits, self._decode(distances)

    def _decode(self, distances: torch.Tensor) -> torch.Tensor:
        """[N, L, 4], to the left, top, right and bottom -> boxes [N, L, 4], never empty."""
        distances = STRIDE * nn.functional.softplus(distances)
        return torch.cat([self.locations - distances[..., :2],
                          self.locations + distances[..., 2:]], -1)


def _layer(inputs: int, outputs: int, stride: int = 1) -> nn.Module:
    """SiLU rather than ReLU: it has no kink at which a difference in rounding becomes a jump."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
                         nn.GroupNorm(8, outputs), nn.SiLU())
