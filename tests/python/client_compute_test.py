# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What the Python client computes, over each transport."""

import base64
import copy
import inspect
import json
import pickle
import typing

import detloss
import grpc
import numpy as np

import client_case
from client_case import PREDICTION, TARGET, GRADIENT, LOSS, ServerTest, giou


def golden_cases():
    """Cases whose tensors are bytes, and which the server computes."""
    for path in sorted(client_case.GOLDEN.glob("*.json")):
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

    def test_numbers_of_python(self):
        client = self.connect()
        for prediction, target in (([[0, 0, 2, 2]], [[1, 1, 3, 3]]), (PREDICTION, [[1, 1, 3, 3]])):
            result = client.compute(detloss.giou(prediction, target, weight=[1]))
            np.testing.assert_allclose(result.gradient, GRADIENT, rtol=1e-6)
        term = detloss.cross_entropy([[0, 0]], [1], scale=np.array(2.0), class_weights=(1, 1))
        self.assertAlmostEqual(float(client.compute(term).loss), 2 * np.log(2), 12)
        for weight in (3, np.float32(3), np.array(3.0), [3], np.array([3.0])):
            term = detloss.binary_cross_entropy([0.0], [1.0], positive_weight=weight)
            self.assertAlmostEqual(float(client.compute(term).loss), 3 * np.log(2), 12)
        with self.assertRaisesRegex(detloss.InvalidRequestError, "got INT64"):
            client.compute(detloss.giou(np.array([[0, 0, 2, 2]]), TARGET))

    def test_results_travel_between_processes(self):
        client = self.connect()
        results = client.compute([giou(statistics=True), giou(reduction="none", gradient=False)])
        for copied in (pickle.loads(pickle.dumps(results)), copy.deepcopy(results)):
            self.assertEqual(copied[0].gradient.tolist(), GRADIENT)
            self.assertEqual(copied[0].statistics, results[0].statistics)
            self.assertEqual(copied[1].loss.tolist(), results[1].loss.tolist())
            self.assertEqual(copied.timing, results.timing)
        for message in (client.server_info(), client.list_losses()[0], results[0].statistics):
            copied = pickle.loads(pickle.dumps(message))
            self.assertEqual(copied, message)
            self.assertIs(type(copied), type(message))

    def test_annotations_resolve(self):
        for function in (detloss.connect, detloss.giou, detloss.Client.compute):
            self.assertIn("return", typing.get_type_hints(function))

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

if __name__ == "__main__":
    client_case.main()
