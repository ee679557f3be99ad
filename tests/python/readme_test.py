# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the Python of documents, and compares what it prints with what they say.

Usage: readme_test.py DETLOSSD DOCUMENT...
"""

import contextlib
import io
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "golden"))
import servers  # noqa: E402

# A block of code, and one of its output if it follows at once.
_EXAMPLE = re.compile(r"^```python\n(.*?)^```\n(?:\n```\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


class ReadmeTest(unittest.TestCase):
    detlossd = ""
    documents = ()

    def test_examples_print_what_is_said(self):
        self.ran = 0
        with servers.serving(self.detlossd) as address:
            for document in self.documents:
                examples = _EXAMPLE.findall(pathlib.Path(document).read_text())
                self.assertTrue(examples, document)
                names = {}  # later examples of a document go on from earlier ones
                for number, (code, said) in enumerate(examples):
                    with self.subTest(document, number=number):
                        self._check(code.replace("127.0.0.1:50051", address), said, names)
        self.assertGreater(self.ran, 0)

    def _check(self, code, said, names):
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(code, "<example>", "exec"), names)
        except ModuleNotFoundError as error:
            self.skipTest(str(error))
        self.assertEqual(printed.getvalue(), said)
        self.ran += 1


if __name__ == "__main__":
    ReadmeTest.detlossd, *ReadmeTest.documents = sys.argv[1:]
    unittest.main(argv=sys.argv[:1], verbosity=1)
