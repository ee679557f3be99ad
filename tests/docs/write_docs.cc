// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// write_docs: writes what the code says into the documents.

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/docs/written_documents.h"

int main() {
  for (const detloss::WrittenDocument& document : detloss::WrittenDocuments()) {
    std::ofstream file(document.path, std::ios::binary);
    file << document.text;
    file.close();
    if (file) continue;
    std::fprintf(stderr, "write_docs: cannot write %s\n", document.path.c_str());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
