# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Forked processes that use the Python client, each kind in a program of its own (forking.py)."""

import os
import pathlib
import signal
import subprocess
import sys
import unittest

import detloss
import grpc

import client_case
from client_case import TRANSPORTS, ServerTest

FORKING = str(pathlib.Path(__file__).with_name("forking.py"))
HANG = 60  # seconds after which a program is ended
# Debian's grpcio now and then finds itself still in use in a forked child, and ends it, or hangs
# there or in the fork; more often on a busy machine.
ATTEMPTS = 3 if grpc.__version__.startswith("1.51.") else 1


def run(*arguments, environment=None):
    """The status of a run of forking.py, EX_TEMPFAIL if it hangs, and what it printed."""
    with subprocess.Popen([sys.executable, "-B", FORKING, *arguments],
                          env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, start_new_session=True) as program:
        try:
            printed, _ = program.communicate(timeout=HANG)
            return program.returncode, printed
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)  # its children, too
            return os.EX_TEMPFAIL, f"did not end within {HANG} seconds"


@unittest.skipUnless(detloss._fork._supported, "forks are not supported")
class ForkTest(ServerTest):
    def check_children(self, program):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                for _ in range(ATTEMPTS):
                    status, printed = run(program, transport, self.addresses["open"])
                    if status != os.EX_TEMPFAIL:
                        break
                self.assertEqual(status, 0, printed)

    def test_children_connect_anew(self):
        self.check_children("with_the_client_of_the_parent")

    def test_children_connect_anew_while_other_threads_call(self):
        self.check_children("while_other_threads_call")

    def test_children_have_clients_of_their_own(self):
        self.check_children("with_clients_of_their_own")

    def test_children_have_clients_of_their_own_after_the_parents(self):
        self.check_children("with_clients_of_their_own_after_the_parents")

    def test_children_exit_as_programs_do(self):
        self.check_children("that_exit")


class NoForkTest(ServerTest):
    def test_where_forks_are_not_supported_children_say_so(self):
        status, printed = run("with_the_client_of_the_parent", "grpcio", self.addresses["open"],
                              environment={"GRPC_ENABLE_FORK_SUPPORT": "0"})
        self.assertEqual(status, 1, printed)
        self.assertIn("set GRPC_ENABLE_FORK_SUPPORT=1", printed)


if __name__ == "__main__":
    client_case.main()
