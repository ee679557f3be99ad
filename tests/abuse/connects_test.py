# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Connections, more than there is room for."""

import resource
import time

from daemon import wait_for
from siege import LEFT, MIB, PEAK, SCALE, Siege, answers, main

AT_A_TIME = 1000 * SCALE
DESCRIPTORS = 128


def room_for(connections):
    """Has this process hold that many, and returns how many it may."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, connections + 100), most))
    return min(most - 100, connections)


class ConnectsTest(Siege):
    environment = {"DETLOSS_CONNECTIONS_MAX": str(AT_A_TIME + 100)}

    def test_connects_one_after_the_other(self):
        with self.attack():
            for _ in range(1000 * SCALE):
                self.connect().close()

    def test_connects_that_are_cut_off(self):
        """Closed with a reset, as by a machine that dies."""
        with self.attack():
            for _ in range(1000 * SCALE):
                with self.connect() as connection:
                    connection.cut_off()

    def test_connections_at_a_time(self):
        count = room_for(AT_A_TIME)
        with self.attack(peak=PEAK + count * MIB // 16, left=LEFT + count * MIB // 128):
            connections = [self.connect() for _ in range(count)]
            self.assertTrue(answers(self.address))
            for connection in connections:
                connection.close()

    def test_calls_each_on_a_connection_of_its_own(self):
        with self.attack():
            for _ in range(300 * SCALE):
                self.assertTrue(answers(self.address))


class DescriptorsTest(Siege):
    descriptors_max = DESCRIPTORS
    # A server that bounds its connections may not have more of them than descriptors.
    environment = {"DETLOSS_CONNECTIONS_MAX": str(DESCRIPTORS // 4)}

    def test_more_connections_than_descriptors(self):
        with self.attack(slowest=60):
            connections = [self.connect() for _ in range(3 * DESCRIPTORS)]
            time.sleep(0.5)
            for connection in connections:
                connection.close()
            self.assertTrue(wait_for(lambda: answers(self.address, seconds=3), 30))


if __name__ == "__main__":
    main()
