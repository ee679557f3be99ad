# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Threads, interrupts and ends of processes that use the Python client."""

import contextlib
import itertools
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref

import detloss
import numpy as np
from detloss import _fork

import client_case
from client_case import LOSS, TRANSPORTS, ServerTest, giou, without_collector

_ENDS_IN_A_CALL = """
import sys, threading, time, detloss
client = detloss.connect(sys.argv[2], transport=sys.argv[1])
threading.Thread(target=client.compute, args=(detloss.l1([1.0], [2.0]),), daemon=True).start()
time.sleep(0.5)
"""

# What cannot connect waits for up to a second before it tries again, also once its client is
# closed. The end of the program takes longer here: what C registers first runs last, when the
# libraries that were loaded meanwhile have ended.
_ENDS_AFTER_A_CALL_THAT_FAILED = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
libc.__cxa_atexit(libc.sleep, ctypes.c_void_p(2), None)
import detloss
if sys.argv[2] == "forked" and (child := os.fork()):
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
with detloss.connect("127.0.0.1:1", transport=sys.argv[1], timeout=2) as client:
    try:
        client.list_losses()
    except detloss.Error:
        sys.exit(7)
"""


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

    def test_processes_end_in_the_middle_of_a_call(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            for transport in TRANSPORTS:
                done = subprocess.run(
                    [sys.executable, "-B", "-c", _ENDS_IN_A_CALL, transport,
                     f"127.0.0.1:{silent.getsockname()[1]}"],
                    timeout=60, stderr=subprocess.PIPE, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_processes_end_well_after_calls_that_failed(self):
        programs = []
        for arguments in itertools.product(TRANSPORTS, ("", "forked"), range(2)):
            programs.append((arguments, subprocess.Popen(
                [sys.executable, "-B", "-c", _ENDS_AFTER_A_CALL_THAT_FAILED, *arguments[:2]],
                env={**os.environ, "GRPC_ENABLE_FORK_SUPPORT": "1"}, stderr=subprocess.PIPE,
                text=True)))
            self.addCleanup(programs[-1][1].kill)
        for arguments, program in programs:
            with self.subTest(arguments):
                _, printed = program.communicate(timeout=60)
                self.assertEqual(program.returncode, 7, printed)

    def test_arrays_are_given_back(self):
        for client in self.over_each_transport():
            for scale in (1.0, float("nan")):
                with without_collector():
                    array = np.zeros((1 << 16, 4), np.float32)
                    with contextlib.suppress(detloss.InvalidRequestError):  # of that which is NaN
                        client.compute(detloss.giou(array, array, scale=scale))
                    gone = weakref.ref(array)
                    del array
                    self.assertIsNone(gone())

    def test_a_call_within_a_call_does_not_wait_for_a_fork_that_waits_for_it(self):
        gate = _fork._Gate()
        me = threading.get_ident()
        gate.enter((me, "outer"))
        fork = threading.Thread(target=gate.before_fork, daemon=True)
        fork.start()
        while not gate._forks:
            time.sleep(0.001)
        rescue = threading.Timer(30, gate.after_fork)  # from the wait that there must not be
        rescue.start()
        gate.enter((me, "inner"))
        self.assertTrue(fork.is_alive())
        self.assertEqual(gate._forks, 1)
        rescue.cancel()
        gate.leave((me, "inner"))
        gate.leave((me, "outer"))
        fork.join()

    def test_a_client_travels_as_its_options(self):
        for client in self.over_each_transport():
            with pickle.loads(pickle.dumps(client)) as copy:
                self.assertEqual(float(copy.compute(giou()).loss), LOSS)

    def test_interrupts_end_a_call(self):
        # What a shell starts in the background ignores them.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        # Connections are made, and nothing comes.
        with socket.create_server(("127.0.0.1", 0)) as silent:
            for transport in TRANSPORTS:
                client = self.connect(f"127.0.0.1:{silent.getsockname()[1]}", transport=transport)
                timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
                start = time.monotonic()
                with self.assertRaises(KeyboardInterrupt):
                    timer.start()
                    client.compute(giou())
                self.assertLess(time.monotonic() - start, 15)

if __name__ == "__main__":
    client_case.main()
