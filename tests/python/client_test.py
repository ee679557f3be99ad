# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The Python client against real servers, over each transport that there is.

Usage: client_test.py DETLOSSD.
"""

import asyncio
import base64
import gc
import inspect
import json
import os
import pathlib
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import weakref

import detloss
import detloss.aio
import grpc
import numpy as np

_GOLDEN = pathlib.Path(__file__).parent.parent / "golden"
sys.path[:0] = [str(_GOLDEN), str(_GOLDEN.parent / "soak")]
import certificates  # noqa: E402
import servers  # noqa: E402

try:
    import detloss_native  # noqa: F401
    TRANSPORTS = ("grpcio", "native")
except ImportError:
    TRANSPORTS = ("grpcio",)

PREDICTION, TARGET = np.float32([[0, 0, 2, 2]]), np.float32([[1, 1, 3, 3]])
LOSS = 1.0793651342391968
GRADIENT = [[-0.07785336673259735, -0.07785336673259735, -0.23356010019779205,
             -0.23356010019779205]]


_FORKS_AND_EXITS = """
import os, sys, detloss
client = detloss.connect(sys.argv[2], transport=sys.argv[1])
client.compute(detloss.l1([1.0], [2.0]))
child = os.fork()
if child == 0:
    client.compute(detloss.l1([1.0], [2.0]))
    sys.exit(7)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

_ENDS_IN_A_CALL = """
import sys, threading, time, detloss
client = detloss.connect(sys.argv[3], transport=sys.argv[1])
threading.Thread(target=client.compute, args=(detloss.l1([1.0], [2.0]),), daemon=True).start()
time.sleep(0.5)
"""


def giou(**options):
    return detloss.giou(PREDICTION, TARGET, **options)


def golden_cases():
    """Cases whose tensors are bytes, and which the server computes."""
    for path in sorted(_GOLDEN.glob("*.json")):
        for case in json.loads(path.read_text()):
            if (case["method"] == "ComputeLoss" and "responses" in case
                    and case.get("server", "open") == "open" and "VALUES" not in str(case)):
                yield case


def raw_tensor(tensor):
    return detloss._tensor.RawTensor(
        tensor["data_type"][len("DATA_TYPE_"):].lower(), tuple(map(int, tensor.get("shape", ()))),
        base64.b64decode(tensor.get("data", "")))


def plain(value):
    """A value as a caller of the client writes it."""
    if isinstance(value, str):
        for prefix in ("REDUCTION_", "NON_FINITE_POLICY_", "BOX_FORMAT_", "CONVENTION_",
                       "IOU_MODE_"):
            if value.startswith(prefix):
                return value[len(prefix):].lower()
        return int(value) if value.lstrip("-").isdigit() else value
    return [plain(one) for one in value] if isinstance(value, list) else value


def term_of(described):
    """A golden term, through the function of its loss."""
    loss, = (name for name in detloss._losses.__all__ if name in described)
    options = {name: plain(value) for name, value in described.items()
               if name not in ("prediction", "target", "weight", loss)}
    if "weight" in described:
        options["weight"] = raw_tensor(described["weight"])
    parameters = {name: plain(value) for name, value in described[loss].items()}
    return getattr(detloss, loss)(raw_tensor(described["prediction"]),
                                  raw_tensor(described["target"]), **parameters, **options)


class ServerTest(unittest.TestCase):
    detlossd = ""

    @classmethod
    def setUpClass(cls):
        everything = servers.all_servers(cls.detlossd)
        cls.addresses = everything.__enter__()
        cls.addClassCleanup(everything.__exit__, None, None, None)

    def connect(self, address=None, **options):
        client = detloss.connect(address or self.addresses["open"], **options)
        self.addCleanup(client.close)
        return client

    def over_each_transport(self):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                yield self.connect(transport=transport)


