#!/usr/bin/env python3
# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Compares values and gradients with torch and torchvision, live, in float64.

Usage: torch_oracle_test.py CORE_DUMP, the program that computes cases with the core.
"""

import json
import subprocess
import sys

try:
    import torch
    import torch.nn.functional as F
    from torchvision import ops
except ImportError as error:
    print(f"skipped: {error}; the packages are python3-torch and python3-torchvision")
    sys.exit(77)  # CTest's SKIP_RETURN_CODE

TOLERANCE = 1e-12
REDUCTIONS = ("none", "mean", "sum")


def boxes(count):
    """Boxes by corners with sides of 0.25 to 2, some of which overlap."""
    corner = torch.rand(count, 2) * 1.5
    return torch.cat([corner, corner + 0.25 + 1.75 * torch.rand(count, 2)], dim=1)


def case(loss, torch_loss, prediction, target=None, index=None, reduction="mean", **parameters):
    """A case for the core, with the function that computes it in torch."""
    request = {"loss": loss, "shape": list(prediction.shape), "parameters": parameters,
               "prediction": prediction.flatten().tolist(), "reduction": reduction}
    if index is not None:
        request["index"] = index.flatten().tolist()
    else:
        request["target"] = target.flatten().tolist()
    return request, torch_loss, prediction


def box_cases():
    functions = {"giou": ops.generalized_box_iou_loss, "diou": ops.distance_box_iou_loss,
                 "ciou": ops.complete_box_iou_loss}
    # Beside random pairs: apart, inverted, nested, without width, identical, touching, and sharing
    # an edge.
    special = torch.tensor([[0, 0, 1, 1], [2, 0, 1, 1], [0, 0, 4, 4], [1, 1, 1, 2],
                            [0.1, 0.3, 0.7, 1.9], [0, 0, 1, 1], [1, 0, 4, 4]])
    special_target = torch.tensor([[5, 5, 6, 7], [0.5, 0.25, 3, 3], [1, 1, 2, 3], [0, 0, 3, 3],
                                   [0.1, 0.3, 0.7, 1.9], [1, 0, 2, 1], [0, 0, 4, 4]])
    prediction = torch.cat([boxes(200), special])
    target = torch.cat([boxes(200), special_target])
    for name, function in functions.items():
        for reduction in REDUCTIONS:
            yield case(name, lambda x, f=function, r=reduction: f(x, target, reduction=r),
                       prediction, target, reduction=reduction, convention="TORCHVISION")


def sigmoid_cases():
    logits = torch.randn(40, 6) * 3
    soft, hard = torch.rand(40, 6), torch.randint(0, 2, (40, 6)).double()
    weights = torch.rand(6) * 4
    for reduction in REDUCTIONS:
        for target in (soft, hard):
            for alpha, gamma in ((0.25, 2), (-1, 2), (0.6, 1), (0.25, 3.5), (0.5, 0)):
                yield case("sigmoid_focal",
                           lambda x, t=target, a=alpha, g=gamma, r=reduction:
                           ops.sigmoid_focal_loss(x, t, a, g, r),
                           logits, target, reduction=reduction, alpha=alpha, gamma=gamma)
            yield case("binary_cross_entropy",
                       lambda x, t=target, r=reduction: F.binary_cross_entropy_with_logits(
                           x, t, pos_weight=weights, reduction=r),
                       logits, target, reduction=reduction, positive_weight=weights.tolist())


def softmax_cases():
    logits = torch.randn(50, 7) * 3
    index = torch.randint(0, 7, (50,))
    soft = torch.softmax(torch.randn(50, 7), dim=1)
    for reduction in REDUCTIONS:
        for weights in (None, torch.rand(7) + 0.1):
            for smoothing in (0.0, 0.1):
                options = {"label_smoothing": smoothing}
                if weights is not None:
                    options["class_weights"] = weights.tolist()
                torch_options = {"weight": weights, "label_smoothing": smoothing,
                                 "reduction": reduction}
                yield case("cross_entropy",
                           lambda x, o=torch_options:
                           F.cross_entropy(x, index, ignore_index=3, **o),
                           logits, index=index, reduction=reduction, ignore_index=3, **options)
                yield case("cross_entropy",
                           lambda x, o=torch_options: F.cross_entropy(x, soft, **o),
                           logits, soft, reduction=reduction, **options)


def regression_cases():
    prediction, target = torch.randn(30, 4), torch.randn(30, 4)
    target[0] = prediction[0]  # the kink of L1
    functions = {"l1": (F.l1_loss, {}), "l2": (F.mse_loss, {}),
                 "smooth_l1": (F.smooth_l1_loss, {"beta": 0.75})}
    for name, (function, parameters) in functions.items():
        for reduction in REDUCTIONS:
            yield case(name, lambda x, f=function, p=parameters, r=reduction:
                       f(x, target, reduction=r, **p),
                       prediction, target, reduction=reduction, **parameters)


def difference(ours, theirs):
    """The largest difference, relative to what is greater than 1."""
    theirs = theirs.detach().flatten()
    assert len(ours) == len(theirs), (len(ours), len(theirs))
    ours = torch.tensor(ours)
    # Written so that NaN is a difference.
    error = (ours - theirs).abs() / theirs.abs().clamp(min=1)
    return torch.where(error >= 0, error, torch.full_like(error, float("inf"))).max().item()


def main():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(1)
    torch.set_num_threads(1)
    cases = [c for make in (box_cases, sigmoid_cases, softmax_cases, regression_cases)
             for c in make()]
    output = subprocess.run([sys.argv[1]], input=json.dumps([c[0] for c in cases]), text=True,
                            stdout=subprocess.PIPE, check=True).stdout
    failures, largest = 0, 0.0
    for (request, torch_loss, prediction), answer in zip(cases, json.loads(output)):
        x = prediction.clone().requires_grad_()
        loss = torch_loss(x)
        loss.sum().backward()
        errors = difference(answer["loss"], loss), difference(answer["gradient"], x.grad)
        largest = max(largest, *errors)
        if max(errors) > TOLERANCE:
            failures += 1
            print(f"{request['loss']} {request['reduction']} {request['parameters']}: "
                  f"value differs by {errors[0]:.3g}, gradient by {errors[1]:.3g}")
    print(f"{len(cases)} cases, {failures} differ, largest difference {largest:.3g}")
    sys.exit(failures != 0)


if __name__ == "__main__":
    main()
