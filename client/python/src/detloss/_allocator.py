# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Memory of messages."""

from __future__ import annotations

import ctypes

# Of glibc's malloc.h, with what suits large messages; the first is at its maximum.
_SETTINGS = {"M_MMAP_THRESHOLD": (-3, 32 << 20), "M_TRIM_THRESHOLD": (-1, 2**31 - 1),
             "M_TOP_PAD": (-2, 64 << 20), "M_ARENA_MAX": (-8, 1)}


def tune_allocator() -> None:
    """Has glibc's malloc keep the memory of messages for the next one, in one arena. By default it
    gives large blocks back at once, and every call pays for having its pages mapped again. The
    price is that the process keeps the memory of its largest messages.

    Changes the whole process, so that no client does it by itself; NumPy and PyTorch are faster
    too. To be called at the beginning of a program. Nothing happens with other allocators.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library
        return
    for parameter, value in _SETTINGS.values():
        mallopt(parameter, value)
