# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""How a client reaches its server and how long it tries."""

from __future__ import annotations

import dataclasses
import math
import os
import pathlib
from typing import Optional, Tuple, TypedDict, Union


class MoreOptions(TypedDict, total=False):
    """What `ClientOptions` has beside the address."""

    tls: Optional[TlsOptions]
    token: Optional[str]
    timeout: float
    attempts_max: Optional[int]
    backoff_initial: float
    backoff_max: float
    transport: Optional[str]


Path = Union[str, "os.PathLike[str]"]

# Health is watched by some policies of gRPC only, of which its default is none.
_ONE_OF_SEVERAL = """{
  "loadBalancingConfig": [{"round_robin": {}}],
  "healthCheckConfig": {"serviceName": "detloss.v1.LossService"}
}"""


@dataclasses.dataclass(frozen=True, repr=False)
class TlsOptions:
    """Encrypts, and has the server prove who it is. Everything is PEM.

    Attributes:
      ca: the authorities of which one must have signed the server's certificate. None: those that
        gRPC trusts.
      certificate, key: what the client shows, to servers that want it; both or neither.
    """

    ca: Optional[bytes] = None
    certificate: Optional[bytes] = None
    key: Optional[bytes] = None

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key: must be given both or neither")

    @classmethod
    def read(cls, ca: Optional[Path] = None, certificate: Optional[Path] = None,
             key: Optional[Path] = None) -> "TlsOptions":
        """The same from files."""
        return cls(*(None if path is None else pathlib.Path(path).read_bytes()
                     for path in (ca, certificate, key)))


@dataclasses.dataclass(frozen=True, repr=False)
class ClientOptions:
    """What `detloss.Client` takes.

    Attributes:
      address: `host:port`, or `unix:/path` for a server on the same machine. Of several servers
        `ipv4:A:PORT,B:PORT`, as gRPC writes them, or the name of a host that has several addresses:
        calls take them in turn.
      tls: encrypts the connection. Default: it is not encrypted.
      token: sent as `authorization: Bearer ...` with every call, also where the connection is not
        encrypted: use `tls` beyond the machine.
      timeout: seconds of a call with all its attempts; a call may override it.
      attempts_max: attempts of one call. None: as many as the timeout allows.
      backoff_initial, backoff_max: seconds. The wait before attempt n + 1 is random in
        [0, min(backoff_max, backoff_initial * 2^(n - 1))], after what the server asks for.
      transport: "grpcio", or "native" for the compiled one of the package detloss-native, which
        is faster for large tensors. Default: native where it is installed. Processes that were
        forked from one that used native always have grpcio.
    """

    address: str = "127.0.0.1:50051"
    tls: Optional[TlsOptions] = None
    token: Optional[str] = None
    timeout: float = 30.0
    attempts_max: Optional[int] = None
    backoff_initial: float = 0.05
    backoff_max: float = 1.0
    transport: Optional[str] = None

    def __post_init__(self) -> None:
        if "," in self.address and not self.address.startswith(("ipv4:", "ipv6:")):
            raise ValueError("address: several servers must be ipv4:A:PORT,B:PORT or so, got "
                             f"{self.address!r}")
        require_positive("timeout", self.timeout)
        require_positive("backoff_initial", self.backoff_initial)
        require_positive("backoff_max", self.backoff_max)
        if self.attempts_max is not None and self.attempts_max < 1:
            raise ValueError(f"attempts_max: must be at least 1, got {self.attempts_max}")
        if self.token is not None and not _is_token(self.token):
            raise ValueError("token: must be 1 to 4096 characters of visible ASCII")
        if self.transport not in (None, "grpcio", "native"):
            raise ValueError(f"transport: must be grpcio or native, got {self.transport!r}")

    def metadata(self) -> Tuple[Tuple[str, str], ...]:
        return () if self.token is None else (("authorization", f"Bearer {self.token}"),)

    def channel_arguments(self) -> Tuple[Tuple[str, Union[int, str]], ...]:
        """For channels of gRPC, whatever library makes them."""
        arguments: Tuple[Tuple[str, Union[int, str]], ...] = (
            ("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1),
            # Ours repeat calls: those of gRPC give up on messages above 256 KiB.
            ("grpc.enable_retries", 0),
            # Between its attempts to connect, gRPC fails calls at once. With its own waits, of 1 s
            # to 2 min, our attempts would fail long after the server is back.
            ("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 1000))
        if self._may_be_several():
            arguments += (("grpc.service_config", _ONE_OF_SEVERAL),)
        return arguments

    def _may_be_several(self) -> bool:
        """Whether the address may stand for several servers: a list, or the name of a host."""
        if self.address.startswith(("unix:", "unix-abstract:")):
            return False
        host = self.address.rpartition(":")[0]
        return "," in self.address or not (host.startswith("[") or host.replace(".", "").isdigit()
                                           or self.address.startswith(("ipv4:", "ipv6:")))


def require_positive(name: str, seconds: float) -> None:
    if not 0 < seconds < math.inf:
        raise ValueError(f"{name}: must be greater than 0 and finite, got {seconds}")


def _is_token(text: str) -> bool:
    return 0 < len(text) <= 4096 and all("!" <= character <= "~" for character in text)
