# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""How the clients of each language are built and called.

Commands are for bash, in the directory of the language. Beside what the caller has set they find
ROOT, the directory of the project; OUT, one of their own; DETLOSSD, the server.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Toolchain:
    """What Debian does not have, or has too old, so that script/bootstrap cannot install it."""
    name: str
    version: str  # a command that prints it
    minimum: tuple[str, str]  # the file that knows, and the pattern to find it by
    source: str


@dataclasses.dataclass(frozen=True)
class Language:
    directory: str
    build: str
    versions: str  # prints a library and its version on each line
    example: str  # takes an address
    conformance: str  # takes what tests/golden/README.md says
    toolchain: Toolchain | None = None
    tests: tuple[str, ...] = ()


_STUBS = """
rm -rf "$OUT/stubs"; mkdir -p "$OUT/stubs"
protoc -I"$ROOT/proto" --python_out="$OUT/stubs" \
  "$ROOT"/proto/detloss/v1/*.proto "$ROOT"/proto/google/rpc/*.proto
"""

_GO = Language(
    directory="client/examples/go",
    toolchain=Toolchain("Go", "go env GOVERSION", ("go.mod", r"(?m)^go (\S+)"), "go.dev"),
    build='./generate.sh; go build -o "$OUT/" ./example ./conformance',
    versions="for name in grpc protobuf; do "
             "go list -m -f \"$name {{.Version}}\" google.golang.org/$name; done",
    example='"$OUT/example"', conformance='"$OUT/conformance"')

_JAVA = Language(
    directory="client/examples/java",
    # Libraries of other versions would stay beside those of today.
    build="rm -rf target/lib; mvn -q -B compile",
    versions=r"ls target/lib | sed -nE 's/^(grpc-core|protobuf-java)-([0-9.]+)\.jar$/\1 \2/p'",
    example="java -cp 'target/classes:target/lib/*' dev.detloss.examples.Example",
    conformance="java -cp 'target/classes:target/lib/*' dev.detloss.examples.Conformance")

_NODE = Language(
    directory="client/examples/node",
    toolchain=Toolchain("Node.js", "node --version", ("package.json", r'"node": ">=(\S+)"'),
                        "nodejs.org"),
    # `npm ci` would fetch everything anew, every time.
    build="[ node_modules/.package-lock.json -nt package-lock.json ] || "
          "npm ci --prefer-offline --no-audit --no-fund --loglevel=error",
    versions="for name in @grpc/grpc-js protobufjs; do "
             "node -p \"'$name ' + require('$name/package.json').version\"; done",
    example="node example.js", conformance="node conformance.js")

_RUST = Language(
    directory="client/examples/rust",
    toolchain=Toolchain("Rust", "rustc --version", ("Cargo.toml", r'rust-version = "(\S+)"'),
                        "rustup.rs"),
    build="cargo build --release --locked --quiet",
    versions="cargo tree --locked --depth 1 --prefix none | grep -E '^(tonic|prost) ' | sort -u",
    example="target/release/example", conformance="target/release/conformance")

_PYTHON = Language(
    directory="client/examples/python",
    build=_STUBS,
    versions="/usr/bin/python3 -c 'import grpc, google.protobuf as protobuf\n"
             "for library in grpc, protobuf: print(library.__name__, library.__version__)'",
    example='PYTHONPATH="$ROOT/client/python/src" /usr/bin/python3 -B example.py',
    conformance='PYTHONPATH="$OUT/stubs" /usr/bin/python3 -B conformance.py')

# From a copy, since setuptools builds where it finds the sources, without what an earlier build
# left there.
_VENV = _STUBS + """
[ -x "$OUT/venv/bin/pip" ] || /usr/bin/python3 -m venv "$OUT/venv"
rm -rf "$OUT/package"; cp -r "$ROOT/client/python" "$OUT/package"; rm -rf "$OUT/package/build"
"$OUT/venv/bin/pip" install --quiet --upgrade grpcio protobuf "$OUT/package"
"""

_PYTHON_MODERN = Language(
    directory="client/examples/python",
    build=_VENV + '"$OUT/venv/bin/pip" install --quiet --upgrade jax mypy ruff types-protobuf',
    versions='"$OUT/venv/bin/pip" list --format=freeze | sed -nE '
             "'s/^(grpcio|protobuf|numpy|jax)==/\\1 /p'",
    example='"$OUT/venv/bin/python" -B example.py',
    conformance='PYTHONPATH="$OUT/stubs" "$OUT/venv/bin/python" -B conformance.py',
    tests=('for test in "$ROOT"/tests/python/client_*_test.py; do '
           'PYTHONPATH="$OUT/stubs" "$OUT/venv/bin/python" -B "$test" "$DETLOSSD"; done',
           '"$OUT/venv/bin/python" -B "$ROOT/tests/python/jax_test.py" "$DETLOSSD"',
           '"$OUT/venv/bin/python" -B "$ROOT/tests/python/readme_test.py" "$DETLOSSD" '
           '"$ROOT/client/python/README.md"',
           'cd "$ROOT/client/python"; "$OUT/venv/bin/mypy" --cache-dir "$OUT/mypy" src',
           'cd "$ROOT/tests/clients"; "$OUT/venv/bin/mypy" --cache-dir "$OUT/mypy" --strict '
           '--python-executable "$OUT/venv/bin/python" typed_program.py',
           '"$OUT/venv/bin/ruff" check --no-cache --config "$ROOT/client/python/pyproject.toml" '
           '"$ROOT/client" "$ROOT/tests/python" "$ROOT/tests/golden" "$ROOT/tests/clients"'))

_PYTHON_TORCH = dataclasses.replace(
    _PYTHON_MODERN,
    build=_VENV + '"$OUT/venv/bin/pip" install --quiet --upgrade torch torchvision',
    versions='"$OUT/venv/bin/pip" list --format=freeze | sed -nE '
             "'s/^(grpcio|numpy|torch|torchvision)==/\\1 /p'",
    tests=('"$OUT/venv/bin/python" -B "$ROOT/tests/python/torch_test.py" "$DETLOSSD"',
           '"$OUT/venv/bin/python" -B "$ROOT/tests/python/readme_test.py" "$DETLOSSD" '
           '"$ROOT/README.md"'))

LANGUAGES = {"go": _GO, "java": _JAVA, "node": _NODE, "rust": _RUST, "python": _PYTHON,
             "python-modern": _PYTHON_MODERN, "python-torch": _PYTHON_TORCH}

# Its download is of gigabytes.
ON_REQUEST = ("python-torch",)
