# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The functions of detloss.torch beside their namesakes of torchvision and torch.

Usage: torch_test.py DETLOSSD.
"""

import itertools
import pathlib
import pickle
import sys
import unittest
import warnings

try:
    import torch
    import torch.nn.functional as F
    from torchvision import ops
except ImportError as error:
    print(f"skipped: {error}; the packages are python3-torch and python3-torchvision")
    sys.exit(77)  # CTest's SKIP_RETURN_CODE

import detloss
import detloss.torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "golden"))
import servers  # noqa: E402

REDUCTIONS = ("none", "mean", "sum")
BOX_LOSSES = ("generalized_box_iou_loss", "distance_box_iou_loss", "complete_box_iou_loss")

# Of values and gradients, relative to the largest: what roundings of the type may cost.
TOLERANCES = {torch.float64: 1e-13, torch.float32: 1e-5, torch.float16: 4e-3, torch.bfloat16: 3e-2}


def boxes(count, dtype=torch.float64):
    corner = torch.rand(count, 2, dtype=dtype) * 1.5
    return torch.cat([corner, corner + 0.25 + 1.75 * torch.rand(count, 2, dtype=dtype)], dim=1)


class TorchTest(unittest.TestCase):
    detlossd = ""

    @classmethod
    def setUpClass(cls):
        server = servers.serving(cls.detlossd)
        detloss.torch.set_default_client(detloss.connect(server.__enter__()))
        cls.addClassCleanup(server.__exit__, None, None, None)

    def setUp(self):
        torch.manual_seed(1)

    def check(self, ours, theirs, *inputs):
        """The same loss, and gradients by all inputs that want them, for a random upstream. Half
        precision, which torch does not compute everywhere, is compared with single."""
        dtype = inputs[0].dtype
        results = []
        single = dtype if torch.finfo(dtype).bits > 16 else torch.float32
        for function, of in ((ours, dtype), (theirs, single)):
            copies = [x.detach().clone().to(of).requires_grad_(x.requires_grad) for x in inputs]
            loss = function(*copies)
            torch.manual_seed(2)
            loss.backward(torch.rand(loss.shape).to(loss.dtype))
            results.append([loss.detach(), *(c.grad for c in copies if c.requires_grad)])
        tolerance = TOLERANCES[dtype]
        for mine, other in zip(*results):
            self.assertEqual((mine.dtype, mine.shape), (dtype, other.shape))
            scale = max(1, float(other.double().abs().max())) if other.numel() else 1
            difference = (mine.double() - other.double()).abs()
            self.assertFalse(bool((difference > tolerance * scale).any()),
                             f"{difference.max()} of {scale}")

    def test_boxes(self):
        for name, reduction, dtype in itertools.product(BOX_LOSSES, REDUCTIONS,
                                                        (torch.float64, torch.float32)):
            with self.subTest(name, reduction=reduction, dtype=dtype):
                self.check(lambda a, b: getattr(detloss.torch, name)(a, b, reduction),
                           lambda a, b: getattr(ops, name)(a, b, reduction),
                           boxes(50, dtype).requires_grad_(), boxes(50, dtype).requires_grad_())

    def test_sigmoid_focal_loss(self):
        for dtype, reduction, (alpha, gamma) in itertools.product(
                TOLERANCES, REDUCTIONS, ((0.25, 2), (-1, 2), (0.6, 1.5))):
            with self.subTest(dtype=dtype, reduction=reduction, alpha=alpha):
                target = torch.randint(0, 2, (6, 5)).to(dtype)
                self.check(*(lambda x, f=f: f(x, target.to(x.dtype), alpha, gamma, reduction)
                             for f in (detloss.torch.sigmoid_focal_loss, ops.sigmoid_focal_loss)),
                           torch.randn(6, 5).to(dtype).requires_grad_())

    def test_cross_entropy(self):
        index, deep = torch.randint(0, 5, (6,)), torch.randint(0, 5, (6, 2, 3))
        index[2] = deep[1, 1, 1] = -100
        weight = torch.rand(5, dtype=torch.float64) + 0.1
        for reduction, weighted, smoothing in itertools.product(REDUCTIONS, (None, weight),
                                                                (0.0, 0.2)):
            options = {"weight": weighted, "label_smoothing": smoothing, "reduction": reduction}
            for shape, target in (((6, 5), index), ((6, 5, 2, 3), deep), ((5,), index[0]),
                                  ((6, 5), torch.rand(6, 5, dtype=torch.float64)),
                                  ((6, 5, 2, 3), torch.rand(6, 5, 2, 3, dtype=torch.float64))):
                with self.subTest(shape=shape, dtype=target.dtype, **options):
                    self.check(*(lambda x, f=f: f(x, target, **options)
                                 for f in (detloss.torch.cross_entropy, F.cross_entropy)),
                               torch.randn(shape, dtype=torch.float64).requires_grad_())

    def test_binary_cross_entropy(self):
        target = torch.rand(4, 3, 5, dtype=torch.float64)
        weight = torch.rand(3, 1, dtype=torch.float64)
        for reduction, pos_weight, w in itertools.product(
                REDUCTIONS, (None, torch.tensor([2.0]).double(), torch.rand(5).double(),
                             torch.rand(3, 1).double()), (None, weight)):
            with self.subTest(reduction=reduction, pos_weight=pos_weight, weight=w):
                self.check(*(lambda x, f=f: f(x, target, weight=w, pos_weight=pos_weight,
                                              reduction=reduction)
                             for f in (detloss.torch.binary_cross_entropy_with_logits,
                                       F.binary_cross_entropy_with_logits)),
                           torch.randn(4, 3, 5, dtype=torch.float64).requires_grad_())
        with self.assertRaisesRegex(ValueError, "one axis"):
            detloss.torch.binary_cross_entropy_with_logits(target, target,
                                                           pos_weight=torch.rand(3, 5))

    def test_regression(self):
        functions = (("l1_loss", {}), ("mse_loss", {}), ("smooth_l1_loss", {}),
                     ("smooth_l1_loss", {"beta": 0.3}), ("smooth_l1_loss", {"beta": 0.0}))
        for (name, options), reduction, dtype in itertools.product(functions, REDUCTIONS,
                                                                   TOLERANCES):
            with self.subTest(name, reduction=reduction, dtype=dtype, **options):
                self.check(*(lambda x, y, f=f: f(x, y, reduction=reduction, **options)
                             for f in (getattr(detloss.torch, name), getattr(F, name))),
                           torch.randn(4, 3).to(dtype).requires_grad_(),
                           torch.randn(4, 3).to(dtype).requires_grad_())

    def test_shapes_that_are_broadcast(self):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.check(detloss.torch.mse_loss, F.mse_loss,
                       torch.randn(4, 1, 3).double().requires_grad_(),
                       torch.randn(2, 1).double().requires_grad_())
        self.assertEqual(len(caught), 2)
        with self.assertRaises(ValueError):
            detloss.torch.sigmoid_focal_loss(torch.zeros(2, 3), torch.zeros(3))

    def test_weights_of_regression(self):
        x, y, w = (torch.rand(3, 4, dtype=torch.float64) for _ in range(3))
        squares = (x - y) ** 2 * w
        self.assertTrue(torch.allclose(detloss.torch.mse_loss(x, y, weight=w),
                                       squares.sum() / w.sum()))
        self.assertTrue(torch.allclose(detloss.torch.mse_loss(x, y, weight=w, reduction="none"),
                                       squares))
        with self.assertRaisesRegex(ValueError, "weight: must sum to more than 0"):
            detloss.torch.mse_loss(x, y, weight=torch.zeros(4))

    def test_what_torch_refuses(self):
        x = torch.zeros(2, 3)
        with self.assertRaisesRegex(ValueError, "alpha"):
            detloss.torch.sigmoid_focal_loss(x, x, alpha=-0.5)
        with self.assertRaisesRegex(ValueError, "ignore_index"):
            detloss.torch.cross_entropy(x, x, ignore_index=1)

    def test_strides_and_views(self):
        whole = torch.randn(5, 8, dtype=torch.float64)
        for x in (whole.t(), whole[:, ::2], whole[1:, 3:], whole.expand(3, 5, 8), whole.flip(0)):
            target = torch.rand(x.shape, dtype=torch.float64)
            self.check(*(lambda x, f=f: f(x, target, reduction="sum")
                         for f in (detloss.torch.sigmoid_focal_loss, ops.sigmoid_focal_loss)),
                       x.detach().requires_grad_())

    def test_nothing(self):
        empty = torch.zeros(0, 4, requires_grad=True)
        for name in BOX_LOSSES:
            loss = getattr(detloss.torch, name)(empty, empty.detach(), reduction="mean")
            loss.backward()
            self.assertEqual((loss.item(), empty.grad.shape), (0, (0, 4)))

    def test_gradcheck(self):
        logits = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
        soft, index = torch.rand(4, 3, dtype=torch.float64), torch.tensor([0, 2, -100, 1])
        a, b = boxes(5).requires_grad_(), boxes(5).requires_grad_()
        module = detloss.torch
        for reduction in REDUCTIONS:
            for function, inputs in (
                    (lambda x: module.sigmoid_focal_loss(x, soft, reduction=reduction), [logits]),
                    (lambda x: module.cross_entropy(x, index, reduction=reduction), [logits]),
                    (lambda x: module.cross_entropy(x, soft, reduction=reduction), [logits]),
                    (lambda x: module.binary_cross_entropy_with_logits(
                        x, soft, reduction=reduction), [logits]),
                    (lambda x, y: module.l1_loss(x, y, reduction=reduction), [a, b]),
                    (lambda x, y: module.mse_loss(x, y, reduction=reduction), [a, b]),
                    (lambda x, y: module.smooth_l1_loss(x, y, reduction=reduction), [a, b]),
                    (lambda x, y: module.generalized_box_iou_loss(x, y, reduction), [a, b]),
                    (lambda x, y: module.distance_box_iou_loss(x, y, reduction), [a, b])):
                self.assertTrue(torch.autograd.gradcheck(function, inputs))

    def test_gradcheck_of_ciou_with_its_alpha_held(self):
        """The weight alpha of CIoU is a constant for its gradient, so that differences of the loss
        are no derivative, in torchvision neither. Those of its parts with alpha held are."""
        a, b = boxes(5).requires_grad_(), boxes(5)
        for losses in (detloss.torch, ops):
            with self.assertRaises(RuntimeError):
                torch.autograd.gradcheck(lambda x: losses.complete_box_iou_loss(x, b), [a])

        def aspect(x):
            ratio = [torch.atan((c[:, 2] - c[:, 0]) / (c[:, 3] - c[:, 1])) for c in (b, x)]
            return 4 / torch.pi ** 2 * (ratio[0] - ratio[1]) ** 2

        with torch.no_grad():
            alpha = ((detloss.torch.complete_box_iou_loss(a, b)
                      - detloss.torch.distance_box_iou_loss(a, b)) / aspect(a))
        ours = torch.autograd.grad(detloss.torch.complete_box_iou_loss(a, b, "sum"), a)[0]
        held = torch.autograd.grad(
            (detloss.torch.distance_box_iou_loss(a, b) + alpha * aspect(a)).sum(), a)[0]
        self.assertTrue(torch.allclose(ours, held, atol=1e-6))

    def test_a_batch_of_losses(self):
        logits = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
        labels = torch.tensor([0, 2, -1, 1, 3, 0])
        a, b = boxes(6).requires_grad_(), boxes(6).requires_grad_()
        weight = torch.rand(6, dtype=torch.float64)
        upstream = torch.tensor([2.0, 3.0])
        losses = detloss.torch.compute({
            "class": detloss.sigmoid_focal(logits, labels, reduction="sum", scale=0.5),
            "box": detloss.giou(a, b, weight=weight, reduction="none"),
            "image": detloss.l2(a, b.detach(), reduction="sum", segment_offsets=[0, 2, 6])})
        self.assertEqual(list(losses), ["class", "box", "image"])
        (losses["class"] + losses["box"].sum() + (losses["image"] * upstream).sum()).backward()
        ours = [logits.grad, a.grad, b.grad]
        one_hot = F.one_hot(torch.where(labels < 0, 3, labels), 4)[:, :3].double()
        logits.grad = a.grad = b.grad = None
        squares = ((a - b.detach()) ** 2).sum(1)
        (0.5 * ops.sigmoid_focal_loss(logits, one_hot, reduction="sum")
         + (weight * ops.generalized_box_iou_loss(a, b)).sum()
         + 2 * squares[:2].sum() + 3 * squares[2:].sum()).backward()
        for mine, theirs in zip(ours, [logits.grad, a.grad, b.grad]):
            self.assertTrue(torch.allclose(mine, theirs, atol=1e-6))

    def test_a_second_backward(self):
        x = torch.randn(5, requires_grad=True)
        loss = detloss.torch.l1_loss(x, torch.zeros(5), reduction="sum")
        loss.backward(retain_graph=True)
        x.grad.zero_()
        loss.backward()
        self.assertEqual(x.grad.tolist(), x.detach().sign().tolist())
        first, = torch.autograd.grad(detloss.torch.mse_loss(x, torch.zeros(5)), x,
                                     create_graph=True)
        with self.assertRaisesRegex(RuntimeError, "differentiate twice|does not require grad"):
            first.sum().backward()

    def test_what_has_no_gradient_says_so(self):
        x = torch.zeros(3, requires_grad=True)
        with self.assertRaisesRegex(ValueError, "target of sigmoid_focal requires a gradient"):
            detloss.torch.sigmoid_focal_loss(x, x)
        with self.assertRaisesRegex(ValueError, "weight of l1 requires a gradient"):
            detloss.torch.compute({"a": detloss.l1(x, x, weight=x)})
        with torch.no_grad():
            self.assertFalse(detloss.torch.sigmoid_focal_loss(x, x).requires_grad)
        weight = torch.ones(3, requires_grad=True)
        with self.assertRaisesRegex(ValueError, "pos_weight: requires a gradient"):
            detloss.torch.binary_cross_entropy_with_logits(x, x.detach(), pos_weight=weight)
        with self.assertRaisesRegex(ValueError, "weight: requires a gradient"):
            detloss.torch.cross_entropy(x, torch.tensor(1), weight=weight)
        with self.assertRaisesRegex(ValueError, "eps: must be"):
            detloss.torch.generalized_box_iou_loss(x, x, eps=1e-3)
        with self.assertRaisesRegex(TypeError, "a: the target must be a tensor"):
            detloss.torch.compute({"a": detloss.l1(x, [1.0])})
        with self.assertRaisesRegex(TypeError, "prediction: must be of float32"):
            detloss.torch.compute({"a": detloss.l1(torch.zeros(2, dtype=torch.complex64), x)})

    def test_what_is_not_used_gives_no_gradient(self):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        losses = detloss.torch.compute({
            "a": detloss.l2(x, torch.zeros(2), reduction="sum"),
            "b": detloss.l2(x, torch.tensor([float("nan"), 0]))})
        losses["a"].backward()
        self.assertEqual(x.grad.tolist(), [2, 4])

    def test_float16_gradients_are_scaled_before_they_are_rounded(self):
        x = torch.linspace(-3, 3, 10000).half().requires_grad_()
        target = torch.zeros(10000, dtype=torch.float16)
        (1024 * detloss.torch.binary_cross_entropy_with_logits(x, target)).backward()
        expected = 1024 * torch.sigmoid(x.detach().float()) / 10000
        self.assertTrue(torch.allclose(x.grad.float(), expected, rtol=1e-3))
        self.assertEqual(x.grad.dtype, torch.float16)

    def test_autocast_computes_in_single_precision(self):
        x = torch.randn(4, 3).bfloat16().requires_grad_()
        y = torch.rand(4, 3).bfloat16()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            for losses in (detloss.torch, F):
                self.assertEqual(losses.mse_loss(x, y).dtype, torch.float32)
                self.assertEqual(losses.smooth_l1_loss(x, y).dtype, torch.float32)
                self.assertEqual(losses.cross_entropy(x, torch.zeros(4).long()).dtype,
                                 torch.float32)

    def test_boxes_are_broadcast(self):
        for name in BOX_LOSSES:
            self.check(getattr(detloss.torch, name), getattr(ops, name),
                       boxes(5).requires_grad_(), boxes(1).requires_grad_())

    def test_segments_of_a_row_of_its_own(self):
        box = boxes(1)[0].requires_grad_()
        loss = detloss.torch.compute({"a": detloss.giou(
            box, boxes(1)[0], reduction="sum", segment_offsets=[0, 1])})["a"]
        (2 * loss).sum().backward()
        self.assertEqual(box.grad.shape, (4,))
        with self.assertRaisesRegex(ValueError, "segment_offsets: must begin with 0"):
            detloss.torch.compute({"a": detloss.l1(box, box, segment_offsets=[])})

    def test_losses_are_changed_in_place(self):
        for loss in (detloss.torch.sigmoid_focal_loss, detloss.torch.generalized_box_iou_loss):
            a, b = boxes(4).requires_grad_(), boxes(4).clamp(0, 1)
            for reduction in REDUCTIONS:
                out = loss(a, b, reduction=reduction)
                expected, = torch.autograd.grad((2 * loss(a, b, reduction=reduction)).sum(), a)
                out *= 2
                gradient, = torch.autograd.grad(out.sum(), a)
                self.assertTrue(torch.equal(gradient, expected))

    def test_one_term(self):
        x = torch.randn(3, requires_grad=True)
        detloss.torch.compute(detloss.l1(x, x.detach() + 1, name="here")).backward()
        self.assertTrue(torch.allclose(x.grad, torch.full((3,), -1 / 3)))
        with self.assertRaisesRegex(TypeError, "terms: must be a term or a mapping"):
            detloss.torch.compute([detloss.l1(x, x)])

    def test_what_is_no_tensor_of_a_term_has_no_gradient_either(self):
        x, scale = torch.randn(3), torch.tensor(2.0, requires_grad=True)
        for options in ({"scale": scale}, {"normalizer": scale}):
            with self.assertRaisesRegex(ValueError, next(iter(options))):
                detloss.torch.compute(detloss.l1(x, x, **options))
        with self.assertRaisesRegex(ValueError, "gamma"):
            detloss.torch.SigmoidFocalLoss(gamma=scale)(x, x)
        with self.assertRaisesRegex(ValueError, "class_weights of cross_entropy"):
            detloss.torch.compute(detloss.cross_entropy(x, torch.tensor(0),
                                                        class_weights=[1.0, 1.0, scale]))
        with torch.no_grad():
            detloss.torch.compute(detloss.l1(x, x, scale=scale))

    def test_types_are_promoted(self):
        a, b = boxes(3, torch.float32), boxes(3, torch.float64)
        for pair in ((a, b), (b, a)):
            loss = detloss.torch.generalized_box_iou_loss(*pair)
            self.assertEqual(loss.dtype, torch.float64)
            self.assertTrue(torch.allclose(
                loss, ops.generalized_box_iou_loss(*(tensor.double() for tensor in pair))))
        logits, target = torch.randn(3, 4), torch.rand(3, 4, dtype=torch.float64).softmax(-1)
        self.assertEqual(detloss.torch.cross_entropy(logits, target).dtype,
                         F.cross_entropy(logits, target).dtype)

    @unittest.skipUnless(hasattr(torch, "compiler"), "torch has no compiler yet")
    def test_compiled(self):
        x, target = torch.randn(5, requires_grad=True), torch.rand(5)
        def function(x):
            return 3 * detloss.torch.sigmoid_focal_loss(2 * x, target, reduction="sum")
        expected = torch.autograd.grad(function(x), x)
        found = torch.autograd.grad(torch.compile(function, backend="eager")(x), x)
        self.assertTrue(torch.equal(*found, *expected))

    def test_autocast(self):
        x, target = torch.randn(3, dtype=torch.bfloat16), torch.rand(3, dtype=torch.bfloat16)
        with torch.autocast("cpu", torch.bfloat16):
            self.assertEqual(detloss.torch.l1_loss(x, target).dtype, torch.float32)
        self.assertEqual(detloss.torch.l1_loss(x, target).dtype, torch.bfloat16)

    def test_modules(self):
        for loss in detloss._losses.__all__:
            self.assertTrue(any(name.lower() == loss.replace("_", "") + "loss"
                                for name in detloss.torch.__all__), loss)
        a, b, weight = boxes(4).requires_grad_(), boxes(4), torch.rand(4)
        module = detloss.torch.GIoULoss(reduction="sum", convention="torchvision")
        self.assertEqual(repr(module), "GIoULoss(convention='torchvision', reduction='sum')")
        self.assertTrue(torch.allclose(
            module(a, b, weight),
            (weight * ops.generalized_box_iou_loss(a, b)).sum()))
        for wrong in ({"gamma": 2}, {"weight": weight}, {"target": b}, {"options": 3}):
            with self.assertRaisesRegex(TypeError, next(iter(wrong))):
                detloss.torch.GIoULoss(**wrong)

    def test_modules_are_pickled_and_have_no_state(self):
        module = pickle.loads(pickle.dumps(detloss.torch.SigmoidFocalLoss(gamma=1.5)))
        self.assertEqual(repr(module), "SigmoidFocalLoss(gamma=1.5)")
        self.assertEqual(module.state_dict(), {})

    def test_one_call_carries_loss_and_gradient(self):
        calls = []

        class Counting:
            def compute(self, terms, client=detloss.torch._autograd._default_client):
                calls.append([(term.name, term.gradient) for term in terms])
                return client.compute(terms)

        x = torch.randn(3, requires_grad=True)
        sum(detloss.torch.compute({"a": detloss.l1(x, x.detach() + 1),
                                   "b": detloss.l2(x, x.detach())}, client=Counting()).values()
            ).backward()
        with torch.no_grad():
            detloss.torch.compute({"a": detloss.l1(x, x)}, client=Counting())
            detloss.torch.compute(detloss.l1(x, x, name="c"), client=Counting())
        self.assertEqual(calls, [[("a", True), ("b", True)], [("a", False)], [("c", False)]])

    def test_no_client(self):
        client = detloss.torch._autograd._default_client
        self.addCleanup(detloss.torch.set_default_client, client)
        detloss.torch.set_default_client(None)
        with self.assertRaisesRegex(RuntimeError, "set_default_client"):
            detloss.torch.l1_loss(torch.zeros(1), torch.zeros(1))


if __name__ == "__main__":
    TorchTest.detlossd = sys.argv[1]
    unittest.main(argv=sys.argv[:1], verbosity=1)
