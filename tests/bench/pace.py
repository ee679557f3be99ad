# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""How long to measure."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Pace:
    quick: bool
    rounds: int            # of a goal
    table_rounds: int      # of a row of a table
    kernel_seconds: float  # of a loss or a copy, in a round
    torch_seconds: float   # of a loss in torch, or of remote calls one by one
    call_seconds: float    # of load on a server


    def of_tables(self):
        return dataclasses.replace(self, rounds=self.table_rounds)


QUICK = Pace(quick=True, rounds=3, table_rounds=2, kernel_seconds=0.003, torch_seconds=0.02,
             call_seconds=0.08)
FULL = Pace(quick=False, rounds=9, table_rounds=5, kernel_seconds=0.01, torch_seconds=0.1,
            call_seconds=0.4)
