// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_REPLY_BYTES_H_
#define DETLOSS_SERVER_REPLY_BYTES_H_

#include <grpcpp/support/byte_buffer.h>

#include "absl/types/span.h"

namespace detloss {

// The bytes of a reply. gRPC's class copies where it could move, which takes memory each time.
class ReplyBytes {
 public:
  ReplyBytes() = default;
  explicit ReplyBytes(absl::Span<const grpc::Slice> slices)
      : buffer_(slices.data(), slices.size()) {}
  ReplyBytes(ReplyBytes&& other) noexcept { buffer_.Swap(&other.buffer_); }
  ReplyBytes& operator=(ReplyBytes&& other) noexcept {
    buffer_.Swap(&other.buffer_);
    return *this;
  }

  const grpc::ByteBuffer& buffer() const { return buffer_; }
  grpc::ByteBuffer& buffer() { return buffer_; }

 private:
  grpc::ByteBuffer buffer_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_REPLY_BYTES_H_
