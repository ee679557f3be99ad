# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What every attack has in common: a server, a client that behaves, and what must hold after.

Test programs are run as `x_test.py DETLOSSD [--scale=N]`: N times as much of every attack."""

import contextlib
import functools
import os
import sys
import tempfile
import time
import unittest

import h2
from connection import Connection
from daemon import Daemon, wait_for
from healthy import Healthy

LOSS = "/detloss.v1.LossService/ComputeLoss"
STREAM = "/detloss.v1.LossService/StreamComputeLoss"
INFO = "/detloss.v1.LossService/GetServerInfo"
EMPTY = h2.prefixed(b"")
MIB = 1 << 20

# Bounds that hold for every attack which does not name others.
SLOWEST = 5  # seconds for an answer to the client that behaves, on a machine that is busy
PEAK = 48 * MIB  # of resident memory beyond that of the start, meanwhile
LEFT = 24 * MIB  # and when all is over: what malloc and gRPC keep
SETTLING = 15  # seconds
THREADS_LEFT = max(8, 2 * os.cpu_count())  # of gRPC, which starts them when it is busy
# Sanitizers have a malloc of their own, and are slow: of memory and time nothing is judged then.
SANITIZED = "DETLOSS_SANITIZED" in os.environ


def arguments():
    """The server's binary and the scale; what is left is for unittest."""
    scale = os.environ.get("DETLOSS_ABUSE_SCALE", "1")
    for argument in sys.argv[2:]:
        if argument.startswith("--scale="):
            scale = argument.partition("=")[2]
            sys.argv.remove(argument)
    return sys.argv.pop(1), int(scale)


BINARY, SCALE = arguments()


def flood(address, write, count, batch=100):
    """Writes write(0), write(1), .. `count` times in all, on a new connection and from 0 again each
    time the server has closed the old one. Returns how many connections that took."""
    done = connections = 0
    while done < count:
        with contextlib.suppress(ConnectionError), Connection(address) as connection:
            connections += 1
            connection.greet()
            number = 0
            while done < count and connection.send(*(write(number + i) for i in range(batch))):
                number, done = number + batch, done + batch
                connection.discard()
            connection.finish()
    return connections


def answers(address, seconds=30, tls=None):
    """Whether a new connection is served."""
    with contextlib.suppress(OSError), Connection(address, timeout=seconds, tls=tls) as connection:
        connection.call(1, INFO, EMPTY)
        return connection.end_of(1).get(b"grpc-status") == b"0"
    return False


def falls(why, by_measure=False):
    """Marks what is known to go wrong, and why. On the day when it is mended, the test fails.
    `by_measure`: only memory and time tell; skipped where they are not judged."""
    def mark(test):
        if by_measure and SANITIZED:
            return unittest.skip("known to go wrong, and nothing is measured")(test)
        @functools.wraps(test)
        def run(self):
            print(f"{test.__name__} is expected to fail: {why}")
            test(self)
        return unittest.expectedFailure(run)
    return mark


class Siege(unittest.TestCase):
    flags = ()
    environment = {}
    descriptors_max = None
    # How often the client that behaves may send a call.
    attempts = 1
    # Of a server that speaks TLS: how a connection does, and a file with its certificate.
    tls = None
    certificate = None

    def setUp(self):
        scratch = self.enterContext(tempfile.TemporaryDirectory())
        self.daemon = self.enterContext(
            Daemon(BINARY, scratch, *self.flags, environment=self.environment,
                   descriptors_max=self.descriptors_max))
        self.address = self.daemon.address

    def connect(self, **options):
        return Connection(self.address, **options)

    @contextlib.contextmanager
    def attack(self, slowest=SLOWEST, peak=PEAK, left=LEFT, processor=None):
        """The scope of an attack, and the judgement over it."""
        self.assertTrue(answers(self.address, tls=self.tls))
        before = self._state()
        with contextlib.closing(Healthy(self.address, self.attempts,
                                        self.certificate)) as healthy:
            self.daemon.reset_peak()
            start = time.monotonic()
            yield
            seconds = time.monotonic() - start
            self.assertTrue(self.daemon.alive(), self.daemon.errors())
            report = healthy.report()
        meanwhile = {"seconds": seconds, "calls": report["calls"], "slowest": report["slowest"],
                     "processor": self.daemon.processor_seconds() - before["processor"],
                     "peak": self.daemon.peak() - before["memory"]}
        after = self._settle(before, left)
        self._tell(meanwhile, before, after)
        self._judge_meanwhile(report, meanwhile, slowest, peak, processor)
        self._judge_after(before, after, left)

    def _state(self):
        daemon = self.daemon
        return {"memory": daemon.resident(), "descriptors": daemon.descriptors(),
                "threads": daemon.threads(), "in_flight": daemon.in_flight(),
                "bytes_in_flight": daemon.bytes_in_flight(),
                "processor": daemon.processor_seconds()}

    def _settle(self, before, left):
        """Waits until all is as before, if it gets there: memory goes back after a request.
        Returns the last that it has seen."""
        self.assertTrue(answers(self.address, tls=self.tls))
        after = {}

        def settled():
            after.update(self._state())
            return self._is_as_before(before, after, left)

        wait_for(settled, SETTLING)
        return after

    def _is_as_before(self, before, after, left):
        return (after["in_flight"] == 0 and after["bytes_in_flight"] == 0
                and after["descriptors"] <= before["descriptors"]
                and after["threads"] <= before["threads"] + THREADS_LEFT
                and (SANITIZED or after["memory"] <= before["memory"] + left))

    def _tell(self, meanwhile, before, after):
        print(f"{self.id().rpartition('.')[2]}: {meanwhile['seconds']:.1f} s, processor "
              f"{meanwhile['processor']:.1f} s, {meanwhile['calls']} calls beside it, the slowest "
              f"{meanwhile['slowest']:.3f} s; memory {before['memory'] / MIB:.0f} MiB, "
              f"+{meanwhile['peak'] / MIB:.0f} at the peak, "
              f"{(after['memory'] - before['memory']) / MIB:+.0f} after; threads "
              f"{before['threads']}, {after['threads']} after", flush=True)

    def _judge_meanwhile(self, report, meanwhile, slowest, peak, processor):
        self.assertEqual(report["failed"], [])
        self.assertGreater(meanwhile["calls"], 0)
        if SANITIZED:
            return
        self.assertLess(meanwhile["slowest"], slowest)
        self.assertLess(meanwhile["peak"] / MIB, peak / MIB)
        if processor is not None:
            self.assertLess(meanwhile["processor"], processor)

    def _judge_after(self, before, after, left):
        self.assertTrue(self.daemon.alive(), self.daemon.errors())
        self.assertTrue(self._is_as_before(before, after, left), f"{before}, after: {after}")


def main():
    unittest.main(verbosity=0)
