# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The servers that the golden requests are for.

By hand: `servers.py DETLOSSD` starts them, prints their addresses as a conformance client takes
them, and ends them at the end of its input.
"""

import contextlib
import hashlib
import json
import pathlib
import signal
import subprocess
import sys
import tempfile

_TOKENS = (("all", "golden-all", ""), ("list", "golden-list", "ListLosses"))


@contextlib.contextmanager
def serving(detlossd, *flags):
    """A server for the time of the block. Gives its address. Raises if it does not end well."""
    with subprocess.Popen([detlossd, "--listen=127.0.0.1:0", "--log_level=error", *flags],
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            line = next((line for line in process.stdout if '"event":"serving"' in line), None)
            if line is None:
                raise RuntimeError(f"detlossd does not serve: status {process.wait()}")
            yield json.loads(line)["addresses"][0]
        finally:
            process.send_signal(signal.SIGTERM)
            process.stdout.read()
    if process.returncode != 0:
        raise RuntimeError(f"detlossd ended with status {process.returncode}")


@contextlib.contextmanager
def all_servers(detlossd):
    """The servers of README.md. Gives their addresses by name."""
    with contextlib.ExitStack() as stack:
        scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        tokens = scratch / "tokens"
        tokens.write_text("".join(f"{name} {hashlib.sha256(token.encode()).hexdigest()} {methods}\n"
                                  for name, token, methods in _TOKENS))
        # Fewer bytes than the process has resident at its start.
        flags = {"open": [], "tokens": [f"--auth_token_file={tokens}"],
                 "full": ["--memory_bytes_max=4000000"]}
        yield {name: stack.enter_context(serving(detlossd, *of_one))
               for name, of_one in flags.items()}


def as_arguments(addresses):
    """As a conformance client takes them."""
    return [f"{name}={address}" for name, address in addresses.items()]


def main():
    with all_servers(sys.argv[1]) as addresses:
        print(*as_arguments(addresses), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
