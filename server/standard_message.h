// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_STANDARD_MESSAGE_H_
#define DETLOSS_SERVER_STANDARD_MESSAGE_H_

#include "absl/status/status.h"
#include "server/wire.h"

namespace detloss {

// Parses a request of the standard services on the polling thread, and so only a short one: names
// are short.
inline absl::Status ParseStandardMessage(const grpc::ByteBuffer& bytes,
                                         google::protobuf::Message& message) {
  constexpr size_t kBytesMax = 4096;
  if (!bytes.Valid() || bytes.Length() > kBytesMax) return MalformedError(bytes, message);
  return ParseMessage(bytes, message);
}

}  // namespace detloss

#endif  // DETLOSS_SERVER_STANDARD_MESSAGE_H_
