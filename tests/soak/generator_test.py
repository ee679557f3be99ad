# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The generator of open load measures what it says: `generator_test.py BINARIES`."""

import argparse
import os
import pathlib
import signal
import sys
import tempfile
import time
import unittest

from soak import Soak

BINARIES = pathlib.Path(sys.argv.pop(1))
CASE = {"loss": "giou", "elements": 400}


class GeneratorTest(unittest.TestCase):
    """A signal needs a moment: a few calls may be answered by a server that is stopped."""

    def setUp(self):
        scratch = self.enterContext(tempfile.TemporaryDirectory())
        options = argparse.Namespace(quick=True, binaries=BINARIES)
        soak = self.enterContext(Soak(options, scratch))
        self.server = soak.server().start()
        self.client = soak.program("open_load_client")

    def send(self, **more):
        self.client.send(**{"address": self.server.address, "seconds": 1, "warm_up": 0.2,
                            "rate": 200, **CASE, **more})

    def ask(self, **more):
        self.send(**more)
        return self.client.receive()

    def test_offers_as_many_calls_as_it_should(self):
        answer = self.ask()
        self.assertAlmostEqual(answer["arrivals"], 200, delta=80)
        self.assertEqual(answer["unsent"], 0)
        self.assertEqual(answer["codes"], {"OK": answer["arrivals"]})
        self.assertEqual(answer["accepted"]["calls"], answer["arrivals"])
        self.assertGreater(answer["goodput"], 0)

    def test_the_same_seed_gives_the_same_arrivals(self):
        self.assertEqual(*(self.ask(seed=7)["arrivals"] for _ in range(2)))

    def test_a_server_that_stalls_shows(self):
        self.ask()  # connects
        self.send()
        time.sleep(0.5)
        os.kill(self.server.pid, signal.SIGSTOP)
        time.sleep(0.5)
        os.kill(self.server.pid, signal.SIGCONT)
        answer = self.client.receive()
        self.assertGreater(answer["accepted"]["p90"], 0.1)
        self.assertGreater(answer["accepted"]["max"], 0.4)

    def test_what_is_not_sent_is_counted(self):
        self.ask()
        os.kill(self.server.pid, signal.SIGSTOP)
        self.send(warm_up=0, outstanding_max=5)
        time.sleep(1.5)
        os.kill(self.server.pid, signal.SIGCONT)
        answer = self.client.receive()
        self.assertGreater(answer["unsent"], 0.7 * answer["arrivals"])

    def test_deadlines_end_calls(self):
        self.ask()
        os.kill(self.server.pid, signal.SIGSTOP)
        answer = self.ask(deadline=0.1, warm_up=0)
        os.kill(self.server.pid, signal.SIGCONT)
        self.assertGreater(answer["codes"]["DEADLINE_EXCEEDED"], 0.9 * answer["arrivals"])
        self.assertGreaterEqual(answer["failed"]["p50"], 0.09)

    def test_refusals_are_told_apart(self):
        self.ask(loss="iou")
        self.server.kill()
        answer = self.ask()
        self.assertEqual(answer["codes"], {"UNAVAILABLE": answer["arrivals"]})
        self.assertEqual(answer["refused"]["calls"], answer["arrivals"])


unittest.main()
