# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What the tests of the Python client share: servers, a term, and each transport that there is.

Every test is called as `TEST.py DETLOSSD`.
"""

import contextlib
import gc
import pathlib
import sys
import unittest

import detloss
import numpy as np

GOLDEN = pathlib.Path(__file__).parent.parent / "golden"
sys.path[:0] = [str(GOLDEN), str(GOLDEN.parent / "soak")]
import certificates  # noqa: E402, F401  # for the tests
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


def giou(**options):
    return detloss.giou(PREDICTION, TARGET, **options)


@contextlib.contextmanager
def without_collector():
    """What has no cycles goes without it."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


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


def main():
    """Runs the tests of the program."""
    ServerTest.detlossd = sys.argv[1]
    unittest.main(module="__main__", argv=sys.argv[:1], verbosity=1)
