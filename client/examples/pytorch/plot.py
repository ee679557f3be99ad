# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The picture of two trainings."""

from typing import Mapping

import matplotlib
import numpy
import torch

matplotlib.use("Agg")

from matplotlib import pyplot  # noqa: E402  # after the choice of what draws


def write_plot(path: str, losses: Mapping[str, numpy.ndarray],
               differences: Mapping[str, numpy.ndarray], precision: torch.finfo) -> None:
    """Of the losses [steps] by name, and below of relative differences [steps] by name."""
    figure, (above, below) = pyplot.subplots(2, 1, sharex=True, figsize=(8, 6.5))
    for (name, values), width, colour in zip(losses.items(), (5, 1), ("moccasin", "tab:blue")):
        above.plot(values, color=colour, linewidth=width, label=name)
    above.set(title=f"The same training with the losses of torchvision and of detloss, "
                    f"{precision.dtype}", ylabel="loss of a batch\n(focal + CIoU)", ylim=(0, None))
    for (name, values), colour in zip(differences.items(), ("tab:gray", "tab:blue")):
        # A logarithm has no place for the steps whose losses are the same bits.
        below.semilogy(numpy.where(values > 0, values, numpy.nan), ".", color=colour, markersize=4,
                       label=name)
    below.axhline(precision.eps, color="black", linestyle="--", linewidth=1,
                  label=f"epsilon of {precision.dtype}")
    below.set(xlabel="step", ylabel="relative difference\nof the loss from torchvision's")
    for axes in (above, below):
        axes.grid(alpha=0.3)
        axes.legend()
    figure.align_ylabels()
    figure.tight_layout()
    figure.savefig(path, dpi=100)
