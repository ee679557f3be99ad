# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs tools that know nothing of detloss against a server and the API. See script/test-clients."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys

from shell import BUILD, ROOT

sys.path.insert(0, str(ROOT / "tests/golden"))
import servers  # pylint: disable=wrong-import-position

BIN = BUILD / "bin"
SERVICE = "detloss.v1.LossService"
TOOLS = {"grpcurl": "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4",
         "ghz": "github.com/bojand/ghz/cmd/ghz@v0.93.0",
         "buf": "github.com/bufbuild/buf/cmd/buf@v1.75.0"}
_GO = (1, 26)  # that buf is written for
_CALLS = 5000
_TIMEOUT = 1200  # seconds


def require_go():
    done = None
    if shutil.which("go"):
        done = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True,
                              check=False)
    found = re.search(r"(\d+)\.(\d+)\S*", done.stdout) if done else None
    # Since 1.21 it fetches the one that a module asks for, unless that is forbidden.
    if not found or (int(found[1]), int(found[2])) < (1, 21):
        sys.exit(f"tools: needs Go {_GO[0]}.{_GO[1]} or later, from go.dev; "
                 f"found {found[0] if found else 'none'}")


def install(tool, module):
    """Does nothing when that version is there, so that nothing is asked of the network."""
    mark = BIN / f"{tool}.version"
    if (BIN / tool).exists() and mark.exists() and mark.read_text() == module:
        return
    print(f"installing {module} ...", file=sys.stderr, flush=True)
    BIN.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["go", "install", module], env={**os.environ, "GOBIN": str(BIN)},
                          capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    if done.returncode != 0:
        sys.exit(f"tools: {tool} cannot be installed\n{done.stderr}")
    mark.write_text(module)


def run(tool, *arguments):
    """Shows the command with what it prints, and gives that. Ends everything if it fails."""
    shown = " ".join(f"'{word}'" if re.search(r"[\s#{]", word) else word for word in arguments)
    print(f"\n$ {tool} {shown}", flush=True)
    done = subprocess.run([str(BIN / tool), *arguments], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=_TIMEOUT, check=False)
    print(done.stdout or "(prints nothing)\n", end="", flush=True)
    if done.returncode != 0:
        sys.exit(f"tools: status {done.returncode} of {tool}")
    return done.stdout


def require(holds, what):
    if not holds:
        sys.exit(f"tools: {what}")


def call_of_readme():
    """The request that README.md shows, and the response."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    request, response = re.search(
        r"^\$ grpcurl -plaintext -d '(\{.*?\})' \S+ \S+/ComputeLoss\n(\{.*?^\})", text,
        re.DOTALL | re.MULTILINE).groups()
    return request, json.loads(response)


def use_grpcurl(address):
    listed = run("grpcurl", "-plaintext", address, "list")
    require(SERVICE in listed.split(), f"reflection does not list {SERVICE}")
    described = run("grpcurl", "-plaintext", address, "describe", SERVICE)
    for method in ("ComputeLoss", "StreamComputeLoss", "ListLosses", "GetServerInfo"):
        require(f"rpc {method} " in described, f"reflection does not describe {method}")
    request, expected = call_of_readme()
    got = json.loads(run("grpcurl", "-plaintext", "-d", request, address, f"{SERVICE}/ComputeLoss"))
    got["timing"] = expected["timing"]
    require(got == expected, "the response is not the one in README.md")
    health = run("grpcurl", "-plaintext", address, "grpc.health.v1.Health/Check")
    require(json.loads(health) == {"status": "SERVING"}, "the server is not healthy")


def use_ghz(address):
    printed = run("ghz", "--insecure", "--call", f"{SERVICE}.ComputeLoss", "-n", str(_CALLS),
                  "-c", "8", "-d", call_of_readme()[0], address)
    # Its status tells nothing about the calls.
    require(re.search(rf"^\s*\[OK\]\s+{_CALLS} responses", printed, re.MULTILINE),
            f"not all of {_CALLS} calls were answered")


def git(*arguments):
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def use_buf(against):
    # Beside HEAD nothing could differ once a change is committed.
    last_change = git("log", "-1", "--format=%H", "--", "proto/detloss")
    commit = git("rev-parse", "--verify", f"{against or last_change + '^'}^{{commit}}")
    require(commit, f"no commit {against or 'before the last change of the API'}; a shallow clone?")
    run("buf", "lint", "proto")
    run("buf", "breaking", "proto", "--against", f".git#subdir=proto,ref={commit}")


def main():
    parser = argparse.ArgumentParser(prog="script/test-clients tools", description=__doc__)
    parser.add_argument("--against", metavar="REVISION",
                        help="of which clients must not break (default: before the last commit "
                             "that changed the API)")
    parser.add_argument("--detlossd", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    require_go()
    for tool, module in TOOLS.items():
        install(tool, module)
    with servers.serving(options.detlossd) as address:
        use_grpcurl(address)
        use_ghz(address)
    use_buf(options.against)
    print("\nevery tool succeeded")


if __name__ == "__main__":
    main()