class ComputeTest(ServerTest):
    def test_golden_requests_give_the_same_bits(self):
        for client in self.over_each_transport():
            count = 0
            for case in golden_cases():
                results = client.compute([term_of(t) for t in case["requests"][0]["terms"]])
                expected = case["responses"][0].get("results", [])
                self.assertEqual(len(results), len(expected), case["name"])
                for result, one in zip(results, expected):
                    self.assertEqual(result.raw_loss, raw_tensor(one["loss"]), case["name"])
                    if "gradient" in one:
                        self.assertEqual(result.raw_gradient, raw_tensor(one["gradient"]),
                                         case["name"])
                    else:
                        self.assertIsNone(result.gradient)
                count += 1
            self.assertGreater(count, 200)

    def test_one_term(self):
        for client in self.over_each_transport():
            result = client.compute(giou(name="boxes", statistics=True))
            self.assertEqual(result.name, "boxes")
            self.assertEqual(result.loss.shape, ())
            self.assertEqual(float(result.loss), LOSS)
            self.assertEqual(result.gradient.tolist(), GRADIENT)
            self.assertEqual(result.gradient.dtype, np.float32)
            self.assertEqual((result.loss_sum, result.denominator), (LOSS, 1))
            self.assertEqual(result.statistics.element_count, 1)

    def test_several_terms(self):
        for client in self.over_each_transport():
            results = client.compute([giou(name="a"), giou(name="b", gradient=False, scale=2)])
            self.assertEqual([r.name for r in results], ["a", "b"])
            self.assertEqual(float(results["b"].loss), 2 * LOSS)
            self.assertIsNone(results[1].gradient)
            self.assertAlmostEqual(results.total_loss, 3 * LOSS)
            self.assertGreaterEqual(results.timing.execute_us, 0)
            with self.assertRaises(KeyError):
                results["c"]

    def test_results_alias_the_answer(self):
        for client in self.over_each_transport():
            result = client.compute(giou(reduction="none"))
            whole = np.frombuffer(result.raw_gradient.data.obj, np.uint8)
            self.assertTrue(np.shares_memory(result.gradient, whole))
            self.assertTrue(np.shares_memory(result.loss, whole))

    def test_large_tensors(self):
        logits = np.random.default_rng(1).standard_normal((1500, 1000)).astype(np.float32)
        labels = np.arange(1500) % 1000
        term = detloss.sigmoid_focal(logits, labels, reduction="sum")
        answers = [client.compute(term) for client in self.over_each_transport()]
        for answer in answers:
            self.assertEqual(answer.gradient.shape, logits.shape)
            self.assertEqual(answer.gradient.tobytes(), answers[0].gradient.tobytes())
            self.assertLess(answer.gradient[0, 0], 0)  # the positive of row 0

    def test_kinds_of_arrays(self):
        client = self.connect()
        expected = client.compute(giou()).gradient
        wide = np.zeros((1, 8), np.float32)
        wide[:, ::2] = PREDICTION
        for prediction in (PREDICTION.astype(">f4"), np.asfortranarray(PREDICTION), wide[:, ::2],
                           [[0.0, 0, 2, 2]], ((0.0, 0, 2, 2),)):
            result = client.compute(detloss.giou(prediction, TARGET))
            np.testing.assert_allclose(result.gradient, expected, rtol=1e-6)
        hard = np.array([[True, False]])
        for target in (hard, hard.astype(np.uint8), hard.astype(np.float16), [[1.0, 0.0]]):
            term = detloss.sigmoid_focal(np.float32([[1, 2]]), target)
            self.assertAlmostEqual(float(client.compute(term).loss), 0.62161, 5)
        for index in (np.int8, np.uint16, np.uint32, np.int64):
            term = detloss.cross_entropy(np.float32([[0, 0]]), np.zeros(1, index))
            self.assertAlmostEqual(float(client.compute(term).loss), np.log(2), 6)

    def test_bfloat16(self):
        client = self.connect()
        raw = detloss._tensor.RawTensor("bfloat16", (2,), b"\x80\x3f\x00\x40")
        result = client.compute(detloss.l2(raw, np.zeros(2, np.float32), reduction="sum"))
        self.assertEqual([float(g) for g in result.gradient], [2, 4])
        try:
            import ml_dtypes
        except ImportError:
            self.assertEqual(result.gradient.dtype, np.float32)
            return
        array = np.array([1, 2], ml_dtypes.bfloat16)
        result = client.compute(detloss.l2(array, np.zeros(2, np.float32), reduction="sum"))
        self.assertEqual(result.gradient.dtype, ml_dtypes.bfloat16)
        self.assertEqual(result.gradient.tolist(), [2, 4])

    def test_functions_are_the_losses_of_the_server(self):
        for loss in self.connect().list_losses():
            function = getattr(detloss, loss.name)
            named = [p for p in inspect.signature(function).parameters.values()
                     if p.kind is p.KEYWORD_ONLY]
            self.assertEqual([p.name for p in named], [p.name for p in loss.parameters])
            self.assertIn(loss.summary, function.__doc__)
            for parameter, described in zip(named, loss.parameters):
                self.assertIn(described.description, function.__doc__)
                default = "" if parameter.default is None else str(parameter.default)
                self.assertEqual(default, described.default_value.lower())

    def test_stubs_of_a_program_work_beside_the_package(self):
        try:
            from detloss.v1 import loss_service_pb2
        except ModuleNotFoundError as error:
            self.skipTest(str(error))
        with grpc.insecure_channel(self.addresses["open"]) as channel:
            data = channel.unary_unary("/detloss.v1.LossService/ListLosses")(b"")
        names = [loss.name for loss in loss_service_pb2.ListLossesResponse.FromString(data).losses]
        self.assertEqual(names, [loss.name for loss in self.connect().list_losses()])

    def test_server_info_and_health(self):
        client = self.connect()
        self.assertGreater(client.server_info().limits.terms_max, 0)
        self.assertTrue(client.is_serving())
        self.assertFalse(detloss.connect("127.0.0.1:1").is_serving())


