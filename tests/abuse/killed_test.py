# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Clients that are killed in the middle: all that they held in the server comes back."""

import pathlib
import signal
import subprocess
import sys

from doomed import REQUEST
from siege import SCALE, Siege, main

DOOMED = pathlib.Path(__file__).parent / "doomed.py"
KILLS = 20
WHOLE = 2 * REQUEST  # more than there is


class KilledTest(Siege):
    def kill_one(self, sent, received):
        command = [sys.executable, "-B", DOOMED, self.address, str(sent), str(received)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
            self.assertEqual(client.stdout.readline(), "ready\n")
            client.send_signal(signal.SIGKILL)

    def test_killed_while_it_sends(self):
        with self.attack(peak=2 * REQUEST, slowest=10):
            for i in range(KILLS * SCALE):
                self.kill_one((i % KILLS + 1) * REQUEST // (KILLS + 1), 0)

    def test_killed_while_it_receives(self):
        """The window of the connection lets 64 KiB of the 32 MiB come."""
        with self.attack(peak=4 * REQUEST, slowest=10):
            for i in range(KILLS * SCALE):
                self.kill_one(WHOLE, i % KILLS * 3000 + 1)


if __name__ == "__main__":
    main()
