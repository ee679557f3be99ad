# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""A program of a user, for a type checker that has the installed package: it must know all that is
used here, and refuse what each `type: ignore` names."""

import detloss
import detloss.aio
import detloss.torch


def loss(client: detloss.Client) -> float:
    term = detloss.giou([[0, 0, 2, 2]], [[1, 1, 3, 3]], convention="torchvision", reduction="sum")
    result: detloss.TermResult = client.compute(term)
    results: detloss.Results = client.compute([term, term])
    return float(result.loss) + results.total_loss


async def awaited(client: detloss.aio.Client) -> float:
    result = await client.compute(detloss.l1([1.0], [2.0], weight=[1.0]))
    return float(result.loss)


def connected(token: str) -> detloss.Client:
    try:
        return detloss.connect("127.0.0.1:50051", token=token, timeout=3)
    except detloss.InvalidRequestError as error:
        print(error.reason, [violation.field for violation in error.field_violations])
        raise


detloss.binary_cross_entropy([0.0], [1.0], positive_weight=3)
MODULE: detloss.torch.LossModule = detloss.torch.SigmoidFocalLoss(gamma=1.5, reduction="mean")

detloss.giou([], [], gamma=2)  # type: ignore[call-arg]
detloss.giou([], [], convention="none")  # type: ignore[arg-type]
detloss.torch.GIoULoss(gamma=2)  # type: ignore[call-arg]
detloss.torch.GIoULoss(reduction="all")  # type: ignore[arg-type]
detloss.connect("127.0.0.1:50051", patience=3)  # type: ignore[call-arg]
