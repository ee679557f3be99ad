# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The blocking client."""

from __future__ import annotations

import functools
import time
from types import TracebackType
from typing import Any, Optional, Sequence, Tuple, Type, Union, overload

from detloss import _fork, _methods, _transport, errors
from detloss._attempts import Attempts
from detloss._options import ClientOptions, MoreOptions
from detloss._result import Results, TermResult
from detloss._term import Term
from detloss._typing import Unpack


class Client:
    """The connection to a server. Made without waiting for it; to be used from any thread.

    A client that is used in a forked process, as data loaders do, connects anew there. Leaving a
    `with` block closes it.

    Calls have no side effects: each is repeated while the server cannot be reached, shuts down, or
    asks for another attempt, until it succeeds or its timeout forbids another one.

    Args:
      options: `ClientOptions`, by keyword, the address by place too.

    Raises:
      detloss.Error: by every call that failed; see its subclasses.
    """

    def __init__(self, address: str = ClientOptions.address,
                 **options: Unpack[MoreOptions]) -> None:
        self._options = ClientOptions(address, **options)
        self._transport = _fork.PerProcess(
            functools.partial(_transport.make, self._options), errors.closed)

    @overload
    def compute(self, terms: Term, *, timeout: Optional[float] = None) -> TermResult: ...
    @overload
    def compute(self, terms: Sequence[Term], *, timeout: Optional[float] = None) -> Results: ...

    def compute(self, terms: Union[Term, Sequence[Term]], *,
                timeout: Optional[float] = None) -> Union[TermResult, Results]:
        """Computes one term, or several in one call, which then fails as a whole.

        Args:
          terms: what the functions named as the losses make: `detloss.giou(prediction, target)`.
          timeout: seconds, in place of the client's.
        """
        return self._call(_methods.compute_loss(terms), timeout)  # type: ignore[no-any-return]

    def list_losses(self) -> Tuple[Any, ...]:
        """The losses of the server: messages `detloss.v1.LossDescription`."""
        return self._call(_methods.list_losses())  # type: ignore[no-any-return]

    def server_info(self) -> Any:
        """What the server is: a message `detloss.v1.GetServerInfoResponse`."""
        return self._call(_methods.server_info())

    def is_serving(self) -> bool:
        """Whether the server says that it is serving. False too for one that cannot be reached,
        at once."""
        method = _methods.is_serving()
        try:
            with self._transport.use() as transport:
                answer = transport.call(method.path, method.parts, self._options.metadata(),
                                        Attempts(self._options).remaining())
        except errors.UnavailableError:
            return False
        return bool(method.decode(answer))

    def close(self) -> None:
        """Ends the connection. Calls that are under way fail with `ClosedError`, but over the
        native transport, where they end as they would. May be called again."""
        transport = self._transport.take()
        if transport is not None:
            transport.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    def __reduce__(self) -> Any:
        """Data loaders that spawn their workers send them clients: as options."""
        return functools.partial(type(self), **vars(self._options)), ()

    def _call(self, method: _methods.Method, timeout: Optional[float] = None) -> Any:
        attempts = Attempts(self._options, timeout)
        metadata = _transport.announced(self._options.metadata(), method.parts)
        while True:
            try:
                with self._transport.use() as transport:
                    answer = transport.call(method.path, method.parts, metadata,
                                            attempts.remaining())
                return method.decode(answer)
            except errors.Error as error:
                wait = attempts.wait_after(error)
                if wait is None:
                    raise
                answered = bool(error.reason)
            self._wait(wait, answered)

    def _wait(self, seconds: float, answered: bool) -> None:
        if answered:  # by the server: its connection is there
            time.sleep(seconds)
            return
        with self._transport.use() as transport:
            transport.wait(seconds)


def connect(address: str = ClientOptions.address, **options: Unpack[MoreOptions]) -> Client:
    """A client of the server at `address`. Takes what `ClientOptions` has, by keyword."""
    return Client(address, **options)
