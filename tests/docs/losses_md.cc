// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// losses_md: writes docs/losses.md.

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/docs/losses_text.h"

int main() {
  constexpr char kPath[] = DETLOSS_SOURCE_DIR "/docs/losses.md";
  std::ofstream file(kPath, std::ios::binary);
  file << detloss::LossesText();
  file.close();
  if (file) return EXIT_SUCCESS;
  std::fprintf(stderr, "losses_md: cannot write %s\n", kPath);
  return EXIT_FAILURE;
}
