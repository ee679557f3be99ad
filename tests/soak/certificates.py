# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Certificates and tokens, made with the command openssl. Files are replaced in one step, so that
nobody reads half of one."""

import hashlib
import pathlib
import secrets
import subprocess


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def replace(path, text):
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


class Authority:
    """Issues certificates of 127.0.0.1, which are for servers and clients alike."""

    def __init__(self, directory):
        self._directory = pathlib.Path(directory)
        self.certificate = self._directory / "ca.pem"
        self._key = self._directory / "ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", 1, "-subj", "/CN=soak authority",
                "-keyout", self._key, "-out", self.certificate)

    def issue(self, name):
        """Writes, or replaces, NAME.pem and NAME.key. Returns the two paths.

        The key stays what it was: two files cannot be replaced in one step."""
        certificate, key = self._directory / f"{name}.pem", self._directory / f"{name}.key"
        request, extensions = self._directory / f"{name}.csr", self._directory / "extensions"
        if not key.exists():
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-out", key)
        extensions.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        openssl("req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request)
        issued = self._directory / f"{name}.issued"
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key,
                "-set_serial", secrets.randbits(64), "-days", 1, "-extfile", extensions,
                "-out", issued)
        replace(certificate, issued.read_text())
        return certificate, key


def new_token():
    return secrets.token_hex(32)


def write_tokens(path, tokens):
    """The file of a server: a name and the SHA-256 of a token a line."""
    replace(path, "".join(f"client{number} {hashlib.sha256(token.encode()).hexdigest()}\n"
                          for number, token in enumerate(tokens)))
