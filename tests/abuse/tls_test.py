# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What is no TLS, or broken, where TLS is spoken."""

import contextlib
import random
import ssl
import subprocess
import tempfile
import time

import h2
from siege import BINARY, EMPTY, INFO, SCALE, Siege, answers, main

SEED = 20261125


def make_certificate(directory):
    """A certificate of 127.0.0.1 that vouches for itself, and its key."""
    certificate, key = f"{directory}/certificate.pem", f"{directory}/key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    return certificate, key


def make_context(protocols=("h2",), **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    for name, value in options.items():
        setattr(context, name, value)
    return context


def client_hello():
    """What a client says first."""
    outgoing = ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        make_context().wrap_bio(ssl.MemoryBIO(), outgoing).do_handshake()
    return outgoing.read()


class TlsTest(Siege):
    def setUp(self):
        scratch = self.enterContext(tempfile.TemporaryDirectory())
        self.certificate, key = make_certificate(scratch)
        self.flags = (f"--tls_cert={self.certificate}", f"--tls_key={key}")
        self.tls = make_context()
        super().setUp()

    def say(self, *parts):
        """Sends to the bare socket and waits until the server closes."""
        with contextlib.suppress(OSError), self.connect(greeting=b"") as connection:
            connection.send(*parts)
            connection.finish()

    def test_plain_text(self):
        call = h2.headers(1, h2.call_fields(INFO)) + h2.data(1, EMPTY, end=True)
        with self.attack():
            for _ in range(100 * SCALE):
                self.say(h2.PREFACE, h2.settings({}), call)
                self.say(b"GET / HTTP/1.1\r\n\r\n")

    def test_client_hello_in_part(self):
        hello = client_hello()
        with self.attack():
            for size in range(len(hello)):
                self.say(hello[:size])

    def test_client_hello_that_changed(self):
        source = random.Random(SEED)
        hello = client_hello()
        with self.attack():
            for _ in range(300 * SCALE):
                spoiled = bytearray(hello)
                for _ in range(source.choice((1, 2, 8))):
                    spoiled[source.randrange(len(spoiled))] = source.randrange(256)
                self.say(bytes(spoiled))

    def test_garbage(self):
        source = random.Random(SEED)
        with self.attack():
            for _ in range(200 * SCALE):
                self.say(source.randbytes(source.randrange(1, 3000)))
                self.say(b"\x16\x03\x01\xff\xff", source.randbytes(3000))

    def test_garbage_after_the_handshake(self):
        with self.attack():
            for _ in range(50 * SCALE):
                with contextlib.suppress(OSError), self.connect(tls=self.tls) as connection:
                    with contextlib.closing(connection.socket.unwrap()) as bare:
                        bare.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))

    def test_handshakes_that_stop(self):
        hello = client_hello()
        with self.attack():
            silent = [self.enterContext(self.connect(greeting=hello[:size]))
                      for size in (0, 5, 100, len(hello)) for _ in range(50 * SCALE)]
            self.assertTrue(answers(self.address, tls=self.tls))
            time.sleep(SCALE)
            for connection in silent:
                connection.close()

    def test_handshakes_without_calls(self):
        with self.attack():
            for _ in range(200 * SCALE):
                with self.connect(tls=make_context()):
                    pass

    def test_other_versions_and_protocols(self):
        old = make_context(minimum_version=ssl.TLSVersion.TLSv1_2,
                           maximum_version=ssl.TLSVersion.TLSv1_2)
        with self.attack():
            self.assertTrue(answers(self.address, tls=old))
            for protocols in ((), ("http/1.1",), ("grpc-exp",), ("x" * 255,)):
                answers(self.address, seconds=2, tls=make_context(protocols))


if __name__ == "__main__":
    if "--tls_cert" in subprocess.run([BINARY, "--help"], capture_output=True, text=True).stdout:
        main()
