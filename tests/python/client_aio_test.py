# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The Python client for asyncio."""

import asyncio
import contextlib
import pickle
import socket
import sys
import tempfile
import threading
import time
import unittest
import weakref
from concurrent import futures

import detloss
import detloss.aio
import grpc
import numpy as np
from detloss import _messages

import client_case
from client_case import GRADIENT, LOSS, ServerTest, giou, without_collector


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

    def test_the_delay_of_a_server_that_closes_the_connection_with_its_answer(self):
        async def use(client):
            await client.compute(giou())
        with tempfile.TemporaryDirectory() as directory, Refusing(f"unix:{directory}/a") as server:
            with self.assertRaises(detloss.UnavailableError):
                self.run_with_client(use, server.address, timeout=30, attempts_max=5,
                                     backoff_initial=0.001)
            first, second, *_ = server.times
            self.assertGreaterEqual(second - first, Refusing.DELAY)

    def test_closing(self):
        async def use(client):
            await client.close()
            with self.assertRaises(detloss.ClosedError):
                await client.compute(giou())
        self.run_with_client(use)

    @unittest.skipIf(sys.version_info < (3, 11), "a closed call is a cancelled one before 3.11")
    def test_closing_during_a_call(self):
        async def wait(client):
            call = asyncio.ensure_future(client.compute(giou()))
            await asyncio.sleep(0.2)
            self.assertFalse(call.done())
            await client.close()
            with self.assertRaises(detloss.ClosedError):
                await call
        with socket.create_server(("127.0.0.1", 0)) as silent:
            for address in ("127.0.0.1:1", f"127.0.0.1:{silent.getsockname()[1]}"):
                self.run_with_client(wait, address)

    def test_a_client_is_of_one_event_loop(self):
        client = detloss.aio.Client(self.addresses["open"])
        asyncio.run(client.compute(giou()))
        with self.assertRaisesRegex(RuntimeError, "belongs to the event loop"):
            asyncio.run(client.compute(giou()))

    def test_a_client_travels_as_its_options(self):
        async def use(client):
            await client.compute(giou())
            async with pickle.loads(pickle.dumps(client)) as copy:
                self.assertEqual(float((await copy.compute(giou())).loss), LOSS)
        self.run_with_client(use)

    def test_arrays_of_a_call_that_failed_are_given_back(self):
        async def use(client):
            array = np.zeros((1 << 16, 4), np.float32)
            with contextlib.suppress(detloss.InvalidRequestError):  # assertRaises clears frames
                await client.compute(detloss.giou(array, array, scale=float("nan")))
            gone = weakref.ref(array)
            del array
            self.assertIsNone(gone())
        with without_collector():
            self.run_with_client(use)

    def test_cancelling(self):
        async def cancel(client):
            call = asyncio.ensure_future(client.compute(giou()))
            await asyncio.sleep(0.2)
            call.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await call
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.run_with_client(cancel, f"127.0.0.1:{silent.getsockname()[1]}")


class Refusing:
    """A server that shuts down with each answer, and is back at once."""

    DELAY = 0.4

    def __init__(self, address):
        self.address, self.times, self._done = address, [], False
        self._start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._done = True
        self._restarting.join()
        self._server.stop(None).wait()

    def _start(self):
        self._server = grpc.server(futures.ThreadPoolExecutor(1))
        method = grpc.unary_unary_rpc_method_handler(self._refuse)
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(
            "detloss.v1.LossService", {"ComputeLoss": method}),))
        self._server.add_insecure_port(self.address)
        self._server.start()

    def _refuse(self, request, context):
        self.times.append(time.monotonic())
        details = [(_messages.ErrorInfo(reason="SHUTTING_DOWN"), "google.rpc.ErrorInfo"),
                   (_messages.RetryInfo(retry_delay={"nanos": int(self.DELAY * 1e9)}),
                    "google.rpc.RetryInfo")]
        status = _messages.Status(details=[
            {"type_url": f"type.googleapis.com/{name}", "value": message.SerializeToString()}
            for message, name in details])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        self._restarting = threading.Thread(target=self._restart)
        self._restarting.start()
        context.abort(grpc.StatusCode.UNAVAILABLE, "shutting down")

    def _restart(self):
        self._server.stop(grace=10).wait()
        if not self._done:
            self._start()


if __name__ == "__main__":
    client_case.main()
