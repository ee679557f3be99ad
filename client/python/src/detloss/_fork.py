# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What becomes of clients in forked processes. Imported before grpc."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
import weakref
from typing import Any, Callable, Iterator, Set, Tuple

_SUPPORT = "GRPC_ENABLE_FORK_SUPPORT"


def _support_forks() -> bool:
    """Whether gRPC works in the children of a process that used it: it has to be told before it is
    imported, and otherwise hangs."""
    if "grpc" not in sys.modules:
        os.environ.setdefault(_SUPPORT, "1")
    return os.environ.get(_SUPPORT, "").lower() in ("1", "true", "yes", "on")


Visit = Tuple[int, object]  # of a thread, which a signal handler may make call within a call


class _Gate:
    """Keeps forks apart from calls: a fork waits for those that are under way, and others wait for
    it. gRPC cannot be forked while a thread is in it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside: Set[Visit] = set()
        self._forks = 0

    def enter(self, visit: Visit) -> None:
        with self._changed:
            # A call within a call must not wait for the fork that waits for that one.
            self._changed.wait_for(lambda: self._forks == 0 or any(
                thread == visit[0] for thread, _ in self._inside))
            self._inside.add(visit)

    def leave(self, visit: Visit) -> None:
        """Also of one that was interrupted before it was in."""
        with self._changed:
            self._inside.discard(visit)
            self._changed.notify_all()

    def before_fork(self) -> None:
        """A signal handler that forks in the middle of a call does not wait for that one."""
        me = threading.get_ident()
        with self._changed:
            self._forks += 1
            self._changed.wait_for(lambda: all(thread == me for thread, _ in self._inside))

    def after_fork(self) -> None:
        with self._changed:
            self._forks -= 1
            self._changed.notify_all()


_supported = _support_forks()
_gate = _Gate()
_all: "weakref.WeakSet[PerProcess]" = weakref.WeakSet()


class PerProcess:
    """What a process makes at its first use, and its forked children for themselves.

    Args:
      make: makes it, told whether that of a parent was left behind.
      closed: what to raise after it was taken.
    """

    def __init__(self, make: Callable[[bool], Any], closed: Callable[[], Exception]) -> None:
        self._make, self._closed_error = make, closed
        self._one: Any = None
        self._closed = self._forked = False
        self._lock = threading.Lock()
        _all.add(self)

    @contextlib.contextmanager
    def use(self) -> Iterator[Any]:
        """Gives it for the time of a block, in which no other thread forks."""
        visit = (threading.get_ident(), object())
        try:
            _gate.enter(visit)
            yield self.get()
        finally:
            _gate.leave(visit)

    def get(self) -> Any:
        with self._lock:
            if self._closed:
                raise self._closed_error()
            if self._one is None:
                self._one = self._make(self._forked)
            return self._one

    def take(self) -> Any:
        """What there is, if anything, for the last time."""
        with self._lock:
            self._closed = True
            one, self._one = self._one, None
            return one

    def leave_behind(self) -> None:
        """In a child. What belongs to the parent must never be destroyed here, not at the end of
        the process either: its threads are not there. Nor are those that may have held the lock."""
        self._lock = threading.Lock()
        if self._one is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._one))
            self._one, self._forked = None, True


def require_support() -> None:
    """Raises where gRPC would hang."""
    if not _supported:
        raise RuntimeError(f"gRPC was used before the fork of this process: set {_SUPPORT}=1, or "
                           "import detloss before grpc")


def _after_in_child() -> None:
    # The condition may have waiters that are not there.
    _gate.__init__()  # type: ignore[misc]
    for one in _all:
        one.leave_behind()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_gate.before_fork, after_in_parent=_gate.after_fork,
                        after_in_child=_after_in_child)
