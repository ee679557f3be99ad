# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The client for `asyncio`: as `detloss.Client`, and every call is awaited."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from types import TracebackType
from typing import Any, Optional, Sequence, Tuple, Type, Union, overload

import grpc.aio

from detloss import _fork, _methods, _transport, errors
from detloss._attempts import Attempts
from detloss._options import ClientOptions, MoreOptions
from detloss._result import Results, TermResult
from detloss._term import Term
from detloss._typing import Unpack


class Client:
    """The connection to a server, of the event loop in which it is first used. As
    `detloss.Client` otherwise, over grpcio."""

    def __init__(self, address: str = ClientOptions.address,
                 **options: Unpack[MoreOptions]) -> None:
        self._options = ClientOptions(address, **options)
        self._channel = _fork.PerProcess(self._make_channel, errors.closed)
        self._loop: Optional[asyncio.AbstractEventLoop] = None

    @overload
    async def compute(self, terms: Term, *, timeout: Optional[float] = None) -> TermResult: ...
    @overload
    async def compute(self, terms: Sequence[Term], *,
                      timeout: Optional[float] = None) -> Results: ...

    async def compute(self, terms: Union[Term, Sequence[Term]], *,
                      timeout: Optional[float] = None) -> Union[TermResult, Results]:
        """Computes one term, or several in one call, which then fails as a whole."""
        result: Union[TermResult, Results] = await self._call(
            _methods.compute_loss(terms), timeout)
        return result

    async def list_losses(self) -> Tuple[Any, ...]:
        """The losses of the server: messages `detloss.v1.LossDescription`."""
        losses: Tuple[Any, ...] = await self._call(_methods.list_losses())
        return losses

    async def server_info(self) -> Any:
        """What the server is: a message `detloss.v1.GetServerInfoResponse`."""
        return await self._call(_methods.server_info())

    async def is_serving(self) -> bool:
        """Whether the server says that it is serving. False too for one that cannot be reached,
        at once."""
        method = _methods.is_serving()
        try:
            answer = await self._attempt(method, self._options.metadata(),
                                         Attempts(self._options).remaining())
        except errors.UnavailableError:
            return False
        return bool(method.decode(answer))

    async def close(self) -> None:
        """Ends the connection. Calls that are under way fail with `detloss.ClosedError`, or with
        `asyncio.CancelledError` before Python 3.11. May be called again."""
        channel = self._channel.take()
        if channel is not None:
            await channel.close()

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                        traceback: Optional[TracebackType]) -> None:
        await self.close()

    def __reduce__(self) -> Any:
        """As `detloss.Client`: as options."""
        return functools.partial(type(self), **vars(self._options)), ()

    async def _call(self, method: _methods.Method, timeout: Optional[float] = None) -> Any:
        attempts = Attempts(self._options, timeout)
        metadata = _transport.announced(self._options.metadata(), method.parts)
        while True:
            try:
                return method.decode(await self._attempt(method, metadata, attempts.remaining()))
            except errors.Error as error:
                wait = attempts.wait_after(error)
                if wait is None:
                    raise
                answered = bool(error.reason)
            await self._wait(wait, answered)

    async def _wait(self, seconds: float, answered: bool) -> None:
        """Waits, but for a connection that is lost only until it is back. What the server asked for
        is waited for, even if it closed the connection with its answer."""
        channel = self._get_channel()
        state = channel.get_state(try_to_connect=True)
        if answered or state is grpc.ChannelConnectivity.READY:
            await asyncio.sleep(seconds)
            return
        with contextlib.suppress(asyncio.TimeoutError, grpc.aio.UsageError):  # closed meanwhile
            await asyncio.wait_for(channel.channel_ready(), seconds)

    async def _attempt(self, method: _methods.Method, metadata: _transport.Metadata,
                       timeout: float) -> Any:
        call = self._get_channel().unary_unary(method.path)
        try:
            return await call(b"".join(method.parts), timeout=timeout, metadata=metadata)
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
            failed = errors.closed()
        except grpc.aio.AioRpcError as error:
            failed = errors.make(error.code(), error.details() or "", error.trailing_metadata())
            error.__traceback__ = None  # which refers to this frame, and grpcio 1.51 keeps
        try:
            raise failed
        finally:
            del failed  # which refers to this frame, and to what was to be sent

    def _get_channel(self) -> Any:
        channel = self._channel.get()
        if self._loop is not asyncio.get_running_loop():
            raise RuntimeError("a client for asyncio belongs to the event loop in which it was "
                               "first used: make another for this one")
        return channel

    def _make_channel(self, forked: bool) -> Any:
        if forked:
            raise RuntimeError("a client for asyncio cannot be used after a fork: make another")
        self._loop = asyncio.get_running_loop()
        options = self._options
        tls, arguments = _transport.credentials(options.tls), options.channel_arguments()
        if tls is None:
            return grpc.aio.insecure_channel(options.address, arguments)
        return grpc.aio.secure_channel(options.address, tls, arguments)


def _is_cancelled() -> bool:
    """Whether it is the task that was cancelled, rather than its call, by closing the channel.
    Python tells them apart from 3.11 on."""
    task: Any = asyncio.current_task()
    return not hasattr(task, "cancelling") or bool(task.cancelling())
