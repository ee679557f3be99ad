# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The losses as functions of JAX: under jit, grad and vmap, beside the same losses in jax.numpy.

Usage: jax_test.py DETLOSSD.
"""

import dataclasses
import pathlib
import sys
import unittest

try:
    import jax
    import jax.numpy as jnp
except ImportError as error:
    print(f"skipped: {error}; pip install jax")
    sys.exit(77)  # CTest's SKIP_RETURN_CODE

import detloss
import detloss.jax
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "golden"))
import servers  # noqa: E402

jax.config.update("jax_enable_x64", True)

RANDOM = np.random.default_rng(1)
LOGITS, PROBABILITIES = RANDOM.standard_normal((6, 4)), RANDOM.random((6, 4))
INDICES = np.array([0, 3, 1, 1, 2, 0])


def cross_entropy(logits, reduction="mean"):
    rows = -jnp.take_along_axis(jax.nn.log_softmax(logits), INDICES[:, None], 1)[:, 0]
    return {"mean": rows.mean(), "sum": rows.sum(), "none": rows}[reduction]


class JaxTest(unittest.TestCase):
    detlossd = ""

    @classmethod
    def setUpClass(cls):
        server = servers.serving(cls.detlossd)
        detloss.jax.set_default_client(detloss.connect(server.__enter__()))
        cls.addClassCleanup(server.__exit__, None, None, None)

    def check(self, ours, theirs, *arguments, decimal=10):
        for mine, other in zip(jax.tree_util.tree_leaves(ours(*arguments)),
                               jax.tree_util.tree_leaves(theirs(*arguments))):
            self.assertEqual((mine.shape, mine.dtype), (other.shape, other.dtype))
            np.testing.assert_almost_equal(np.asarray(mine, np.float64),
                                           np.asarray(other, np.float64), decimal)

    def test_values_and_gradients(self):
        for reduction in ("mean", "sum", "none"):
            def ours(x, reduction=reduction):
                return detloss.jax.compute(detloss.cross_entropy(x, INDICES, reduction=reduction))

            def theirs(x, reduction=reduction):
                return cross_entropy(x, reduction)

            weights = jnp.arange(1.0, 7.0)
            for transform in (lambda f: f, jax.jit,
                              lambda f: jax.grad(lambda x: (f(x) * weights).sum()),
                              lambda f: jax.jit(jax.value_and_grad(
                                  lambda x: (f(x) * weights).sum()))):
                self.check(transform(ours), transform(theirs), LOGITS)
                self.check(transform(ours), transform(theirs), LOGITS.astype(np.float32),
                           decimal=5)

    def test_half_precision(self):
        x = jnp.asarray(LOGITS, jnp.bfloat16)
        gradient = jax.jit(jax.grad(lambda x: detloss.jax.compute(
            detloss.l2(x, jnp.zeros_like(x), reduction="sum"))))(x)
        self.assertEqual(gradient.dtype, jnp.bfloat16)
        np.testing.assert_array_equal(gradient, 2 * x)

    def test_float16_gradients_are_scaled_before_they_are_rounded(self):
        x = jnp.asarray(RANDOM.standard_normal(100_000), jnp.float16)
        gradient = jax.grad(lambda x: 1024 * detloss.jax.compute(
            detloss.binary_cross_entropy(x, jnp.zeros(x.shape))))(x)
        self.assertEqual(gradient.dtype, jnp.float16)
        np.testing.assert_allclose(
            np.float64(gradient), 1024 / x.size * np.float64(jax.nn.sigmoid(jnp.float64(x))), 1e-3)

    def test_several_losses_and_segments(self):
        def ours(x, y):
            losses = detloss.jax.compute({
                "a": detloss.binary_cross_entropy(x, PROBABILITIES, reduction="sum"),
                "b": detloss.l2(y, jnp.zeros(6), reduction="sum", segment_offsets=[0, 2, 6],
                                weight=jnp.arange(6.0))})
            return losses["a"] + (losses["b"] * jnp.array([2.0, 3.0])).sum()

        def theirs(x, y):
            p = PROBABILITIES
            a = -(p * jax.nn.log_sigmoid(x) + (1 - p) * jax.nn.log_sigmoid(-x)).sum()
            squares = y ** 2 * jnp.arange(6.0)
            return a + 2 * squares[:2].sum() + 3 * squares[2:].sum()

        y = jnp.arange(6.0) - 2
        self.check(ours, theirs, LOGITS, y)
        self.check(jax.jit(jax.grad(ours, (0, 1))), jax.grad(theirs, (0, 1)), LOGITS, y)

    def test_only_one_of_several_is_differentiated(self):
        def ours(x):
            losses = detloss.jax.compute({"a": detloss.l2(x, jnp.zeros(3), reduction="sum"),
                                          "b": detloss.l2(jnp.ones(3), jnp.zeros(3))})
            return losses["a"]
        self.check(jax.grad(ours), jax.grad(lambda x: (x ** 2).sum()), jnp.arange(3.0))

    def test_large_tensors(self):
        x = jnp.linspace(-3, 3, 1 << 20, dtype=jnp.float32)
        gradient = jax.jit(jax.grad(lambda x: detloss.jax.compute(
            detloss.l2(x, jnp.zeros_like(x), reduction="sum"))))
        for _ in range(3):
            np.testing.assert_array_equal(gradient(x), 2 * x)

    def test_vmap(self):
        x = RANDOM.standard_normal((3, 6, 4))
        self.check(jax.vmap(jax.grad(lambda x: detloss.jax.compute(
            detloss.cross_entropy(x, INDICES)))), jax.vmap(jax.grad(cross_entropy)), x)

    def test_targets_have_no_gradient(self):
        def loss(target):
            return detloss.jax.compute(detloss.l2(jnp.ones(3), target))
        with self.assertRaisesRegex(ValueError, "stop_gradient"):
            jax.grad(loss)(jnp.zeros(3))
        np.testing.assert_array_equal(
            jax.grad(lambda t: loss(jax.lax.stop_gradient(t)))(jnp.zeros(3)), jnp.zeros(3))

    def test_options_have_no_gradient(self):
        x = jnp.ones((2, 3))
        for name, loss in (
                ("scale", lambda s: detloss.l2(x, x, scale=s)),
                ("normalizer", lambda s: detloss.l2(x, x, normalizer=s)),
                ("gamma", lambda s: detloss.sigmoid_focal(x, x, gamma=s)),
                ("class_weights", lambda s: detloss.cross_entropy(x, x, class_weights=[1, 1, s]))):
            for transform in (jax.grad, jax.jit):
                with self.assertRaisesRegex(ValueError, f"the {name} of .* is traced"):
                    transform(lambda s, loss=loss: detloss.jax.compute(loss(s)))(2.0)
            detloss.jax.compute(loss(jnp.float32(2)))

    def test_calls_outside_jit_compile_nothing(self):
        x, compiled = jnp.ones((2, 3)), []
        jax.monitoring.register_event_duration_secs_listener(
            lambda event, *_, **__: compiled.append(event) if "compile" in event else None)
        loss = jax.grad(lambda x: detloss.jax.compute(detloss.l2(x, jnp.zeros((2, 3)))))
        loss(x)
        self.assertTrue(compiled)  # of JAX's own operations, which it keeps
        compiled.clear()
        for _ in range(3):
            loss(x)
        self.assertEqual(compiled, [])

    def test_errors_arrive(self):
        wrong = detloss.l2(jnp.ones(3), jnp.ones(3), scale=float("nan"))
        with self.assertRaises(detloss.InvalidRequestError):
            detloss.jax.compute(wrong)
        with self.assertRaisesRegex(Exception, r"terms\[0\].scale: must be finite"):
            jax.jit(lambda: detloss.jax.compute(
                dataclasses.replace(wrong, prediction=jnp.zeros(3) + 1)))().block_until_ready()
        with self.assertRaisesRegex(TypeError, "l2: the prediction must be floating-point"):
            detloss.jax.compute(detloss.l2([1, 2], [3.0, 4.0]))
        with self.assertRaisesRegex(TypeError, "a: must be a term"):
            detloss.jax.compute({"a": 3})
        detloss.jax.set_default_client(
            self.addCleanup(detloss.jax.set_default_client, detloss.jax._default_client))
        with self.assertRaisesRegex(RuntimeError, "set_default_client"):
            detloss.jax.compute(detloss.l2(jnp.ones(3), jnp.ones(3)))


if __name__ == "__main__":
    JaxTest.detlossd = sys.argv[1]
    unittest.main(argv=sys.argv[:1], verbosity=1)
