# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Programs that fork. `forking.py PROGRAM TRANSPORT ADDRESS` prints how the forked children ended,
and fails unless each of them, and its parent afterwards, got the loss. The status is EX_TEMPFAIL
where nothing is wrong but that children hung, or were ended by grpcio with EX_USAGE."""

import concurrent.futures
import contextlib
import functools
import os
import signal
import sys
import threading
import traceback

import detloss

TERM = detloss.l1([1.0], [2.0])
HANG = 10  # seconds after which a child is ended


def check(client):
    assert float(client.compute(TERM).loss) == 1.0


@contextlib.contextmanager
def calls_beside(client):
    """Another thread calls all the time."""
    over = threading.Event()

    def call():
        while not over.is_set():
            check(client)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        calls = pool.submit(call)
        try:
            yield
        finally:
            over.set()
        calls.result()


def status_of_child(client):
    """Of a child that ends at once."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.alarm(HANG)
            check(client)
            status = 0
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


def status_of_child_that_exits(client):
    """Of a child that ends as programs do."""
    child = os.fork()
    if child == 0:
        signal.alarm(HANG)
        check(client)
        sys.exit()
    return os.waitpid(child, 0)[1]


def with_the_client_of_the_parent(connect):
    with connect() as client:
        check(client)
        statuses = [status_of_child(client) for _ in range(5)]
        check(client)
    return statuses


def while_other_threads_call(connect):
    with connect() as client:
        check(client)
        with calls_beside(client):
            statuses = [status_of_child(client) for _ in range(3)]
        check(client)
    return statuses


def with_clients_of_their_own(connect):
    with connect() as client:
        check(client)
        return [status_of_child(connect()) for _ in range(3)]


def with_clients_of_their_own_after_the_parents(connect):
    with connect() as client:
        check(client)
    return [status_of_child(connect()) for _ in range(3)]


def that_exit(connect):
    client = connect()
    check(client)
    return [status_of_child_that_exits(client)]


PROGRAMS = {program.__name__: program for program in (
    with_the_client_of_the_parent, while_other_threads_call, with_clients_of_their_own,
    with_clients_of_their_own_after_the_parents, that_exit)}


def main():
    _, program, transport, address = sys.argv
    statuses = PROGRAMS[program](functools.partial(detloss.connect, address, transport=transport))
    print(f"the children ended with {statuses}")
    wrong = set(statuses) - {0}
    if wrong and wrong <= {signal.SIGALRM, os.EX_USAGE << 8}:
        sys.exit(os.EX_TEMPFAIL)
    sys.exit(len(wrong))


if __name__ == "__main__":
    main()
