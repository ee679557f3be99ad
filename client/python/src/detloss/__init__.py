# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Object-detection losses and their gradients, computed by a detloss server.

    import detloss

    with detloss.connect("127.0.0.1:50051") as client:
        result = client.compute(detloss.giou(prediction, target, reduction="sum"))
        result.loss, result.gradient

`detloss.aio` has the client for asyncio, `detloss.torch` the losses as functions of PyTorch, and
`detloss.jax` as functions of JAX.
"""

import pkgutil

from detloss import _fork  # noqa: F401  # first: before anything imports grpc
from detloss import _losses
from detloss._allocator import tune_allocator
from detloss._client import Client, connect
from detloss._losses import *  # noqa: F403
from detloss._options import ClientOptions, TlsOptions
from detloss._result import Results, TermResult, Timing
from detloss._term import Family, Term, TermOptions
from detloss._version import VERSION
from detloss.errors import (ClosedError, DeadlineExceededError, Error, FieldViolation,
                            InvalidRequestError, UnavailableError)

__version__ = VERSION

# Stubs of the API that a program has generated for itself are `detloss.v1`.
__path__ = pkgutil.extend_path(__path__, __name__)  # noqa: F405

__all__ = [
    "Client", "ClientOptions", "ClosedError", "DeadlineExceededError", "Error", "Family",
    "FieldViolation", "InvalidRequestError", "Results", "Term", "TermOptions", "TermResult",
    "Timing", "TlsOptions", "UnavailableError", "connect", "tune_allocator",
]
__all__ += _losses.__all__
