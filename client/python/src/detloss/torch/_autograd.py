# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The losses of one call as a function that autograd knows."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import torch
from torch.autograd.function import once_differentiable

from detloss._client import Client
from detloss._term import Term
from detloss.torch import _tensors

_default_client: Optional[Client] = None


def set_default_client(client: Optional[Client]) -> None:
    """The client of every function and module of `detloss.torch` in this process."""
    global _default_client
    _default_client = client


def compute(terms: Mapping[str, Term], *, client: Optional[Client] = None) -> Dict[str,
                                                                                   torch.Tensor]:
    """Several losses in one call, by name; autograd knows each.

        losses = detloss.torch.compute({
            "class": detloss.sigmoid_focal(logits, labels, reduction="sum", scale=1 / positives),
            "box": detloss.giou(boxes, targets, weight=quality)})
        sum(losses.values()).backward()

    Losses are FLOAT64 for float64 predictions, else FLOAT32. Gradients flow to predictions and, for
    regression and box losses, to targets; what they cannot flow to must not require them.
    """
    client = client or _default_client
    if client is None:
        raise RuntimeError("no client: call detloss.torch.set_default_client first")
    bare, tensors = [], []
    for name, term in terms.items():
        _require_no_gradient(name, term)
        bare.append(dataclasses.replace(term, name=name, prediction=None, target=None))
        tensors += [term.prediction, term.target]
    losses = _Losses.apply(client, bare, *tensors)
    return dict(zip(terms, losses))


def _require_no_gradient(name: str, term: Term) -> None:
    places = {"weight": term.weight}
    if not term.family.is_symmetric:
        places["target"] = term.target
    for place, tensor in places.items():
        if isinstance(tensor, torch.Tensor) and tensor.requires_grad and torch.is_grad_enabled():
            raise ValueError(f"{name}: the {place} of {term.loss} requires a gradient, which "
                             "detloss does not compute; detach it")


class _Losses(torch.autograd.Function):
    """terms -> losses, over (prediction, target) of each term."""

    @staticmethod
    def forward(ctx: Any, client: Client, terms: Sequence[Term],
                *tensors: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        raw = [_tensors.to_raw(tensor, f"terms[{i // 2}].{('prediction', 'target')[i % 2]}")
               for i, tensor in enumerate(tensors)]
        wanted = ctx.needs_input_grad[2:]
        request: List[Term] = []
        for i, term in enumerate(terms):
            prediction, target = raw[2 * i], raw[2 * i + 1]
            weight = term.weight
            if isinstance(weight, torch.Tensor):
                weight = _tensors.to_raw(weight, f"terms[{i}].weight")
            request.append(dataclasses.replace(term, prediction=prediction, target=target,
                                               weight=weight, gradient=wanted[2 * i]))
        # The gradient by a target is that by the prediction of the exchanged.
        exchanged = [i for i in range(len(terms)) if wanted[2 * i + 1]]
        request += [dataclasses.replace(request[i], prediction=request[i].target,
                                        target=request[i].prediction, gradient=True)
                    for i in exchanged]
        results = client.compute(request)
        ctx.terms = terms
        ctx.gradients = [None] * len(tensors)
        for i in range(len(terms)):
            ctx.gradients[2 * i] = results[i].raw_gradient
        for i, result in zip(exchanged, results[len(terms):]):
            ctx.gradients[2 * i + 1] = result.raw_gradient
        ctx.devices = [tensor.device for tensor in tensors]
        return tuple(_loss(results[i].raw_loss, tensors[2 * i].device)
                     for i in range(len(terms)))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *upstream: torch.Tensor) -> Tuple[Any, ...]:
        gradients = [None if raw is None else
                     _chain(ctx.terms[i // 2], _tensors.from_raw(raw).to(ctx.devices[i]),
                            upstream[i // 2])
                     for i, raw in enumerate(ctx.gradients)]
        return (None, None, *gradients)


def _loss(raw: Any, device: torch.device) -> torch.Tensor:
    loss = _tensors.from_raw(raw)
    # One number must not keep the gradients alive that came with it.
    return (loss.clone() if loss.dim() == 0 else loss).to(device)


def _chain(term: Term, gradient: torch.Tensor, upstream: torch.Tensor) -> torch.Tensor:
    """The gradient times that of what was made of the loss: of all, of each segment's rows, of each
    row, or of each element. Not in place: there may be another backward."""
    if term.segment_offsets is not None:
        offsets = torch.as_tensor(term.segment_offsets, device=upstream.device)
        upstream = torch.repeat_interleave(upstream, offsets[1:] - offsets[:-1])
        rows = gradient.shape[:-1] if gradient.dim() > 1 else gradient.shape
        upstream = upstream.reshape(rows + (1,) * (gradient.dim() - len(rows)))
    elif upstream.dim() and term.family.has_rows:
        upstream = upstream.unsqueeze(-1)
    return (gradient * upstream).to(gradient.dtype)
