# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The losses of one call as a function that autograd knows."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union, overload

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


@overload
def compute(terms: Term, *, client: Optional[Client] = None) -> torch.Tensor: ...
@overload
def compute(terms: Mapping[str, Term], *,
            client: Optional[Client] = None) -> Dict[str, torch.Tensor]: ...


def compute(terms: Union[Term, Mapping[str, Term]], *,
            client: Optional[Client] = None) -> Union[torch.Tensor, Dict[str, torch.Tensor]]:
    """The loss of a term, or several by name in one call; autograd knows each.

        losses = detloss.torch.compute({
            "class": detloss.sigmoid_focal(logits, labels, reduction="sum", scale=1 / positives),
            "box": detloss.giou(boxes, targets, weight=quality)})
        sum(losses.values()).backward()

    Losses are float64 for float64 predictions, else float32. Gradients flow to predictions and, for
    regression and box losses, to targets; what they cannot flow to must not require them.
    """
    client = client or _default_client
    if client is None:
        raise RuntimeError("no client: call detloss.torch.set_default_client first")
    if isinstance(terms, Term):
        return compute({terms.name or terms.loss: terms}, client=client).popitem()[1]
    if not isinstance(terms, Mapping):
        raise TypeError(f"terms: must be a term or a mapping of names to terms, got {type(terms)}")
    for name, term in terms.items():
        _require_tensors(name, term)
    if _is_traced():  # a call is more than a graph
        return torch.compiler.disable(_computed)(client, terms)  # type: ignore[no-any-return]
    return _computed(client, terms)


def _is_traced() -> bool:
    """Whether torch.compile looks at what is called, where torch has that."""
    compiler: Any = getattr(torch, "compiler", None)
    return hasattr(compiler, "is_compiling") and bool(compiler.is_compiling())


def _computed(client: Client, terms: Mapping[str, Term]) -> Dict[str, torch.Tensor]:
    bare = [dataclasses.replace(term, name=name, prediction=None, target=None)
            for name, term in terms.items()]
    tensors = [tensor for term in terms.values() for tensor in (term.prediction, term.target)]
    if not torch.is_grad_enabled():  # which autograd does not tell to a function
        tensors = [tensor.detach() for tensor in tensors]
    losses = _Losses.apply(client, bare, *tensors)
    return dict(zip(terms, losses))


def _require_tensors(name: str, term: Term) -> None:
    """Raises unless prediction and target are tensors, and nothing wants a gradient that it cannot
    have."""
    for place in ("prediction", "target", "weight"):
        tensor = getattr(term, place)
        if not isinstance(tensor, torch.Tensor):
            if place != "weight":
                raise TypeError(f"{name}: the {place} must be a tensor, got {type(tensor)}")
            continue
        has_gradient = place == "prediction" or place == "target" and term.family.is_symmetric
        if tensor.requires_grad and torch.is_grad_enabled() and not has_gradient:
            raise ValueError(f"{name}: the {place} of {term.loss} requires a gradient, which "
                             "detloss does not compute; detach it")
    for place, value in (("scale", term.scale), ("normalizer", term.normalizer),
                         *term.parameters.items()):
        if torch.is_grad_enabled() and any(
                isinstance(each, torch.Tensor) and each.requires_grad
                for each in (value if isinstance(value, (list, tuple)) else (value,))):
            raise ValueError(f"{name}: the {place} of {term.loss} requires a gradient, which "
                             "detloss does not compute; detach it, or multiply the loss by it")


class _Losses(torch.autograd.Function):
    """terms -> losses, over (prediction, target) of each term."""

    @staticmethod
    def forward(ctx: Any, client: Client, terms: Sequence[Term],
                *tensors: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        wanted = ctx.needs_input_grad[2:]
        single = [_widened(tensor) if want else tensor for tensor, want in zip(tensors, wanted)]
        request = [_with_bytes(i, term, single[2 * i], single[2 * i + 1], wanted[2 * i])
                   for i, term in enumerate(terms)]
        # The gradient by a target is that by the prediction of the exchanged.
        exchanged = [i for i in range(len(terms)) if wanted[2 * i + 1]]
        request += [dataclasses.replace(request[i], prediction=request[i].target,
                                        target=request[i].prediction, gradient=True)
                    for i in exchanged]
        results = client.compute(request)
        gradients: List[Any] = [None] * len(tensors)
        gradients[::2] = [result.raw_gradient for result in results[:len(terms)]]
        for i, result in zip(exchanged, results[len(terms):]):
            gradients[2 * i + 1] = result.raw_gradient
        ctx.terms, ctx.dtypes = terms, [tensor.dtype for tensor in tensors]
        ctx.save_for_backward(*(None if raw is None else _tensors.from_raw(raw).to(tensor.device)
                                for raw, tensor in zip(gradients, tensors)))
        # 0 x NaN is NaN: what is not used must give nothing.
        ctx.set_materialize_grads(False)
        return tuple(_loss(result.raw_loss, tensor.device)
                     for result, tensor in zip(results, tensors[::2]))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *upstream: Optional[torch.Tensor]) -> Tuple[Any, ...]:
        chained = []
        for i, gradient in enumerate(ctx.saved_tensors):
            of_loss = upstream[i // 2]
            chained.append(None if gradient is None or of_loss is None else
                           _chain(ctx.terms[i // 2], gradient, of_loss).to(ctx.dtypes[i]))
        return (None, None, *chained)


def _widened(tensor: torch.Tensor) -> torch.Tensor:
    """Of which there will be a gradient: in float16 it would be rounded, perhaps to 0, before what
    scales the loss comes to multiply it."""
    return tensor.float() if tensor.dtype == torch.float16 else tensor


def _with_bytes(index: int, term: Term, prediction: torch.Tensor, target: torch.Tensor,
                gradient: bool) -> Term:
    """The term with the elements of its tensors."""
    tensors = {"prediction": prediction, "target": target, "weight": term.weight}
    raw: Dict[str, Any] = {
        place: _tensors.to_raw(tensor, f"terms[{index}].{place}")
        if isinstance(tensor, torch.Tensor) else tensor for place, tensor in tensors.items()}
    return dataclasses.replace(term, gradient=gradient, **raw)


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
        rows = term.rows_shape(tuple(gradient.shape))
        upstream = upstream.reshape(rows + (1,) * (gradient.dim() - len(rows)))
    elif upstream.dim() and term.family.has_rows:
        upstream = upstream.unsqueeze(-1)
    return gradient * upstream
