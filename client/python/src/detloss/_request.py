# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""From terms to the bytes of a `ComputeLossRequest`."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence

from detloss import _messages, _tensor, _wire
from detloss._term import Term

_TERM = _messages.LossTerm.DESCRIPTOR
_TERMS = _messages.number_of(_messages.ComputeLossRequest, "terms")
_TENSORS = {name: _messages.number_of(_messages.LossTerm, name)
            for name in ("prediction", "target", "weight")}
_CHOICES = ("reduction", "non_finite")
_PLAIN = ("name", "normalizer", "scale", "gradient", "segment_offsets", "statistics",
          "easy_threshold")


def encode(terms: Sequence[Term]) -> List[_wire.Buffer]:
    """The request as parts that are to be sent one after the other. Elements are not copied.

    Raises:
      TypeError, ValueError: what cannot be sent, with the name of the field.
    """
    parts: List[_wire.Buffer] = []
    for index, term in enumerate(terms):
        parts += _wire.field(_TERMS, _encode_term(term, f"terms[{index}]"))
    return parts


def _encode_term(term: Term, path: str) -> List[_wire.Buffer]:
    if not isinstance(term, Term):
        raise TypeError(f"{path}: must be a term, as detloss.giou() makes it, got {type(term)}")
    if term.segment_offsets is not None and len(term.segment_offsets) == 0:
        # Which on the wire would be as if they were not there.
        raise ValueError(f"{path}.segment_offsets: must begin with 0, got none")
    fields: Dict[str, Any] = {name: getattr(term, name) for name in _PLAIN}
    for name in _CHOICES:
        enum = _TERM.fields_by_name[name].enum_type
        fields[name] = _messages.enum_value(enum, getattr(term, name), f"{path}.{name}")
    message = _make(_messages.LossTerm, fields, path)
    loss_path = f"{path}.{term.loss}"
    loss = getattr(message, term.loss)
    loss.SetInParent()
    loss.MergeFrom(_make(type(loss), _with_choices(loss, term.parameters, loss_path), loss_path))
    parts: List[_wire.Buffer] = [message.SerializeToString()]
    for name, number in _TENSORS.items():
        value = getattr(term, name)
        if value is not None:
            floating = name != "target" or term.family.is_symmetric
            tensor = _tensor.to_raw(value, f"{path}.{name}", floating)
            parts += _wire.field(number, _tensor.encode(tensor))
    return parts


def _with_choices(message: Any, parameters: Mapping[str, Any], path: str) -> Dict[str, Any]:
    """`parameters` with the numbers of what they choose."""
    fields = message.DESCRIPTOR.fields_by_name
    return {name: value if fields[name].enum_type is None
            else _messages.enum_value(fields[name].enum_type, value, f"{path}.{name}")
            for name, value in parameters.items()}


def _plain(field: Any, value: Any) -> Any:
    """`value` as protobuf takes it: arrays of one number, and one number for several."""
    if getattr(value, "shape", None) == ():
        value = value.item()
    return [value] if _messages.is_repeated(field) and isinstance(value, (int, float)) else value


def _make(message: Any, fields: Mapping[str, Any], path: str) -> Any:
    """A message with those fields that are not None. Errors name the field."""
    made = message()
    for name, value in fields.items():
        if value is None:
            continue
        field = message.DESCRIPTOR.fields_by_name[name]
        try:
            made.MergeFrom(message(**{name: _plain(field, value)}))
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"{path}.{name}: {error}") from None
    return made
