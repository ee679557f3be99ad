// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Messages to and from the byte buffers of gRPC.

#ifndef DETLOSS_SERVER_WIRE_H_
#define DETLOSS_SERVER_WIRE_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include "absl/status/statusor.h"
#include "server/reply_bytes.h"

namespace detloss {

// Parses a message; INVALID_ARGUMENT with reason MALFORMED_REQUEST if the bytes are none.
absl::Status ParseMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);

// The same for a message that says next to nothing, as those of methods do that compute nothing.
// Fields that nobody knows take many times their bytes: RESOURCE_EXHAUSTED with reason
// LIMIT_EXCEEDED for more than kSmallMessageBytesMax bytes.
inline constexpr size_t kSmallMessageBytesMax = 16 << 10;
absl::Status ParseSmallMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);

// The error of bytes that are no message of the type of `message`.
absl::Status MalformedError(const grpc::ByteBuffer& bytes,
                            const google::protobuf::Message& message);

// RESOURCE_EXHAUSTED with reason LIMIT_EXCEEDED if a reply is larger than protobuf can carry.
absl::Status CheckReplySize(size_t size);

// Serializes a message; RESOURCE_EXHAUSTED if it is larger than protobuf can carry.
absl::StatusOr<ReplyBytes> SerializeMessage(const google::protobuf::Message& message);

}  // namespace detloss

#endif  // DETLOSS_SERVER_WIRE_H_
