# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""A connection of HTTP/2 that says only what it is told to."""

import contextlib
import select
import socket
import struct

import h2

POUR_BYTES_MAX = 64 * h2.FRAME_BYTES_MAX  # at a time


class Connection:
    """A connection that says only what it is told to."""

    def __init__(self, address, greeting=h2.PREFACE + h2.settings(h2.PLAIN_REPLIES), timeout=30,
                 tls=None):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket)
        self._buffer = bytearray()
        self.send(greeting)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def cut_off(self):
        """Closes with a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def send(self, *parts):
        """Sends; whether the peer still took it."""
        try:
            self.socket.sendall(b"".join(parts))
            return True
        except (ConnectionError, TimeoutError):
            return False

    def _take(self, size):
        while len(self._buffer) < size:
            more = self.socket.recv(1 << 16)
            if not more:
                raise ConnectionError("closed by the peer")
            self._buffer += more
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def receive(self):
        """The next frame: kind, flags, stream, payload."""
        head = self._take(9)
        size = int.from_bytes(head[:3], "big")
        kind, flags, stream = struct.unpack(">BBI", head[3:])
        return kind, flags, stream & h2.WINDOW_MAX, self._take(size)

    def greet(self):
        """Acknowledges the peer's settings, after which it holds to them itself."""
        while self.receive_and_acknowledge()[0] != h2.SETTINGS:
            pass
        return self

    def discard(self):
        """Throws away what has come until now."""
        with contextlib.suppress(ConnectionError):
            while select.select([self.socket], [], [], 0)[0] and self.socket.recv(1 << 20):
                pass

    def finish(self):
        """Says no more, and waits until the peer has read all of it and closes."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
            while self.socket.recv(1 << 20):
                pass

    def receive_and_acknowledge(self):
        """The same. Settings and pings are acknowledged."""
        kind, flags, stream, payload = self.receive()
        if kind in (h2.SETTINGS, h2.PING) and not flags & h2.ACK:
            self.send(h2.frame(kind, h2.ACK, 0, payload if kind == h2.PING else b""))
        return kind, flags, stream, payload

    def frames(self):
        """Frames until the peer closes."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            while True:
                yield self.receive_and_acknowledge()

    def call(self, stream, path, payload=b"", more=()):
        """Sends a whole call."""
        return self.send(h2.headers(stream, h2.call_fields(path, more)),
                         h2.data(stream, payload, end=True))

    def pour(self, stream, message, size, end=False):
        """Sends a message and zeros behind it, `size` bytes in all, as the peer's windows allow.
        Returns what was sent when the peer had enough, or all was sent."""
        sent, windows = 0, {0: 65535, stream: 65535}
        while sent < size:
            while (room := min(windows.values())) < h2.FRAME_BYTES_MAX:
                if not self._widen(windows):
                    return sent
            room = min(room // h2.FRAME_BYTES_MAX * h2.FRAME_BYTES_MAX, POUR_BYTES_MAX, size - sent)
            part = message[sent:sent + room].ljust(room, b"\0")
            sent += room
            self.send(h2.data(stream, part, end and sent == size))
            windows = {number: window - room for number, window in windows.items()}
        return sent

    def _widen(self, windows):
        """Receives a frame, which may allow more; whether the peer wants more at all."""
        kind, _, stream, payload = self.receive_and_acknowledge()
        if kind == h2.WINDOW_UPDATE:
            windows[stream] += struct.unpack(">I", payload)[0]
        return kind not in (h2.RST_STREAM, h2.GOAWAY, h2.HEADERS)

    def end_of(self, stream):
        """How a stream ends: the fields of its trailers, {"reset": code} or {"closed": why}."""
        for kind, flags, number, payload in self.frames():
            if kind == h2.GOAWAY:
                code = struct.unpack(">I", payload[4:8])[0]
                if code:
                    return {"closed": code, "why": payload[8:]}
            if number != stream:
                continue
            if kind == h2.RST_STREAM:
                return {"reset": struct.unpack(">I", payload)[0]}
            if kind == h2.HEADERS and flags & h2.END_STREAM:
                return h2.fields_of(payload)
        return {"closed": None}
