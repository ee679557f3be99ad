# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Repeats calls that failed for a while only. Calls have no side effects: any may be repeated."""

from __future__ import annotations

import random
import time
from typing import Optional

import grpc

from detloss import errors
from detloss._options import ClientOptions, require_positive

_LONG = 1e9  # Seconds. The clock of gRPC ends, and a call of much more would be late at once.


class Attempts:
    """The attempts of one call."""

    def __init__(self, options: ClientOptions, timeout: Optional[float] = None) -> None:
        if timeout is None:
            timeout = options.timeout
        require_positive("timeout", timeout)
        self._options = options
        self._end = time.monotonic() + min(timeout, _LONG)
        self._count = 1
        self._backoff = options.backoff_initial

    def remaining(self) -> float:
        """Seconds until the call must be over. Raises when it is."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise errors.make(grpc.StatusCode.DEADLINE_EXCEEDED, "no time is left for the call")
        return seconds

    def wait_after(self, error: errors.Error) -> Optional[float]:
        """How long to wait before the next attempt. None: there is none."""
        # Full jitter: clients that failed together do not come back together.
        wait = (error.retry_delay or 0) + random.uniform(
            0, min(self._backoff, self._options.backoff_max))
        if (not errors.is_retryable(error) or self._count == self._options.attempts_max
                or wait >= self._end - time.monotonic()):
            return None
        self._count += 1
        self._backoff *= 2
        return wait
