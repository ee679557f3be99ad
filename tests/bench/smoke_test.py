# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Every program of the benchmark answers, with the smallest problems: `smoke_test.py BINARIES`."""

import importlib.util
import sys
import tempfile
import unittest

import calls
import measure_kernels
import measure_peers
import measure_python
import measure_profile
import measure_service
from pace import Pace
from programs import Programs

BINARIES = sys.argv.pop(1)
TINY = Pace(quick=True, rounds=1, table_rounds=1, kernel_seconds=0, torch_seconds=0, call_seconds=0)


class WithPrograms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.programs = cls.enterClassContext(Programs(BINARIES, scratch))


class ProgramsTest(WithPrograms):
    def test_kernels(self):
        listed = list(measure_kernels.cases(self.programs, TINY))
        self.assertGreater(len(listed), 50)
        for _, case in listed:
            measured = measure_kernels.measure(self.programs, TINY, {**case, "elements": 320})
            self.assertIn(measured["items"], (80, 320))
            self.assertGreater(measured["ns"]["median"], 0)

    def test_options_of_kernels(self):
        for _, case in measure_kernels.options():
            measured = measure_kernels.measure(self.programs, TINY, {**case, "elements": 320})
            self.assertGreater(measured["gbps"], 0)

    def test_service(self):
        for transport in ("tcp", "unix"):
            for payload in (0, 4096):
                measured = measure_service.measure(self.programs, TINY, transport, payload, 2)
                self.assertAlmostEqual(measured["bytes_in"], payload, delta=64)
                self.assertGreater(measured["ratio"]["value"], 0)

    def test_profile(self):
        measured = measure_profile.measure(self.programs, TINY, "case", calls.focal(1000), "unix", 2)
        self.assertEqual(list(measured["servers"]), [*measure_profile.DAEMONS, "echo"])
        for server in measured["servers"].values():
            self.assertGreaterEqual(min(server["client"].values()), 0)
        self.assertGreater(sum(measured["stages"].values()), 0)

    def test_processor_time_is_that_of_a_call(self):
        samples = [{"calls_in_all": 1, "server": [0.5, 0.25]},
                   {"calls_in_all": 3, "server": [0.5, 0.15]}]
        self.assertEqual(measure_profile.micros_of_a_call(samples, "server"),
                         {"user": 250_000, "system": 100_000})

    def test_echo_answers_with_as_many_bytes(self):
        case = calls.focal(1000)
        ours = calls.detloss(self.programs, self.programs.daemon(), "tcp", 1, 0, case)()
        echo = calls.echo(self.programs, "tcp", 1, 0, case)()
        self.assertEqual(ours["bytes_in"], echo["bytes_in"])
        self.assertAlmostEqual(ours["bytes_out"], echo["bytes_out"], delta=8)  # times vary

    def test_without_compute(self):
        daemon = self.programs.daemon("detlossd_without_compute")
        answer = calls.detloss(self.programs, daemon, "unix", 1, 0, calls.focal(1000))()
        self.assertGreater(answer["bytes_out"], 4000)

    def test_remote(self):
        answer = self.programs.remote().ask(address=self.programs.daemon().tcp, seconds=0,
                                            **calls.ciou(80))
        self.assertEqual(answer["items"], 80)


def installed(*modules):
    return all(importlib.util.find_spec(module) for module in modules)


@unittest.skipUnless(installed("torchvision", "grpc"), "python3-torchvision, python3-grpcio")
class PeersTest(WithPrograms):
    def test_in_process(self):
        torch = self.programs.torch(tuned=True)
        for case in measure_peers.LOSSES:
            answer = torch.ask(loss=case["loss"], elements=320, threads=1, seconds=0)
            self.assertGreater(answer["seconds"], 0)

    def test_python_client(self):
        for transport in self.programs.transports():
            for case in measure_peers.LOSSES:
                way = measure_python.remote(self.programs, TINY, transport, "tcp", "tuned",
                                            {**case, "elements": 320})
                self.assertGreater(way()["seconds"], 0)

    def test_service(self):
        server = self.programs.torch_server(1, 1, tuned=True)
        for loss in ("sigmoid_focal", "ciou"):
            case = {"loss": loss, "elements": 320}
            answer = calls.torch(self.programs, server, 2, 0, case)()
            self.assertEqual(answer["bytes_in"], 2 * 4 * 320)
            self.assertEqual(answer["bytes_out"], 4 + 4 * 320)


unittest.main()
