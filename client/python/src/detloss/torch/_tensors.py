# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""From tensors of PyTorch to bytes and back, without a copy where there need not be one."""

from __future__ import annotations

from typing import Any

import numpy
import torch

from detloss._tensor import RawTensor

# What has no type of its own on the wire goes as one that holds all its values.
_WIDER = {torch.bool: torch.uint8, torch.int8: torch.int32, torch.int16: torch.int32}

_NAMES = {torch.float32: "float32", torch.float64: "float64", torch.float16: "float16",
          torch.bfloat16: "bfloat16", torch.int32: "int32", torch.int64: "int64",
          torch.uint8: "uint8"}
_TYPES = {name: dtype for dtype, name in _NAMES.items()}


def to_raw(tensor: torch.Tensor, what: str) -> RawTensor:
    """The elements of a tensor of any device and strides."""
    tensor = tensor.detach()
    tensor = tensor.to("cpu", _WIDER.get(tensor.dtype, tensor.dtype)).contiguous()
    if tensor.dtype not in _NAMES:
        raise TypeError(f"{what}: must be of {', '.join(_TYPES)}, got {tensor.dtype}")
    flat = tensor.reshape(-1).view(torch.uint8).numpy()
    return RawTensor(_NAMES[tensor.dtype], tuple(tensor.shape), memoryview(flat))


def from_raw(raw: RawTensor) -> torch.Tensor:
    """A tensor that aliases `raw`, which nobody else may refer to: it may be written."""
    if len(raw.data) == 0:
        return torch.empty(raw.shape, dtype=_TYPES[raw.data_type])
    # No view of another tensor, where that can be: autograd has views of what a function returned
    # not changed in place.
    if raw.data_type != "bfloat16":
        return torch.from_numpy(_writable(raw, raw.data_type))
    return torch.from_numpy(_writable(raw, "int16")).view(torch.bfloat16)


def _writable(raw: RawTensor, dtype: str) -> numpy.ndarray[Any, Any]:
    """An array said to be writable: PyTorch knows no tensors that are not, and warns of those that
    alias arrays which are not."""
    array = numpy.frombuffer(raw.data, numpy.dtype(dtype).newbyteorder("<")).reshape(raw.shape)
    return numpy.asarray(_Interface(array))


class _Interface:
    def __init__(self, array: numpy.ndarray[Any, Any]) -> None:
        self._keep = array
        self.__array_interface__ = {**array.__array_interface__, "data": (array.ctypes.data, False)}
