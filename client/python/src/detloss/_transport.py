# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What carries one attempt of a call to the server, and its answer back."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Optional, Sequence, Tuple, Union

import grpc

from detloss import _fork, errors
from detloss._options import ClientOptions, TlsOptions

try:
    import detloss_native
except ImportError:
    detloss_native = None

Buffer = Union[bytes, memoryview]
Metadata = Tuple[Tuple[str, str], ...]

# What tells the server the size of a large request before it arrives.
_REQUEST_BYTES = "detloss-request-bytes"
_ANNOUNCED_BYTES_MIN = 64 << 10


def announced(metadata: Metadata, parts: Sequence[Buffer]) -> Metadata:
    """`metadata`, with the size of the request if it is large."""
    size = sum(map(len, parts))
    if size < _ANNOUNCED_BYTES_MIN:
        return metadata
    return (*metadata, (_REQUEST_BYTES, str(size)))


def credentials(tls: Optional[TlsOptions]) -> Optional[grpc.ChannelCredentials]:
    if tls is None:
        return None
    return grpc.ssl_channel_credentials(tls.ca, tls.key, tls.certificate)


class GrpcTransport:
    """Over grpcio."""

    def __init__(self, options: ClientOptions) -> None:
        tls, arguments = credentials(options.tls), options.channel_arguments()
        self._closed = False
        self._channel = (grpc.secure_channel(options.address, tls, arguments) if tls
                         else grpc.insecure_channel(options.address, arguments))

    def call(self, method: str, parts: Sequence[Buffer], metadata: Metadata,
             timeout: float) -> Buffer:
        # Without serializers grpcio takes and gives bytes.
        call = self._channel.unary_unary(method)
        try:
            return call(b"".join(parts), timeout, metadata)  # type: ignore[no-any-return]
        except ValueError:  # of a channel that another thread has closed
            if not self._closed:
                raise
            failed = errors.closed()
        except grpc.RpcError as error:
            failed = errors.make(error.code(), error.details() or "",
                                 error.trailing_metadata() or ())
            if self._closed and error.code() is grpc.StatusCode.CANCELLED:
                failed = errors.closed()
        # Not from within: what gRPC raised refers to its call, and gRPC cannot be forked while
        # there are calls.
        try:
            raise failed
        finally:
            del failed  # which refers to this frame, and to what was to be sent

    def wait(self, seconds: float) -> None:
        """Waits, but for a connection that is lost only until it is back. gRPC connects in the
        threads that wait for it: were we to just sleep, it would find the server again only every
        few seconds."""
        # The connection may be there, and only what lies behind it gone: then this is all the wait.
        time.sleep(seconds / 2)
        probe = self._channel.unary_unary("/grpc.health.v1.Health/Check")
        with contextlib.suppress(grpc.RpcError, ValueError):
            probe(b"", seconds / 2, wait_for_ready=True)

    def close(self) -> None:
        self._closed = True
        self._channel.close()


class NativeTransport:
    """Over the C++ client, in the package detloss-native. Tensors are sent from where they are."""

    def __init__(self, options: ClientOptions) -> None:
        tls = options.tls
        self._client = detloss_native.Transport(
            options.address, tls is not None, *(pem or b"" for pem in (
                (tls.ca, tls.certificate, tls.key) if tls else (None, None, None))))

    def call(self, method: str, parts: Sequence[Buffer], metadata: Metadata,
             timeout: float) -> Buffer:
        code, message, trailers, answer = self._client.call(method, list(parts), metadata, timeout)
        if code == grpc.StatusCode.OK.value[0]:
            return memoryview(answer)
        raise errors.make(_CODES[code], message, trailers)

    def wait(self, seconds: float) -> None:
        """As GrpcTransport."""
        self._client.wait(seconds)

    def close(self) -> None:
        """The connection ends with the last call that is under way."""


_CODES = {code.value[0]: code for code in grpc.StatusCode}

Transport = Union[GrpcTransport, NativeTransport]

_process_of_native: Optional[int] = None  # where its threads are


def make(options: ClientOptions, forked: bool) -> Transport:
    """The transport of a process, or of one that was forked from another with the same."""
    global _process_of_native
    if options.transport == "native" and detloss_native is None:
        raise ImportError("transport: native needs the package detloss-native")
    if forked:
        _fork.require_support()
        return GrpcTransport(options)
    # The library behind the native one does not work in processes that were forked from one that
    # used it; grpcio has its own.
    left_behind = _process_of_native not in (None, os.getpid())
    if options.transport == "grpcio" or detloss_native is None or left_behind:
        return GrpcTransport(options)
    _process_of_native = os.getpid()
    return NativeTransport(options)
