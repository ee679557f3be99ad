// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Arbitrary bytes, cut into slices at arbitrary places, through the reader of requests and through
// the generated parser: both take the same bytes and find the same message.

#include <cstdio>

#include "tests/fuzz/fuzz.h"
#include "tests/server/same_message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const grpc::ByteBuffer bytes = detloss::Slices(data, size);
  for (const std::string& difference :
       {detloss::RequestDifference(bytes), detloss::ItemDifference(bytes)}) {
    if (difference.empty()) continue;
    std::fprintf(stderr, "the reader of requests against the parser: %s\n", difference.c_str());
    std::abort();
  }
  return 0;
}
