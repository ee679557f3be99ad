// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What the fuzzers share.

#ifndef DETLOSS_TESTS_FUZZ_FUZZ_H_
#define DETLOSS_TESTS_FUZZ_FUZZ_H_

#include <google/protobuf/stubs/logging.h>
#include <grpcpp/support/byte_buffer.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "absl/status/status.h"
#include "server/status.h"

namespace detloss {

// Half of all inputs make protobuf complain.
inline const auto kFormerLogHandler = google::protobuf::SetLogHandler(nullptr);

// Bytes cut into slices: the first says how long each is.
inline grpc::ByteBuffer Slices(const uint8_t* data, size_t size) {
  if (size == 0) return {};
  const size_t length = size_t{data[0]} + 1;
  std::vector<grpc::Slice> slices;
  for (size_t i = 1; i < size; i += length) {
    slices.emplace_back(data + i, std::min(length, size - i));
  }
  return {slices.data(), slices.size()};
}

// Ends the process unless an error is explained and not our fault.
inline void CheckStatus(const absl::Status& status) {
  if (status.ok()) return;
  const absl::StatusCode code = status.code();
  if (ReasonOf(status).empty() || ToGrpc(status).error_details().size() >= 4096) std::abort();
  if (code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown) std::abort();
}

}  // namespace detloss

#endif  // DETLOSS_TESTS_FUZZ_FUZZ_H_
