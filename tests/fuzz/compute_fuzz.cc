// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Arbitrary bytes, cut into slices at arbitrary places, through the whole of a request.

#include "server/compute.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto& environment = *new detloss::Environment;
  detloss::RequestRecord record;
  const detloss::Reply reply = detloss::ComputeLossBytes(
      environment, detloss::Slices(data, size), [] { return false; }, record);
  detloss::CheckStatus(reply.status());
  return 0;
}
