// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/wire.h"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <limits>

#include "absl/strings/str_cat.h"
#include "server/status.h"

namespace detloss {

absl::Status ParseMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  grpc::ByteBuffer readable = bytes;  // shares the slices; the reader wants no const
  // A call may end without a message: then the buffer holds nothing, not even no bytes.
  if (readable.Valid()) {
    grpc::ProtoBufferReader reader(&readable);
    if (reader.status().ok() && message.ParseFromZeroCopyStream(&reader)) return absl::OkStatus();
  }
  return MalformedError(bytes, message);
}

absl::Status ParseSmallMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  const size_t size = bytes.Valid() ? bytes.Length() : 0;
  if (size <= kSmallMessageBytesMax) return ParseMessage(bytes, message);
  return MakeError(
      Reason::kLimitExceeded,
      absl::StrCat("the request must have at most ", kSmallMessageBytesMax, " bytes, got ", size));
}

absl::Status MalformedError(const grpc::ByteBuffer& bytes,
                            const google::protobuf::Message& message) {
  const std::string got =
      bytes.Valid() ? absl::StrCat(bytes.Length(), " bytes that are none") : "no message";
  return MakeError(Reason::kMalformedRequest, absl::StrCat("the request must be a message ",
                                                           message.GetTypeName(), ", got ", got));
}

absl::Status CheckReplySize(size_t size) {
  if (size <= size_t{std::numeric_limits<int32_t>::max()}) return absl::OkStatus();
  return MakeError(Reason::kLimitExceeded,
                   absl::StrCat("the response must have less than 2147483648 bytes, got ", size,
                                ": split the request"));
}

absl::StatusOr<ReplyBytes> SerializeMessage(const google::protobuf::Message& message) {
  if (absl::Status status = CheckReplySize(message.ByteSizeLong()); !status.ok()) return status;
  ReplyBytes bytes;
  bool own_buffer = false;
  const grpc::Status status =
      grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::Message>(
          message, &bytes.buffer(), &own_buffer);
  if (!status.ok()) return MakeError(Reason::kInternal, status.error_message());
  return bytes;
}

}  // namespace detloss
