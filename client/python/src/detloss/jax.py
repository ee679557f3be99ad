# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The losses as functions of JAX, computed by a detloss server; under `jit` and `grad` too.

    import detloss.jax

    detloss.jax.set_default_client(detloss.connect("127.0.0.1:50051"))

    @jax.jit
    @jax.value_and_grad
    def loss(boxes):
        return detloss.jax.compute(detloss.giou(boxes, targets))

The gradient comes with the loss, in one round trip. Gradients flow to predictions only.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import jax
import jax.numpy as jnp
import numpy

from detloss._client import Client
from detloss._term import Term

_default_client: Optional[Client] = None

# What a term has beside its tensors and its parameters.
_OPTIONS = tuple(field.name for field in dataclasses.fields(Term) if field.name not in (
    "loss", "family", "prediction", "target", "weight", "parameters"))

# How calls are mapped by vmap: as JAX before 0.4.34 does anyway.
_ONE_BY_ONE: Dict[str, Any] = (
    {"vmap_method": "sequential"}
    if "vmap_method" in inspect.signature(jax.pure_callback).parameters else {})


def set_default_client(client: Optional[Client]) -> None:
    """The client of every call of `detloss.jax` in this process."""
    global _default_client
    _default_client = client


def compute(terms: Union[Term, Mapping[str, Term]], *, client: Optional[Client] = None) -> Any:
    """The loss of a term, or a dictionary of the losses of several, in one call of the server.

    Losses are float64 for float64 predictions, else float32.

    Raises:
      detloss.Error: as `Client.compute`. Under jit and vmap JAX raises an error of its own, with
        the text of this one.
      TypeError, ValueError: what detloss does not differentiate, or does not compute.
    """
    client = client or _default_client
    if client is None:
        raise RuntimeError("no client: call detloss.jax.set_default_client first")
    if isinstance(terms, Term):
        return compute({terms.name or terms.loss: terms}, client=client).popitem()[1]
    if not isinstance(terms, Mapping):
        raise TypeError(f"terms: must be a term or a mapping of names to terms, got {type(terms)}")
    for name, term in terms.items():
        _require_known(name, term)
    spec = _Spec(client, tuple(
        dataclasses.replace(term, name=name, prediction=None, target=None, weight=None)
        for name, term in terms.items()))
    predictions = [_floating(name, term.prediction) for name, term in terms.items()]
    others = [(jnp.asarray(term.target), None if term.weight is None else jnp.asarray(term.weight))
              for term in terms.values()]
    return dict(zip(terms, _losses(spec, predictions, others)))


def _require_known(name: str, term: Term) -> None:
    """Raises where an option is not known when a function is traced: it could be neither sent nor
    differentiated."""
    if not isinstance(term, Term):
        raise TypeError(f"{name}: must be a term, as detloss.giou() makes it, got {type(term)}")
    for place, value in (*((place, getattr(term, place)) for place in _OPTIONS),
                         *term.parameters.items()):
        if _is_traced(value):
            raise ValueError(f"{name}: the {place} of {term.loss} is traced by grad, jit or vmap, "
                             "and must be a value of Python or NumPy; what jax.numpy makes under "
                             "jit is traced")


def _is_traced(tree: Any) -> bool:
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree_util.tree_leaves(tree))


def _floating(name: str, prediction: Any) -> Any:
    array = jnp.asarray(prediction)
    if not jnp.issubdtype(array.dtype, jnp.floating):
        raise TypeError(f"{name}: the prediction must be floating-point, got {array.dtype}")
    return array


@dataclasses.dataclass(frozen=True)
class _Spec:
    """What is known when a function is traced."""

    client: Client
    terms: Tuple[Term, ...]


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _losses(spec: _Spec, predictions: Sequence[Any], others: Sequence[Any]) -> List[Any]:
    return _call(spec, predictions, others, gradient=False)[0]


def _forward(spec: _Spec, predictions: Sequence[Any],
             others: Sequence[Any]) -> Tuple[List[Any], List[Any]]:
    # With symbolic zeros, each array comes with whether it is differentiated.
    for primal in jax.tree_util.tree_leaves(others, is_leaf=_is_primal):
        if primal.perturbed and jnp.issubdtype(primal.value.dtype, jnp.floating):
            raise ValueError("a target or weight is differentiated, whose gradient detloss does "
                             "not compute; use jax.lax.stop_gradient")
    values, other_values = (jax.tree_util.tree_map(lambda primal: primal.value, tree,
                                                   is_leaf=_is_primal)
                            for tree in (predictions, others))
    losses, gradients = _call(spec, [_widened(value) for value in values], other_values,
                              gradient=True)
    # What is kept can be arrays only: the types of predictions are those of empty ones.
    return losses, [(gradient, jnp.empty(0, value.dtype))
                    for gradient, value in zip(gradients, values)]


def _is_primal(leaf: Any) -> bool:
    return hasattr(leaf, "perturbed")


def _widened(prediction: Any) -> Any:
    """Of which there will be a gradient: in float16 it would be rounded, perhaps to 0, before what
    scales the loss comes to multiply it."""
    return prediction.astype(jnp.float32) if prediction.dtype == jnp.float16 else prediction


def _backward(spec: _Spec, gradients: Sequence[Tuple[Any, Any]],
              upstream: Sequence[Any]) -> Tuple[Any, Any]:
    return [_chain(term, gradient, of_loss).astype(typed.dtype)
            for term, (gradient, typed), of_loss in zip(spec.terms, gradients, upstream)], None


def _chain(term: Term, gradient: Any, upstream: Any) -> Any:
    if isinstance(upstream, jax.custom_derivatives.SymbolicZero):
        return jnp.zeros_like(gradient)
    if term.segment_offsets is not None:
        lengths = numpy.diff(term.segment_offsets)
        upstream = jnp.repeat(upstream, lengths, total_repeat_length=int(lengths.sum()))
        rows = term.rows_shape(gradient.shape)
        upstream = upstream.reshape(rows + (1,) * (gradient.ndim - len(rows)))
    elif upstream.ndim and term.family.has_rows:
        upstream = upstream[..., None]
    return gradient * upstream


_losses.defvjp(_forward, _backward, symbolic_zeros=True)


def _call(spec: _Spec, predictions: Sequence[Any], others: Sequence[Any],
          gradient: bool) -> Tuple[List[Any], List[Any]]:
    def ask(predictions: Sequence[Any], others: Sequence[Any]) -> Tuple[List[Any], List[Any]]:
        results = spec.client.compute([
            dataclasses.replace(term, prediction=numpy.asarray(prediction),
                                target=numpy.asarray(target), gradient=gradient,
                                weight=None if weight is None else numpy.asarray(weight))
            for term, prediction, (target, weight) in zip(spec.terms, predictions, others)])
        return ([result.loss for result in results],
                [result.gradient for result in results] if gradient else [])

    if not _is_traced((predictions, others)):  # JAX would compile, and keep, each such call
        return jax.tree_util.tree_map(  # type: ignore[no-any-return]
            jnp.asarray, ask(predictions, others))
    losses = [jax.ShapeDtypeStruct(
        term.loss_shape(prediction.shape),
        jnp.float64 if prediction.dtype == jnp.float64 else jnp.float32)
        for term, prediction in zip(spec.terms, predictions)]
    gradients = [jax.ShapeDtypeStruct(prediction.shape, prediction.dtype)
                 for prediction in predictions] if gradient else []
    result: Tuple[List[Any], List[Any]] = jax.pure_callback(
        ask, (losses, gradients), list(predictions), list(others), **_ONE_BY_ONE)
    return result
