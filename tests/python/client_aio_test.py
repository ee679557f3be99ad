# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The Python client for asyncio."""

import asyncio

import detloss
import detloss.aio
import numpy as np

import client_case
from client_case import GRADIENT, LOSS, ServerTest, giou


class AioTest(ServerTest):
    def run_with_client(self, use, *arguments, **options):
        async def run():
            async with detloss.aio.Client(*arguments or (self.addresses["open"],),
                                          **options) as client:
                return await use(client)
        return asyncio.run(run())

    def test_calls(self):
        async def use(client):
            results = await asyncio.gather(*(client.compute(giou(scale=i)) for i in range(1, 30)))
            self.assertEqual([float(r.loss) for r in results],
                             [np.float32(LOSS * i) for i in range(1, 30)])
            both = await client.compute([giou(), giou(name="b")])
            self.assertEqual(both["b"].gradient.tolist(), GRADIENT)
            self.assertTrue(await client.is_serving())
            self.assertGreater(len(await client.list_losses()), 10)
            self.assertGreater((await client.server_info()).limits.terms_max, 0)
        self.run_with_client(use)

    def test_errors(self):
        async def use(client):
            with self.assertRaises(detloss.InvalidRequestError) as caught:
                await client.compute(giou(scale=float("nan")))
            self.assertEqual(caught.exception.field_violations[0].field, "terms[0].scale")
            with self.assertRaises(detloss.DeadlineExceededError):
                await client.compute(giou(), timeout=1e-6)
        self.run_with_client(use)

        async def full(client):
            with self.assertRaises(detloss.Error) as caught:
                await client.compute(giou())
            self.assertEqual(caught.exception.reason, "OVERLOADED")
        self.run_with_client(full, self.addresses["full"], attempts_max=3)

    def test_nobody_listens(self):
        async def use(client):
            self.assertFalse(await client.is_serving())
            with self.assertRaises(detloss.UnavailableError):
                await client.compute(giou())
        self.run_with_client(use, "127.0.0.1:1", attempts_max=2)

if __name__ == "__main__":
    client_case.main()
