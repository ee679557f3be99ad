# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Trains a detector from the same weights with the losses of torchvision, in process, and with
those of a detloss server; prints and plots how far the trainings differ. A third training, the
control, has torchvision's losses and the images of each batch in reverse order, so that sums are
rounded otherwise: it shows what rounding alone does."""

import argparse
import functools
import time
from typing import Any, Callable, Dict, NamedTuple, Tuple

import numpy
import torch
import torchvision.ops

import detloss
import detloss.torch
from data import Samples, make_samples
from model import Detector
from plot import write_plot

BATCH = 16
Loss = Callable[[torch.Tensor, torch.Tensor, Samples], torch.Tensor]


class Run(NamedTuple):
    weights: torch.Tensor       # all of them, flat
    losses: numpy.ndarray       # [steps]
    seconds: numpy.ndarray      # [steps, 2]: of the whole step, of computing the loss
    before: Dict[str, float]    # metrics of the held-out images
    after: Dict[str, float]


def loss_of(losses: Any, logits: torch.Tensor, boxes: torch.Tensor, target: Samples
            ) -> torch.Tensor:
    """The loss of logits [N, L, C] and boxes [N, L, 4], by the functions of a module `losses`:

        import torchvision.ops as losses
        import detloss.torch as losses
    """
    positive = target.classes.any(-1)
    focal = losses.sigmoid_focal_loss(logits, target.classes, reduction="sum")
    ciou = losses.complete_box_iou_loss(boxes[positive], target.boxes[positive], reduction="sum")
    return (focal + ciou) / positive.sum()


def loss_together(logits: torch.Tensor, boxes: torch.Tensor, target: Samples) -> torch.Tensor:
    """The same in one call to the server."""
    positive = target.classes.any(-1)
    options = {"reduction": "mean", "normalizer": float(positive.sum())}
    losses = detloss.torch.compute({
        "class": detloss.sigmoid_focal(logits, target.classes, **options),
        "box": detloss.ciou(boxes[positive], target.boxes[positive], convention="torchvision",
                            **options)})
    return losses["class"] + losses["box"]


def train(loss: Loss, training: Samples, held_out: Samples, steps: int,
          reverse: bool = False) -> Run:
    """`reverse` reverses the images of each batch, which changes gradients by rounding alone."""
    torch.manual_seed(0)
    model = Detector().to(training.images.dtype)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.003, momentum=0.9)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    before = evaluate(model, held_out)
    values, seconds = [], []
    for indices in torch.randint(len(training.images), (steps, BATCH)):
        indices = indices.flip(0) if reverse else indices
        start = time.perf_counter()
        value, loss_seconds = train_step(model, optimizer, loss, training.select(indices))
        schedule.step()
        values.append(value)
        seconds.append((time.perf_counter() - start, loss_seconds))
    weights = torch.nn.utils.parameters_to_vector(model.parameters()).detach()
    return Run(weights, numpy.array(values), numpy.array(seconds), before,
               evaluate(model, held_out))


def train_step(model: Detector, optimizer: torch.optim.Optimizer, loss: Loss, batch: Samples
               ) -> Tuple[float, float]:
    """Returns the loss and the seconds that it took, of which backward is no part."""
    logits, boxes = model(batch.images)
    start = time.perf_counter()
    value = loss(logits, boxes, batch)
    seconds = time.perf_counter() - start
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return value.item(), seconds


@torch.no_grad()
def evaluate(model: Detector, samples: Samples) -> Dict[str, float]:
    logits, boxes = model(samples.images)
    positive = samples.classes.any(-1)
    ious = [torchvision.ops.box_iou(box[None], target[None]).item()
            for box, target in zip(boxes[positive], samples.boxes[positive])]
    same_class = logits.argmax(-1) == samples.classes.argmax(-1)
    same_objectness = (logits > 0).any(-1) == positive
    return {"mean IoU": float(numpy.mean(ious)),
            "class accuracy": same_class[positive].double().mean().item(),
            "object or background": same_objectness.double().mean().item()}


def report(local: Run, remote: Run, control: Run) -> None:
    print(f"{'':32}{'torchvision':>12}{'detloss':>12}")
    for metric, before in local.before.items():
        print_row(metric + ", before", before, remote.before[metric])
        print_row(metric + ", after", local.after[metric], remote.after[metric])
    for i, what in ((0, "first loss"), (-1, "last loss")):
        print_row(what, local.losses[i], remote.losses[i])
    for i, what in enumerate(("step, median, ms", "loss, forward, median, ms")):
        print_row(what, *(1e3 * numpy.median(run.seconds[:, i]) for run in (local, remote)))
    print(f"\n{'differs from torchvision by':32}{'detloss':>12}{'control':>12}")
    runs = remote, control
    differences = [relative_difference(local, run) for run in runs]
    print_row("weights, largest, absolute",
              *((local.weights - run.weights).abs().max().item() for run in runs), form=".1e")
    print_row("losses, largest, relative", *(d.max() for d in differences), form=".1e")
    print_row("losses, mean, relative", *(d.mean() for d in differences), form=".1e")


def print_row(what: str, first: float, second: float, form: str = ".4f") -> None:
    print(f"{what:32}{first:>12{form}}{second:>12{form}}")


def relative_difference(local: Run, remote: Run) -> numpy.ndarray:
    return numpy.abs(local.losses - remote.losses) / numpy.abs(local.losses)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="127.0.0.1:50051", help="of the server")
    parser.add_argument("--steps", type=int, default=300, help="of each training")
    parser.add_argument("--float64", action="store_true", help="train in float64")
    parser.add_argument("--together", action="store_true",
                        help="both losses in one call, with detloss.torch.compute")
    parser.add_argument("--plot", default="curves.png", help="the picture to write")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    dtype = torch.float64 if arguments.float64 else torch.float32
    samples = make_samples(512, 1, dtype), make_samples(128, 2, dtype)
    in_process = functools.partial(loss_of, torchvision.ops)
    with detloss.connect(arguments.address) as client:
        detloss.torch.set_default_client(client)
        local = train(in_process, *samples, arguments.steps)
        remote = train(loss_together if arguments.together else
                       functools.partial(loss_of, detloss.torch), *samples, arguments.steps)
    control = train(in_process, *samples, arguments.steps, reverse=True)
    report(local, remote, control)
    write_plot(arguments.plot, {"torchvision, in process": local.losses,
                                "detloss, over the network": remote.losses},
               {"torchvision, batches reversed (control)": relative_difference(local, control),
                "detloss": relative_difference(local, remote)}, torch.finfo(dtype))


if __name__ == "__main__":
    main()
