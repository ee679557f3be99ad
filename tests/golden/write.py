# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the golden requests with the answers of a server: `write.py DETLOSSD`.

Needs the stubs of the API and client/examples/python on PYTHONPATH, as `ninja golden` sets it.
"""

import json
import pathlib
import sys

import cases
import conformance
import servers

_HERE = pathlib.Path(__file__).parent


def answered(case, channels):
    """A case with what a server answers to it."""
    name = case.get("server", "open")
    outcome = conformance.outcome(case, channels[name])
    if name == "full":  # whose message tells how full it is
        del outcome["error"]["message"]
    return {**case, **outcome}


def learn_losses(channels):
    case = next(cases.catalog())
    cases.learn(conformance.outcome(case, channels["open"])["responses"][0])


def text_of(file, channels):
    """What a file must hold, one case a line."""
    lines = (json.dumps(answered(case, channels)) for case in cases.FILES[file]())
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main():
    with servers.all_servers(sys.argv[1]) as addresses:
        channels = conformance.open_channels(servers.as_arguments(addresses))
        learn_losses(channels)
        for file in cases.FILES:
            (_HERE / file).write_text(text_of(file, channels))


if __name__ == "__main__":
    main()