class ErrorTest(ServerTest):
    def test_a_wrong_request(self):
        for client in self.over_each_transport():
            with self.assertRaises(detloss.InvalidRequestError) as caught:
                client.compute([giou(), detloss.sigmoid_focal([1.0], [1.0], gamma=-1, alpha=7)])
            error = caught.exception
            self.assertEqual(error.code, grpc.StatusCode.INVALID_ARGUMENT)
            self.assertEqual(error.reason, "PARAMETER_OUT_OF_RANGE")
            self.assertEqual([v.field for v in error.field_violations],
                             ["terms[1].sigmoid_focal.alpha", "terms[1].sigmoid_focal.gamma"])
            self.assertIn("must be in [0, 16], got -1", error.field_violations[1].description)
            self.assertIsNone(error.retry_delay)
            self.assertIsInstance(error, ValueError)
            again = pickle.loads(pickle.dumps(error))
            self.assertEqual((type(again), str(again), again.field_violations),
                             (type(error), str(error), error.field_violations))

    def test_what_cannot_be_sent_names_the_field(self):
        client = self.connect()
        for term, kind, text in (
                (giou(format="xyz"), ValueError, r"terms\[0\].giou.format: must be one of xyxy"),
                (giou(reduction="avg"), ValueError, r"terms\[0\].reduction: must be one of none"),
                (giou(scale="a"), TypeError, r"terms\[0\].scale: "),
                (detloss.l1(["a"], [1]), TypeError, r"terms\[0\].prediction: must hold numbers"),
                (detloss.smooth_l1([1.0], [1.0], beta="b"), TypeError,
                 r"terms\[0\].smooth_l1.beta: "),
                ("giou", TypeError, r"terms\[0\]: must be a term")):
            with self.assertRaisesRegex(kind, text):
                client.compute([term])
        with self.assertRaises(TypeError):
            detloss.giou(PREDICTION, TARGET, gamma=2)
        with self.assertRaisesRegex(ValueError, "timeout: must be greater than 0"):
            client.compute(giou(), timeout=float("nan"))
        with self.assertRaisesRegex(TypeError, "terms: must be a term or a list"):
            client.compute({"a": giou()})
        for options in ({"timeout": 0}, {"attempts_max": 0}, {"token": "a b"},
                        {"transport": "http"}, {"address": "a:1,b:1"},
                        {"timeout": float("inf")}, {"backoff_max": float("nan")}):
            with self.assertRaisesRegex(ValueError, list(options)[0]):
                detloss.connect(**options)

    def test_tokens(self):
        for transport in TRANSPORTS:
            address = self.addresses["tokens"]
            with self.assertRaises(detloss.Error) as caught:
                self.connect(address, transport=transport).compute(giou())
            self.assertEqual(caught.exception.reason, "UNAUTHENTICATED")
            client = self.connect(address, transport=transport, token="golden-list")
            self.assertGreater(len(client.list_losses()), 10)
            with self.assertRaises(detloss.Error) as caught:
                client.compute(giou())
            self.assertEqual(caught.exception.reason, "PERMISSION_DENIED")

    def test_a_full_server_is_asked_again_after_its_delay(self):
        for transport in TRANSPORTS:
            client = self.connect(self.addresses["full"], transport=transport, attempts_max=4,
                                  backoff_initial=0.001)
            start = time.monotonic()
            with self.assertRaises(detloss.Error) as caught:
                client.compute(giou())
            self.assertEqual(caught.exception.reason, "OVERLOADED")
            self.assertGreater(caught.exception.retry_delay, 0)
            self.assertGreaterEqual(time.monotonic() - start, 3 * caught.exception.retry_delay)

    def test_nobody_listens(self):
        for transport in TRANSPORTS:
            client = self.connect("127.0.0.1:1", transport=transport, attempts_max=2)
            with self.assertRaises(detloss.UnavailableError) as caught:
                client.compute(giou())
            self.assertIsInstance(caught.exception, ConnectionError)
            start = time.monotonic()
            with self.assertRaises(detloss.Error):
                self.connect("127.0.0.1:1", transport=transport, timeout=0.5).compute(giou())
            self.assertLess(time.monotonic() - start, 5)

    def test_the_timeout(self):
        for client in self.over_each_transport():
            with self.assertRaises(detloss.DeadlineExceededError) as caught:
                client.compute(giou(), timeout=1e-6)
            self.assertIsInstance(caught.exception, TimeoutError)

    def test_a_server_that_comes_back(self):
        for transport in TRANSPORTS:
            with tempfile.TemporaryDirectory() as directory:
                address = f"unix:{directory}/socket"
                client = self.connect(address, transport=transport)
                with servers.serving(self.detlossd, f"--listen={address}"):
                    client.compute(giou())
                timer = threading.Timer(0.3, self._serve_for_a_while, [address])
                timer.start()
                self.assertEqual(float(client.compute(giou()).loss), LOSS)
                timer.join()

    def _serve_for_a_while(self, address):
        with servers.serving(self.detlossd, f"--listen={address}"):
            time.sleep(2)


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


