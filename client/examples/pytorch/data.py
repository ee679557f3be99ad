# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Images of filled, framed and striped rectangles, with a target for each location."""

from typing import List, NamedTuple, Tuple

import torch

CLASSES = ("filled", "framed", "striped")
SIZE = 64
STRIDE = 8


class Samples(NamedTuple):
    """N images. Each has L = (SIZE / STRIDE)^2 locations, the centres of a grid's cells."""

    images: torch.Tensor   # [N, 3, SIZE, SIZE]
    classes: torch.Tensor  # [N, L, C], one-hot where a box contains the location, else all 0
    boxes: torch.Tensor    # [N, L, 4], the box that contains the location, as x1 y1 x2 y2

    def select(self, indices: torch.Tensor) -> "Samples":
        return Samples(*(tensor[indices] for tensor in self))


def locations() -> torch.Tensor:
    """[L, 2], as x y, row by row as a feature map is flattened."""
    centres = torch.arange(STRIDE // 2, SIZE, STRIDE)
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    return torch.stack([x, y], -1).reshape(-1, 2)


def make_samples(count: int, seed: int, dtype: torch.dtype) -> Samples:
    random = torch.Generator().manual_seed(seed)
    samples = [_make_sample(random) for _ in range(count)]
    return Samples(*(torch.stack(tensors).to(dtype) for tensors in zip(*samples)))


def _make_sample(random: torch.Generator) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """One image [3, SIZE, SIZE] with its classes [L, C] and boxes [L, 4]."""
    image = 0.3 * torch.rand(3, SIZE, SIZE, generator=random)
    points = locations()
    classes = torch.zeros(len(points), len(CLASSES))
    boxes = torch.zeros(len(points), 4)
    for box in _draw_boxes(random):
        label = _draw_integer(0, len(CLASSES), random)
        _paint(image, box, label, 0.5 + 0.5 * torch.rand(3, generator=random))
        corners = torch.tensor(box)
        inside = ((points > corners[:2]) & (points < corners[2:])).all(-1)
        classes[inside, label] = 1
        boxes[inside] = corners.float()
    return image, classes, boxes


def _draw_boxes(random: torch.Generator) -> List[List[int]]:
    """One to four boxes that do not overlap, so that a location has one target at most."""
    boxes: List[List[int]] = []
    for _ in range(_draw_integer(1, 5, random)):
        width, height = (_draw_integer(12, 33, random) for _ in range(2))
        x, y = (_draw_integer(0, SIZE - side + 1, random) for side in (width, height))
        box = [x, y, x + width, y + height]
        if not any(_overlap(box, other) for other in boxes):
            boxes.append(box)
    return boxes


def _draw_integer(low: int, high: int, random: torch.Generator) -> int:
    return int(torch.randint(low, high, (), generator=random))


def _overlap(a: List[int], b: List[int]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _paint(image: torch.Tensor, box: List[int], label: int, colour: torch.Tensor) -> None:
    """Draws into the image [3, SIZE, SIZE]."""
    x1, y1, x2, y2 = box
    mask = torch.ones(y2 - y1, x2 - x1, dtype=torch.bool)
    if CLASSES[label] == "framed":
        mask[3:-3, 3:-3] = False
    elif CLASSES[label] == "striped":
        mask[2::4] = mask[3::4] = False
    image[:, y1:y2, x1:x2][:, mask] = colour[:, None]
