# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/performance.md of what was measured, and of nothing else."""

import page_goals
import page_tables
from programs import HERE

HEAD = """# Performance

<!-- written by script/bench: do not edit -->

"""

METHOD = (HERE / "page_method.md").read_text()


def machine(measured):
    versions = ", ".join(f"{name} {version}" for name, version in measured["versions"].items())
    text = (f"Measured on {measured['date']}: {measured['cpu']}, {measured['cores']} cores, caches "
            f"{measured['caches']}, {measured['memory_gib']} GiB, hypervisor "
            f"{measured['hypervisor']}, Linux {measured['kernel']}; {versions}.\n")
    if measured["busy_processors"] > 0.2:
        text += (f"\n**The machine was not quiet**: before or after, others kept "
                 f"{measured['busy_processors']:.1f} processors busy.\n")
    return text


SECTIONS = {"goals": page_goals.goals, "profile": page_tables.profile,
            "kernels": page_tables.kernels, "service": page_tables.service,
            "peers": page_tables.peers, "python": page_tables.python}


def write_page(results):
    """The page as text. Sections that were not measured are left out."""
    quick = "\n**A quick run**: few rounds, short ones.\n" if results["quick"] else ""
    sections = [section(results, name) for name in SECTIONS if name in results]
    return HEAD + machine(results["machine"]) + quick + "\n" + "".join(sections) + "\n" + METHOD


def section(results, name):
    """With the machine, where it was measured later than the rest."""
    later = results.get("machines", {}).get(name)
    return SECTIONS[name](results[name]) + (f"\n{machine(later)}" if later else "")
