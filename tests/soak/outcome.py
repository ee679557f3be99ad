# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What a scenario has found: what was required and measured, figures that tell more, and details
for the JSON only."""

import dataclasses


@dataclasses.dataclass
class Outcome:
    figures: dict = dataclasses.field(default_factory=dict)
    checks: list = dataclasses.field(default_factory=list)
    details: dict = dataclasses.field(default_factory=dict)
    skipped: str = ""

    def _check(self, what, measured, required, holds):
        self.checks.append(
            {"what": what, "measured": measured, "required": required, "holds": bool(holds)})

    def equal(self, what, measured, wanted):
        self._check(what, measured, f"= {wanted}", measured == wanted)

    def at_most(self, what, measured, most):
        self._check(what, measured, f"<= {most}", measured is not None and measured <= most)

    def at_least(self, what, measured, least):
        self._check(what, measured, f">= {least}", measured is not None and measured >= least)

    def holds(self):
        return all(check["holds"] for check in self.checks)

    def text(self):
        if self.skipped:
            return f"  skipped: {self.skipped}\n"
        lines = [f"  {'ok' if check['holds'] else 'FAILED':6}  {check['what']:44} "
                 f"{shown(check['measured']):>12}  {check['required']}\n" for check in self.checks]
        lines += [f"          {name:44} {shown(value):>12}\n"
                  for name, value in self.figures.items()]
        return "".join(lines)


def shown(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)
