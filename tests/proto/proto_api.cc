// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// proto_api: writes tests/proto/api.txt from the .proto files. Adds what is new; refuses what would
// break those who speak the API that the file describes.

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/proto/api_text.h"

int main() {
  const std::vector<detloss::ApiElement> api = detloss::ReadApi();
  const detloss::ApiChanges changes =
      detloss::Compare(detloss::ParseText(detloss::ReadFile(DETLOSS_API_TEXT)), api);
  for (const std::string& change : changes.incompatible) {
    std::fprintf(stderr, "proto_api: incompatible: %s\n", change.c_str());
  }
  if (!changes.incompatible.empty()) {
    std::fprintf(stderr, "proto_api: %s is unchanged; to start over, delete it first\n",
                 DETLOSS_API_TEXT);
    return EXIT_FAILURE;
  }
  for (const std::string& name : changes.added) std::printf("added %s\n", name.c_str());
  std::ofstream file(DETLOSS_API_TEXT, std::ios::binary);
  file << detloss::ToText(api);
  file.close();
  if (file) return EXIT_SUCCESS;
  std::fprintf(stderr, "proto_api: cannot write %s\n", DETLOSS_API_TEXT);
  return EXIT_FAILURE;
}
