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

// Bytes cut into slices. The first says how many lengths of slices follow; the rest of the bytes is
// what is cut. Some may be empty. A last length of 128 or more is that of all further slices.
inline grpc::ByteBuffer Slices(const uint8_t* data, size_t size) {
  if (size == 0) return {};
  constexpr size_t kRepeats = 128;
  const size_t count = std::min<size_t>(data[0], size - 1);
  const uint8_t* const lengths = data + 1;
  std::vector<grpc::Slice> slices;
  for (size_t at = 1 + count, cut = 0; at < size || cut < count; ++cut) {
    size_t length = cut < count ? lengths[cut] : size;
    const size_t last = count > 0 ? lengths[count - 1] : 0;
    if (cut + 1 >= count && last >= kRepeats) length = last - kRepeats + 1;
    length = std::min(length, size - at);
    slices.emplace_back(data + at, length);
    at += length;
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