class ProcessTest(ServerTest):
    def test_threads_share_a_client(self):
        for client in self.over_each_transport():
            wrong = []

            def work(scale, client=client, wrong=wrong):
                for _ in range(50):
                    if float(client.compute(giou(scale=scale)).loss) != np.float32(LOSS * scale):
                        wrong.append(scale)

            threads = [threading.Thread(target=work, args=(2.0 ** i,)) for i in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(wrong, [])

    def test_where_forks_are_not_supported_children_say_so(self):
        script = ("import os, sys, grpc, detloss\n"
                  "client = detloss.connect(sys.argv[1], transport='grpcio')\n"
                  "client.is_serving()\n"
                  "child = os.fork()\n"
                  "if child == 0: client.is_serving()\n"
                  "os.waitpid(child, 0)\n")
        done = subprocess.run([sys.executable, "-B", "-c", script, self.addresses["open"]],
                              env={**os.environ, "GRPC_ENABLE_FORK_SUPPORT": "0"}, timeout=60,
                              stderr=subprocess.PIPE, text=True, check=False)
        self.assertIn("set GRPC_ENABLE_FORK_SUPPORT=1", done.stderr)

    @unittest.skipUnless(detloss._fork._supported, "forks are not supported")
    def test_forked_children_connect_anew(self):
        for client in self.over_each_transport():
            client.compute(giou())
            self.assertEqual([self._status_of_child(client) for _ in range(5)], [0] * 5)
            self.assertEqual(float(client.compute(giou()).loss), LOSS)

    @unittest.skipUnless(detloss._fork._supported, "forks are not supported")
    def test_forked_children_connect_anew_while_other_threads_call(self):
        allowed = {0}
        if grpc.__version__.startswith("1.51."):
            # Which now and then finds itself still in use in the child, and ends it.
            allowed.add(os.EX_USAGE << 8)
        for client in self.over_each_transport():
            client.compute(giou())
            over = threading.Event()

            def keep_calling(client=client, over=over):
                while not over.is_set():
                    client.compute(giou())

            thread = threading.Thread(target=keep_calling)
            thread.start()
            statuses = [self._status_of_child(client) for _ in range(3)]
            over.set()
            thread.join()
            self.assertLessEqual(set(statuses), allowed)
            self.assertEqual(float(client.compute(giou()).loss), LOSS)

    def _status_of_child(self, client):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                signal.alarm(60)  # ends a child that hangs
                status = int(float(client.compute(giou()).loss) != LOSS)
            finally:
                os._exit(status)
        return os.waitpid(child, 0)[1]

    def test_processes_end_well(self):
        """A forked child that exits as programs do, and a program that ends in the middle of a call
        of a daemon thread."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            for transport in TRANSPORTS:
                for script, status in ((_FORKS_AND_EXITS, 7), (_ENDS_IN_A_CALL, 0)):
                    if script == _FORKS_AND_EXITS and not detloss._fork._supported:
                        continue
                    done = subprocess.run(
                        [sys.executable, "-B", "-c", script, transport, self.addresses["open"],
                         f"127.0.0.1:{silent.getsockname()[1]}"],
                        timeout=60, stderr=subprocess.PIPE, text=True, check=False)
                    self.assertEqual(done.returncode, status, done.stderr)

    def test_arrays_are_given_back(self):
        for client in self.over_each_transport():
            array = np.zeros((1 << 16, 4), np.float32)
            client.compute(detloss.giou(array, array))
            gone = weakref.ref(array)
            del array
            gc.collect()
            self.assertIsNone(gone())

    def test_a_closed_client(self):
        for client in self.over_each_transport():
            with client:
                client.compute(giou())
            client.close()
            with self.assertRaisesRegex(ValueError, "closed"):
                client.compute(giou())

    def test_a_client_travels_as_its_options(self):
        for client in self.over_each_transport():
            with pickle.loads(pickle.dumps(client)) as copy:
                self.assertEqual(float(copy.compute(giou()).loss), LOSS)

    def test_interrupts_end_a_call(self):
        # Connections are made, and nothing comes.
        with socket.create_server(("127.0.0.1", 0)) as silent:
            for transport in TRANSPORTS:
                client = self.connect(f"127.0.0.1:{silent.getsockname()[1]}", transport=transport)
                threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
                start = time.monotonic()
                with self.assertRaises(KeyboardInterrupt):
                    client.compute(giou())
                self.assertLess(time.monotonic() - start, 15)


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
    ServerTest.detlossd = sys.argv[1]
    unittest.main(argv=sys.argv[:1], verbosity=1)
