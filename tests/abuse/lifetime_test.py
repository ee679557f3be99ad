# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""How the server ends connections: for their age, for want of a sign of life, and before they have
begun."""

import concurrent.futures
import functools
import time

import h2
from daemon import wait_for
from siege import EMPTY, INFO, LOSS, MIB, Siege, main
from wire import focal

CLIENTS = 20
ROUNDS = 3
SPREAD = 0.05  # seconds; a jitter of a tenth of one spreads them over four times that
PATIENCE = 30  # seconds; all that ends a connection here comes in 10, but the machine may be busy
REQUEST = h2.prefixed(focal(64))


def at_once(*calls):
    """The results of calls that are made at the same time."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def closes(receive):
    """Whether the peer closes, to one that receives as long as something comes."""
    try:
        while True:
            receive()
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def says_goaway(connection):
    return any(frame[0] == h2.GOAWAY for frame in connection.frames())


class LifetimeTest(Siege):
    def connect(self, **options):
        return super().connect(**{"timeout": PATIENCE, **options})

    def begin(self, connection):
        """A call that lacks the last byte of its message."""
        connection.send(h2.headers(1, h2.call_fields(LOSS)), h2.data(1, REQUEST[:-1]))

    def complete(self, connection):
        connection.send(h2.data(1, REQUEST[-1:], end=True))
        self.assertEqual(connection.end_of(1).get(b"grpc-status"), b"0")

    def check_let_go(self, least, begins=False, **options):
        """One that reads, but answers nothing, is let go, and not before `least` seconds."""
        start = time.monotonic()
        with self.connect(**options) as connection:
            if begins:
                self.begin(connection)
            self.assertTrue(closes(connection.receive), "still connected")
        self.assertGreater(time.monotonic() - start, least)


class AgeTest(LifetimeTest):
    flags = ("--connection_age_max=1s",)

    def age_at_goaway(self):
        start = time.monotonic()
        with self.connect(timeout=10) as connection:
            self.assertTrue(says_goaway(connection))
            return time.monotonic() - start

    def spread(self):
        ages = at_once(*[self.age_at_goaway] * CLIENTS)
        print(f"connections end at {min(ages):.3f} s to {max(ages):.3f} s")
        self.assertGreater(min(ages), 0.85)
        self.assertLess(max(ages), 10)
        return max(ages) - min(ages)

    def test_connections_of_one_moment_end_one_by_one(self):
        """Unless the machine stands still, when they seem to end in one moment, too."""
        with self.attack():
            self.assertTrue(any(self.spread() > SPREAD for _ in range(ROUNDS)))

    def test_a_call_that_is_under_way_is_answered(self):
        with self.attack(), self.connect() as connection:
            self.begin(connection)
            self.assertTrue(says_goaway(connection))
            self.complete(connection)
            self.assertTrue(closes(connection.receive_and_acknowledge))


class GraceTest(LifetimeTest):
    flags = ("--connection_age_max=1s", "--connection_age_grace=3s")

    def cancelled(self):
        return any(line["detloss_requests_total"].get("ComputeLoss") == {"CANCELLED": 1}
                   for line in self.daemon.lines("metrics"))

    def test_a_call_that_does_not_end(self):
        with self.attack():
            start = time.monotonic()
            with self.connect() as connection:
                self.begin(connection)
                self.assertTrue(says_goaway(connection))
                connection.end_of(1)
                self.assertTrue(closes(connection.receive_and_acknowledge))
            self.assertGreater(time.monotonic() - start, 3.85)
            self.assertTrue(wait_for(self.cancelled))


class KeepaliveTest(LifetimeTest):
    # Room for a client that has to wait for the processor before it acknowledges.
    flags = ("--keepalive_time=1s", "--keepalive_timeout=3s")

    def check_stays(self):
        """One that acknowledges stays. If no pings came, it would wait in vain."""
        end = time.monotonic() + 5
        with self.connect() as connection:
            self.begin(connection)
            while time.monotonic() < end:
                connection.receive_and_acknowledge()
            self.complete(connection)

    def test_those_who_do_not_acknowledge(self):
        with self.attack():
            at_once(self.check_stays, functools.partial(self.check_let_go, 3.5),
                    functools.partial(self.check_let_go, 3.5, begins=True))


class HandshakeTest(LifetimeTest):
    def test_those_who_do_not_greet(self):
        with self.attack(), self.connect() as polite:
            at_once(*(functools.partial(self.check_let_go, 9.5, greeting=greeting)
                      for greeting in (b"", h2.PREFACE[:12], h2.PREFACE)))
            polite.call(1, INFO, EMPTY)
            self.assertEqual(polite.end_of(1).get(b"grpc-status"), b"0")


class EndTest(Siege):
    flags = ("--drain_timeout=1s",)

    def test_replies_that_nobody_takes(self):
        """More than the system holds is written, and gRPC closes no connection before it is."""
        request = h2.prefixed(focal(4 * MIB))
        greeting = h2.PREFACE + h2.settings({**h2.PLAIN_REPLIES,
                                             h2.INITIAL_WINDOW_SIZE: h2.WINDOW_MAX})
        with self.connect(greeting=greeting) as connection:
            connection.send(h2.window_update(0, h2.WINDOW_MAX - 65535))
            connection.greet()
            connection.send(h2.headers(1, h2.call_fields(LOSS)))
            connection.pour(1, request, len(request), end=True)
            self.assertTrue(wait_for(lambda: self.daemon.in_flight() == 1))
            self.assertEqual(self.daemon.stop(), 0, self.daemon.errors())
        self.assertEqual(self.daemon.in_flight(), 0)
        self.assertEqual(self.daemon.lines("metrics")[-1]["detloss_requests_total"],
                         {"ComputeLoss": {"CANCELLED": 1}})
        self.assertEqual(len(self.daemon.lines("stopped")), 1)


if __name__ == "__main__":
    main()
