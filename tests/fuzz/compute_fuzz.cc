// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Arbitrary bytes, cut into slices at arbitrary places, through the whole of a request.

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "server/compute.h"
#include "server/status.h"

namespace detloss {
namespace {

// The first byte says how long each slice is.
grpc::ByteBuffer Slices(const uint8_t* data, size_t size) {
  if (size == 0) return {};
  const size_t length = size_t{data[0]} + 1;
  std::vector<grpc::Slice> slices;
  for (size_t i = 1; i < size; i += length) {
    slices.emplace_back(data + i, std::min(length, size - i));
  }
  return {slices.data(), slices.size()};
}

void ComputeAnything(const uint8_t* data, size_t size) {
  static const Environment& environment = *new Environment;
  RequestRecord record;
  const Reply reply = ComputeLossBytes(
      environment, Slices(data, size), [] { return false; }, record);
  const absl::StatusCode code = reply.status().code();
  if (!reply.ok() && ReasonOf(reply.status()).empty()) std::abort();
  if (code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown) std::abort();
}

}  // namespace
}  // namespace detloss

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  detloss::ComputeAnything(data, size);
  return 0;
}
