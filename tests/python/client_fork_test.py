# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Forked processes that use the Python client, each kind in a program of its own (forking.py)."""

import os
import pathlib
import subprocess
import sys
import unittest

import detloss
import grpc

import client_case
from client_case import TRANSPORTS, ServerTest

FORKING = str(pathlib.Path(__file__).with_name("forking.py"))
HANG = 90  # seconds after which a program is ended
# Debian's grpcio now and then finds itself still in use in a forked child, and ends it, or hangs
# there or in the fork; more often on a busy machine.
ATTEMPTS = 3 if grpc.__version__.startswith("1.51.") else 1


def complaint(program, transport, address):
    """What is wrong with a run of the program; nothing, if all is well."""
    try:
        done = subprocess.run([sys.executable, "-B", FORKING, program, transport, address],
                              timeout=HANG, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
    except subprocess.TimeoutExpired:
        return f"did not end within {HANG} seconds"
    return f"status {done.returncode}: {done.stdout}" if done.returncode else ""


@unittest.skipUnless(detloss._fork._supported, "forks are not supported")
class ForkTest(ServerTest):
    def check_children(self, program):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                complaints = []
                while complaints[-1:] != [""] and len(complaints) < ATTEMPTS:
                    complaints.append(complaint(program, transport, self.addresses["open"]))
                self.assertEqual(complaints[-1], "", complaints)

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
        done = subprocess.run(
            [sys.executable, "-B", FORKING, "with_the_client_of_the_parent", "grpcio",
             self.addresses["open"]],
            env={**os.environ, "GRPC_ENABLE_FORK_SUPPORT": "0"}, timeout=HANG,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("set GRPC_ENABLE_FORK_SUPPORT=1", done.stdout)


if __name__ == "__main__":
    client_case.main()
