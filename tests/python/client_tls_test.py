# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The Python client with certificates on both sides."""

import asyncio
import tempfile
import unittest

import detloss
import detloss.aio

import client_case
from client_case import LOSS, TRANSPORTS, ServerTest, certificates, giou, servers


class TlsTest(unittest.TestCase):
    def test_both_sides_show_certificates(self):
        with tempfile.TemporaryDirectory() as directory:
            authority = certificates.Authority(directory)
            (server_pem, server_key), (pem, key) = map(authority.issue, ("server", "client"))
            ca = authority.certificate
            with servers.serving(ServerTest.detlossd, f"--tls_cert={server_pem}",
                                 f"--tls_key={server_key}", f"--tls_client_ca={ca}") as address:
                self._check(address, detloss.TlsOptions.read(ca, pem, key),
                            detloss.TlsOptions.read(ca))
        with self.assertRaisesRegex(ValueError, "certificate and key"):
            detloss.TlsOptions(certificate=b"x")

    def _check(self, address, known, unknown):
        for transport in TRANSPORTS:
            with detloss.connect(address, tls=known, transport=transport) as client:
                self.assertEqual(float(client.compute(giou()).loss), LOSS)
            for tls in (None, unknown, detloss.TlsOptions()):
                with detloss.connect(address, tls=tls, transport=transport,
                                     attempts_max=1, timeout=10) as client:
                    with self.assertRaises(detloss.Error):
                        client.compute(giou())
        self.assertNotIn("BEGIN", repr(known))

        async def call():
            async with detloss.aio.Client(address, tls=known) as client:
                return float((await client.compute(giou())).loss)
        self.assertEqual(asyncio.run(call()), LOSS)

if __name__ == "__main__":
    client_case.main()
